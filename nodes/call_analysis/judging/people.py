"""The people of a call under labels that a model may name: a letter for the side and a number for the person.

A model never writes a name of its own: it names a number, and code says who that is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.calls import Party
from nodes.call_analysis.extractive.dialogue import Dialogue, Line, Side, words_of

LETTERS: dict[Side, str] = {"seller": "S", "customer": "C", "unknown": "U"}
NOBODY = 0
"""The number of whoever is not known."""


@dataclass(frozen=True)
class Person:
    """A voice or an invited party; `party` is None where Gong did not resolve the voice."""

    number: int
    side: Side
    speaker_id: str | None
    party: Party | None

    @property
    def label(self) -> str:
        return f"{LETTERS[self.side]}{self.number}"


class Roster:
    """Everybody on a call: those who speak in the order of their first words, then those who were only invited."""

    def __init__(self, dialogue: Dialogue) -> None:
        voices = list(dict.fromkeys(line.speaker_id for line in dialogue.lines if line.speaker_id))
        silent = [party for party in dialogue.call.parties if party.speaker_id not in voices]
        sides: list[tuple[Side, str | None, Party | None]] = [
            (dialogue.sides.get(voice, "unknown"), voice, dialogue.call.speaker(voice)) for voice in voices
        ]
        sides += [(_side_of(party), None, party) for party in silent]
        self.people = tuple(Person(number, *known) for number, known in enumerate(sides, 1))
        self._by_voice = {person.speaker_id: person for person in self.people if person.speaker_id}

    def label_of(self, line: Line) -> str:
        """The label of who says a line."""
        person = self._by_voice.get(line.speaker_id or "")
        return person.label if person else f"{LETTERS['unknown']}{NOBODY}"

    def speaker_of(self, line: Line) -> Party | None:
        """The party who says a line."""
        person = self._by_voice.get(line.speaker_id or "")
        return person.party if person else None

    def concerned(self, number: int, lines: Sequence[Line]) -> Party | None:
        """The party of this number if the lines bear it out: they say one of them, or are named in one.

        Without that a number is a guess, and None is returned.
        """
        person = next((person for person in self.people if person.number == number), None)
        if person is None or person.party is None:
            return None
        speaks = any(person.speaker_id and line.speaker_id == person.speaker_id for line in lines)
        return person.party if speaks or _named(person.party, lines) else None


def _side_of(party: Party) -> Side:
    if party.affiliation == "Internal" or party.user_id:
        return "seller"
    return "customer" if party.affiliation == "External" else "unknown"


def _named(party: Party, lines: Iterable[Line]) -> bool:
    said = {word.removesuffix("'s") for line in lines for word in line.words}
    return any(word in said for word in words_of(party.name or "") if len(word) > 1)
