"""Where an answer is shown, and who sees it there. (Whose thread it is, is nodes/thread/context.py: Place.)"""

from typing import Final, Literal, Self

from pydantic import field_validator, model_validator

from core.analysis import Frozen
from core.rights.people_file import address_of

VenueKind = Literal["dm", "channel", "shared_channel", "http", "terminal"]

CHANNELS: Final[frozenset[VenueKind]] = frozenset({"channel", "shared_channel"})
"""Where others may come later and read what was shown; a shared one is open to another company."""


class Venue(Frozen):
    """A place to answer at. `id` names it where there are several; `members` are the addresses of who is there.

    The door leaves Sophia itself out of the members, and puts "" for who has no address it knows, or is a guest. None
    are members that are not known: then nothing may be shown. A channel's list holds the asker, too.
    """

    kind: VenueKind
    id: str = ""
    members: frozenset[str] | None = None

    @field_validator("members")
    @classmethod
    def _as_compared(cls, value: frozenset[str] | None) -> frozenset[str] | None:
        return None if value is None else frozenset(address_of(member) for member in value)

    @model_validator(mode="after")
    def _named_where_it_must_be(self) -> Self:
        if self.kind in CHANNELS and not self.id:
            raise ValueError("a channel has an id")
        return self

    def is_alone_with(self, email: str | None) -> bool:
        """Whether nobody but who has this address sees what is shown here."""
        return self.kind not in CHANNELS and self.members is not None and self.members <= {address_of(email)} - {""}


def alone(kind: Literal["dm", "http", "terminal"]) -> Venue:
    """A place where nobody but the asker sees the answer."""
    return Venue(kind=kind, members=frozenset())
