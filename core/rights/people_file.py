"""The owner's file people.toml: roles, Slack ids, teams, and what each role reads; the one beside this shows all keys.

What a file may hold is checked here and nowhere else. That the addresses and teams in it exist is not: whoever uses
them holds them against HubSpot's owners (core/rights/directory.py).
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from core.analysis import Frozen
from core.edited_file import EditedFile

Role = Literal["admin", "manager", "rep", "viewer"]
Reads = Literal["all", "team", "own", "unowned", "nothing"]
"""Whose records somebody reads: all; those of the own teams and unowned ones; the own and unowned; unowned; none."""

DEFAULT_FILE: Final = Path(__file__).with_name("people.toml")


def address_of(text: str | None) -> str:
    """An e-mail address as it is compared: without spaces around it, in small letters; "" for none."""
    return (text or "").strip().lower()


def _address(value: str) -> str:
    address = address_of(value)
    if "@" not in address or any(letter.isspace() for letter in address):
        raise ValueError("is no e-mail address")
    return address


def _slack_id(value: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]+", value):
        raise ValueError("is no Slack user id (U and capitals and digits)")
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


Text = Annotated[str, Field(min_length=1)]
TeamName = Annotated[Text, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]
SlackId = Annotated[str, AfterValidator(_slack_id)]


class PersonEntry(Frozen):
    """One person: what HubSpot does not tell of them, or all that is known of who has no seat there."""

    email: Annotated[Text, AfterValidator(_address)] = Field(description="Their address, as HubSpot knows it.")
    role: Role = Field(description="admin, manager, rep or viewer.")
    name: Text | None = Field(None, description="Their name, where HubSpot has none or another.")
    slack: SlackId | None = Field(None, description="Their Slack user id.")
    teams: Annotated[tuple[TeamName, ...], BeforeValidator(_listed)] = Field(
        (), description="Names or ids of teams they are in besides those that HubSpot tells of."
    )
    reads: Reads | None = Field(None, description="What this person reads, in place of what their role reads.")


class ReadRules(Frozen):
    """Whose records each role reads."""

    admin: Reads = "all"
    manager: Reads = "team"
    rep: Reads = "own"
    viewer: Reads = "unowned"

    def of(self, role: Role) -> Reads:
        """What this role reads."""
        reads: Reads = getattr(self, role)
        return reads


class PeopleFile(Frozen):
    """The whole file. Without one, every HubSpot owner is a rep."""

    version: Literal[1] = Field(description="The version of this format.")
    default_role: Role = Field("rep", description="The role of HubSpot's owners who are not named here.")
    reads: ReadRules = Field(ReadRules(), description="Whose records each role reads.")
    person: tuple[PersonEntry, ...] = Field((), description="The people who are named.")

    @field_validator("version", mode="before")
    @classmethod
    def _whole_number(cls, value: Any) -> Any:
        if type(value) is not int:
            raise ValueError("must be 1")
        return value

    @model_validator(mode="after")
    def _each_person_once(self) -> Self:
        for twice in _repeated(person.email for person in self.person):
            raise ValueError(f"two persons have the address {twice}")
        for twice in _repeated(person.slack for person in self.person if person.slack):
            raise ValueError(f"two persons have the Slack id {twice}")
        return self


NO_FILE: Final = PeopleFile(version=1)
"""What holds where the owner has no file."""

_FILE: Final = EditedFile(
    PeopleFile,
    next_step="Correct the file and run `sophia people check`; docs/people.md explains every key.",
    sections={"reads": ReadRules},
    tables={"person": PersonEntry},
)


def load_people(path: Path | None) -> PeopleFile:
    """What the owner's file holds; the defaults where there is none. Raises EditedFileError, a ConfigurationError."""
    return NO_FILE if path is None else parse_people(_FILE.text(path), path)


def parse_people(text: str, source: Path) -> PeopleFile:
    """What this text of a file holds."""
    return _FILE.parse(text, source)
