"""A transcript laid flat: one line per sentence, with who said it, for which side, and what stands around it.

Everything the extractive analyst looks at starts here. A side is worked out from Gong's affiliation; where Gong says
"Unknown" or did not resolve the speaker, only what follows safely (a user id, an address of the same company, the
one other voice beside our own) is used, and the side stays "unknown" otherwise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.analysis import SentenceRef
from core.calls import Call, Party, Transcript

Side = Literal["seller", "customer", "unknown"]

WORD = re.compile(r"[a-z0-9]+(?:['.,:-][a-z0-9]+)*|[?!$%]|\.\.\.")
FILLERS = frozenset({"um", "uh", "er", "ah", "hmm", "hm", "mm", "erm", "uhm", "eh"})
FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "aol.com"}
)


def words_of(text: str) -> tuple[str, ...]:
    """The words and marks of a sentence in lower case, without fillers and stuttered repeats."""
    kept: list[str] = []
    for word in WORD.findall(text.lower().replace("’", "'")):
        if word not in FILLERS and not (kept and kept[-1] == word):
            kept.append(word)
    return tuple(kept)


@dataclass(frozen=True)
class Line:
    """One sentence in its place; `first` and `last` say where it stands in its turn."""

    index: int
    turn: int
    sentence: int
    text: str
    words: tuple[str, ...]
    side: Side
    speaker: str | None
    speaker_id: str | None
    start_ms: int
    end_ms: int
    topic: str | None
    first: bool
    last: bool

    @property
    def ref(self) -> SentenceRef:
        return (self.turn, self.sentence)

    @cached_property
    def plain(self) -> str:
        """The words as one string with a space at both ends, what patterns are matched against."""
        return f" {' '.join(self.words)} "

    @property
    def asks(self) -> bool:
        return "?" in self.text


@dataclass(frozen=True)
class Dialogue:
    """The lines of a call in order, and the people on it."""

    call: Call
    lines: tuple[Line, ...]
    turns: tuple[tuple[int, ...], ...]
    """Indices of the lines of every turn that has any."""
    sides: dict[str, Side]
    """Side by speaker id."""

    @cached_property
    def turn_of(self) -> dict[int, int]:
        """Line index -> position of its turn in `turns`."""
        return {index: place for place, indices in enumerate(self.turns) for index in indices}

    def neighbour_turn(self, line: Line, offset: int) -> tuple[Line, ...]:
        """The lines of the turn `offset` turns away, empty beyond the ends."""
        place = self.turn_of[line.index] + offset
        return tuple(self.lines[i] for i in self.turns[place]) if 0 <= place < len(self.turns) else ()

    def same_turn(self, line: Line, offset: int) -> Line | None:
        """The sentence `offset` further in the same turn, None beyond its ends."""
        index = line.index + offset
        if 0 <= index < len(self.lines) and self.lines[index].turn == line.turn:
            return self.lines[index]
        return None

    def of_side(self, side: Side) -> Iterator[Line]:
        return (line for line in self.lines if line.side == side)

    @cached_property
    def internal(self) -> bool:
        """Whether only our own team was on the call."""
        known = [party.affiliation for party in self.call.parties]
        return bool(known) and all(affiliation == "Internal" for affiliation in known)


def lay_flat(call: Call, transcript: Transcript) -> Dialogue:
    """The dialogue of a call; sentences without any word are left out, references stay those of the transcript."""
    sides = sides_of(call, {turn.speaker_id for turn in transcript.turns if turn.speaker_id})
    lines: list[Line] = []
    turns: list[tuple[int, ...]] = []
    for place, turn in enumerate(transcript.turns):
        party = call.speaker(turn.speaker_id)
        spoken = [(number, s) for number, s in enumerate(turn.sentences) if s.text.strip()]
        here = range(len(lines), len(lines) + len(spoken))
        for index, (number, sentence) in zip(here, spoken, strict=True):
            lines.append(
                Line(
                    index=index,
                    turn=place,
                    sentence=number,
                    text=sentence.text,
                    words=words_of(sentence.text),
                    side=sides.get(turn.speaker_id or "", "unknown"),
                    speaker=party.name if party else None,
                    speaker_id=turn.speaker_id,
                    start_ms=sentence.start_ms,
                    end_ms=sentence.end_ms,
                    topic=turn.topic,
                    first=index == here.start,
                    last=index == here.stop - 1,
                )
            )
        if spoken:
            turns.append(tuple(here))
    return Dialogue(call, tuple(lines), tuple(turns), sides)


def sides_of(call: Call, voices: set[str]) -> dict[str, Side]:
    """Which side every voice speaks for, "unknown" where it does not follow safely."""
    domains = {domain for party in call.parties if party.affiliation == "Internal" and (domain := _domain(party))}
    sides: dict[str, Side] = {voice: _side(call.speaker(voice), domains) for voice in voices}
    unresolved = [voice for voice in voices if call.speaker(voice) is None]
    ours = [voice for voice, side in sides.items() if side == "seller"]
    outside = any(p.affiliation == "External" for p in call.parties) or call.scope == "External"
    if len(unresolved) == 1 and len(voices) == 2 and ours and outside:
        sides[unresolved[0]] = "customer"
    return sides


def _side(party: Party | None, domains: set[str]) -> Side:
    if party is None:
        return "unknown"
    if party.affiliation != "Unknown":
        return "seller" if party.affiliation == "Internal" else "customer"
    if party.user_id:
        return "seller"
    domain = _domain(party)
    if domain is None or not domains or domain in FREE_MAIL:
        return "unknown"
    return "seller" if domain in domains else "customer"


def _domain(party: Party) -> str | None:
    _, _, domain = (party.email or "").lower().rpartition("@")
    return domain or None
