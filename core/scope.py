"""Who may be shown what: a row carries one audience, a reader a scope of audiences.

The audience of a row never names people's roles or teams: it says whose record it is or where it was said. What a
person may read is worked out when they ask (core/rights), so a change of team or role needs no row rewritten.
"""

from typing import Final

from core.analysis import Frozen
from core.errors import ConfigurationError

UNOWNED = "unowned"
"""The audience of what belongs to a CRM record that nobody owns."""

_CALL: Final = "call-"

RECORDS: Final = ("owner:", f"place:{_CALL}")
"""How the audiences of records and calls begin, beside UNOWNED. All others are of conversations."""


def owned_by(owner_id: str | None) -> str:
    """The audience of what belongs to a record of this HubSpot owner; without one it is unowned."""
    return _label("owner", owner_id) if owner_id else UNOWNED


def said_at(place_id: str) -> str:
    """The audience of what was said at a place that several people are at: a Slack channel, a shared thread."""
    if place_id.startswith(_CALL):  # it would pass for a call, which an admin may be shown
        raise ConfigurationError(f"a place cannot be called {place_id!r}", next_step=f"Let no place begin {_CALL}.")
    return _label("place", place_id)


def said_by(person_id: str) -> str:
    """The audience of what one person said to Sophia alone; by their address or what the door knows them by.

    An address counts in any letters; what cannot stand in an audience, its full stops, is written as in a URL.
    """
    known_by = person_id.strip().lower() if "@" in person_id else person_id
    return _label("person", "".join(_written(letter) for letter in known_by))


def held_by_nobody(call_id: str) -> str:
    """The audience of a call that belongs to no record and to nobody HubSpot knows: for who reads every record."""
    return _label("place", _CALL + "".join(letter if letter.isalnum() else "-" for letter in call_id))


def is_of_a_record(audience: str) -> bool:
    """Whether it is the audience of a record or a call; one that is not known counts as a conversation's."""
    return audience == UNOWNED or audience.startswith(RECORDS)


class Scope(Frozen):
    """The audiences that a reader, or everybody at a place, may be shown.

    `every_record` adds all records and calls, and what carries no audience, but no conversation: it is an admin's.
    `everything` adds the conversations of others, too: it is for the owner of the machine, at its terminal.
    """

    everything: bool = False
    every_record: bool = False
    audiences: frozenset[str] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether it allows nothing at all."""
        return not (self.everything or self.every_record or self.audiences)

    @property
    def allows_every_record(self) -> bool:
        """Whether all records and calls may be shown, whoever owns them."""
        return self.everything or self.every_record

    def allows(self, audience: str | None) -> bool:
        """Whether what carries this audience may be shown; what carries none never is, but to an admin."""
        if self.everything or audience in self.audiences:
            return True
        return self.every_record and (audience is None or is_of_a_record(audience))

    def meet(self, other: "Scope") -> "Scope":
        """What both may be shown: for a place, the meet of everybody there."""
        if self.everything:
            return other
        if other.everything:
            return self
        named = self.audiences | other.audiences
        return Scope(
            every_record=self.every_record and other.every_record,
            audiences=frozenset(name for name in named if self.allows(name) and other.allows(name)),
        )


NOTHING = Scope()
EVERYTHING = Scope(everything=True)


def _written(letter: str) -> str:
    if letter in ".%" or letter.isspace():
        return "".join(f"%{byte:02x}" for byte in letter.encode())
    return letter


def _label(kind: str, id: str) -> str:
    if not id or any(letter.isspace() or letter == "." for letter in id):
        raise ConfigurationError(
            f"{id!r} cannot stand in an audience", next_step="Give an id without spaces and full stops."
        )
    return f"{kind}:{id}"
