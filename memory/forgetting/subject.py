"""What can be forgotten and exported: a person, a thread, a call, or a CRM record."""

from typing import Final, Literal, Self, get_args

from core.analysis import Frozen
from core.errors import NotUsable
from memory.cache.tags import SINGULAR

SubjectKind = Literal["person", "thread", "call", "contact", "company", "deal"]

KINDS: Final[tuple[SubjectKind, ...]] = get_args(SubjectKind)

OBJECT_TYPES: Final = {singular: plural for plural, singular in SINGULAR.items()}
"""HubSpot's name of a record's type, by ours."""


class Subject(Frozen):
    """One thing that is known of, as memory items name it ("person:ana@acme.com", "deal:301").

    The id of a person is their address in small letters, or what a door knows them by.
    """

    kind: SubjectKind
    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The subject that a person wrote; raises NotUsable that says what can be written."""
        kind, _, id = text.strip().partition(":")
        id = id.strip()
        if kind not in KINDS or not id:
            raise NotUsable(
                f"{text!r} names nothing that can be forgotten",
                next_step="Give person:ADDRESS, thread:ID, call:ID, contact:ID, company:ID or deal:ID.",
            )
        return cls(kind=kind, id=id.lower() if kind == "person" and "@" in id else id)

    @property
    def object_type(self) -> str | None:
        """HubSpot's name of the record's type, None for what is no record."""
        return OBJECT_TYPES.get(self.kind)

    @property
    def email(self) -> str | None:
        """The address of a person who is named by it."""
        return self.id if self.kind == "person" and "@" in self.id else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
