"""Who may be shown what: a row carries one audience, a reader a scope of audiences.

The audience of a row never names people's roles or teams: it says whose record it is or where it was said. What a
person may read is worked out when they ask, so a change of team or role needs no row rewritten.
"""

from core.analysis import Frozen
from core.errors import ConfigurationError

UNOWNED = "unowned"
"""The audience of what belongs to a CRM record that nobody owns."""


def owned_by(owner_id: str | None) -> str:
    """The audience of what belongs to a record of this HubSpot owner; without one it is unowned."""
    return _label("owner", owner_id) if owner_id else UNOWNED


def said_at(place_id: str) -> str:
    """The audience of what was said at a place that several people are at: a Slack channel, a shared thread."""
    return _label("place", place_id)


def said_by(person_id: str) -> str:
    """The audience of what one person said to Sophia alone; `person_id` is what the door knows them by."""
    return _label("person", person_id)


class Scope(Frozen):
    """The audiences that a reader, or everybody at a place, may be shown; `everything` is an admin's."""

    everything: bool = False
    audiences: frozenset[str] = frozenset()

    def allows(self, audience: str | None) -> bool:
        """Whether what carries this audience may be shown; what carries none never is, but to an admin."""
        return self.everything or (audience is not None and audience in self.audiences)

    def meet(self, other: "Scope") -> "Scope":
        """What both may be shown: for a place, the meet of everybody there."""
        if self.everything:
            return other
        if other.everything:
            return self
        return Scope(audiences=self.audiences & other.audiences)


NOTHING = Scope()
EVERYTHING = Scope(everything=True)


def _label(kind: str, id: str) -> str:
    if not id or any(letter.isspace() or letter == "." for letter in id):
        raise ConfigurationError(
            f"{id!r} cannot stand in an audience", next_step="Give an id without spaces and full stops."
        )
    return f"{kind}:{id}"
