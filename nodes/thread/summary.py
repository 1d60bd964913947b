"""The running summary of a thread without a model: the most telling sentences of what has left the state.

One sentence a line, in the order of the thread, as `[turn] who: words`; the words are those that were said, so that
nothing can come into it that was not. When there are too many, those that tell least go, older ones sooner.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.thread.telling import sentences_of, weight_of, words_in
from nodes.thread.turns import ThreadTurn

LONGEST_SUMMARY: Final = 2400
"""Characters of a summary: some 600 tokens, a twelfth of the smallest context that a model is set up with."""

HALF_LIFE: Final = 200
"""Turns after which a sentence counts half: what was decided long ago outlives the small talk of yesterday."""

ALIKE: Final = 0.7
"""Share of common words from which two sentences say the same; the newer one is kept."""

SOPHIA: Final = "Sophia"
PERSON: Final = "User"
LESS_FOR_ANSWERS: Final = 0.6
"""What Sophia answered can be asked again; what a person said is known from nowhere else."""

_LINE: Final = re.compile(r"^\[(?P<turn>\d+)\] (?P<who>[^:\n]{1,60}): (?P<words>.+)$")


@dataclass(frozen=True)
class Told:
    """One sentence of a summary; `who` is None in one that a model worded."""

    turn: int
    who: str | None
    words: str

    @property
    def line(self) -> str:
        return f"[{self.turn}] {self.who}: {self.words}" if self.who else self.words


def folded(summary: str, summary_to: int, turns: Sequence[ThreadTurn], longest: int = LONGEST_SUMMARY) -> str:
    """The summary of what the former one tells, up to turn `summary_to`, and of these turns; at most `longest` long.

    The same input gives the same summary.
    """
    newest = max((turn.number for turn in turns), default=summary_to)
    candidates = _distinct([*told_in(summary, summary_to), *(told for turn in turns for told in _said_in(turn))])
    ranked = sorted(enumerate(candidates), key=lambda item: (-_rank(item[1], newest), -item[0]))
    chosen: list[tuple[int, Told]] = []
    room = longest
    for place, told in ranked:
        if _rank(told, newest) > 0 and len(told.line) + 1 <= room:
            chosen.append((place, told))
            room -= len(told.line) + 1
    return "\n".join(told.line for _, told in sorted(chosen, key=lambda item: item[0]))


def told_in(summary: str, summary_to: int) -> list[Told]:
    """The sentences of a summary; those that carry no turn count as told at the end of what it covers."""
    return [_told(line, summary_to) for line in summary.splitlines() if line.strip()]


def _told(line: str, summary_to: int) -> Told:
    match = _LINE.match(line)
    if match is None:
        return Told(summary_to, None, line.strip())
    return Told(int(match["turn"]), match["who"], match["words"])


def _said_in(turn: ThreadTurn) -> Iterable[Told]:
    who = " ".join((turn.asked_by or PERSON).replace(":", " ").split())[:60] or PERSON
    for words in sentences_of(turn.asked):
        yield Told(turn.number, who, words)
    for words in sentences_of(turn.answered):
        yield Told(turn.number, SOPHIA, words)


def _rank(told: Told, newest: int) -> float:
    age = max(newest - told.turn, 0)
    share = LESS_FOR_ANSWERS if told.who == SOPHIA else 1.0
    return weight_of(told.words) * share * math.pow(0.5, age / HALF_LIFE)


def _distinct(all_told: Sequence[Told]) -> list[Told]:
    """Those that no later one says again, in their order."""
    kept: list[Told] = []
    words: list[frozenset[str]] = []
    for told in reversed(all_told):
        own = words_in(told.words)
        if own and not any(len(own & other) / len(own | other) >= ALIKE for other in words):
            kept.append(told)
            words.append(own)
    return kept[::-1]
