"""What a sentence looks like to the classifiers: named features of its words, its cues and the talk around it.

A feature is a string; its value is 1 unless said otherwise. Words that stand for a class (a number, a weekday, a
month, somebody on the call, another name) are replaced by the class, so that what is learnt is how people speak and
not whom they speak of. The same function serves training (evals/train.py) and the running product (model.py).
"""

import re
from collections.abc import Iterable

from nodes.call_analysis.extractive.cues import cues_in
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.phrases import MONTH, NUMBER, WEEKDAY

CLASSES = (
    (re.compile(WEEKDAY), "<day>"),
    (re.compile(MONTH), "<month>"),
    (re.compile(rf"(?:{NUMBER}|[0-9].*)"), "<num>"),
)
CAPITALISED = re.compile(r"(?<![.!?…] )(?<!^)\b[A-Z][A-Za-z]+\b")
QUIET = frozenset({"i", "i'm", "i'll", "i'd", "i've"})


class Look:
    """The features of every line of one dialogue, worked out once."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        people = _people(dialogue)
        self.words = [_classed(line, people) for line in dialogue.lines]
        self.cues = [cues_in(line.plain) for line in dialogue.lines]

    def of(self, line: Line) -> list[str]:
        """The features of one line."""
        own = self.words[line.index]
        found = [f"w={gram}" for gram in _grams(own, 3)]
        found += [f"{line.side[0]}w={gram}" for gram in _grams(own, 2)]
        found += [f"c={cue}" for cue in self.cues[line.index]]
        found += [f"{line.side[0]}c={cue}" for cue in self.cues[line.index]]
        found += self._pairs(line)
        found += self._around(line)
        found += self._place(line)
        return found

    def _pairs(self, line: Line) -> Iterable[str]:
        cues = sorted(self.cues[line.index])
        return (f"{line.side[0]}cc={a}+{b}" for place, a in enumerate(cues) for b in cues[place + 1 :])

    def _around(self, line: Line) -> list[str]:
        found: list[str] = []
        for offset, mark in ((-1, "b"), (1, "a")):
            near = self.dialogue.same_turn(line, offset)
            if near is not None:
                found += [f"{mark}w={word}" for word in _grams(self.words[near.index], 1)]
                found += [f"{mark}c={cue}" for cue in self.cues[near.index]]
            turn = self.dialogue.neighbour_turn(line, offset)
            for other in turn[:3] if offset > 0 else turn[-2:]:
                found += [f"{mark}t{other.side[0]}w={gram}" for gram in _grams(self.words[other.index], 2)]
                found += [f"{mark}tc={cue}" for cue in self.cues[other.index]]
                if other.asks:
                    found.append(f"{mark}t?")
        return sorted(set(found))

    def _place(self, line: Line) -> list[str]:
        length = len(line.words)
        part = line.index / max(len(self.dialogue.lines), 1)
        found = [
            f"side={line.side}",
            f"length={min(length // 4, 6)}",
            f"part={int(part * 5)}",
            f"{line.side[0]}part={int(part * 5)}",
        ]
        found += [f"turn={min(len(self.dialogue.turns[self.dialogue.turn_of[line.index]]), 5)}"]
        found += ["first"] if line.first else []
        found += ["last"] if line.last else []
        found += [f"asks={line.side[0]}"] if line.asks else []
        found += ["cut"] if line.text.rstrip()[-1:] not in ".?!…" else []
        found += [f"topic={word}" for word in (line.topic or "").lower().split()]
        return found


def _grams(words: tuple[str, ...], upto: int) -> set[str]:
    return {" ".join(words[i : i + n]) for n in range(1, upto + 1) for i in range(len(words) - n + 1)}


def _people(dialogue: Dialogue) -> dict[str, str]:
    people: dict[str, str] = {}
    for party in dialogue.call.parties:
        mark = "<seller>" if party.affiliation == "Internal" else "<customer>"
        for part in (party.name or "").lower().split():
            if len(part) > 2:
                people[part] = mark
    return people


def _classed(line: Line, people: dict[str, str]) -> tuple[str, ...]:
    names = {word.lower() for word in CAPITALISED.findall(line.text)} - QUIET
    return tuple(_class_of(word, names, people) for word in line.words)


def _class_of(word: str, names: set[str], people: dict[str, str]) -> str:
    stem = word.removesuffix("'s")
    if stem in people:
        return people[stem]
    for pattern, mark in CLASSES:
        if pattern.fullmatch(stem):
            return mark
    return "<name>" if stem in names else word
