"""The names a question may use: people, teams, stages, fields, and records, as far as the asker may know of them.

Made of what HubSpot says now (nodes/understanding/names/ fills it). A name that the asker may not see is not in it, so
a question about it reads as one about nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol

from core.analysis import Frozen
from nodes.understanding.shape import Named
from tools.hubspot.port import FieldSpec, ObjectType, Pipeline


class PersonKnown(Frozen):
    """A colleague as people name them; `owner_id` is None for one without a HubSpot seat."""

    owner_id: str | None
    name: str
    email: str | None = None
    teams: tuple[str, ...] = ()
    archived: bool = False


class TeamKnown(Frozen):
    """A team with the owners in it."""

    id: str
    name: str
    owner_ids: tuple[str, ...]


class Mention(Frozen):
    """Words of a question that name something: from letter `start` to before `end`, and what they may name.

    The candidates are the likeliest first; more than one of like likelihood must be asked about.
    """

    start: int
    end: int
    text: str
    candidates: tuple[Named, ...]
    scores: tuple[float, ...] = ()
    """From 0 to 1, one for each candidate."""

    @property
    def is_sure(self) -> bool:
        """Whether one candidate stands clearly before the others."""
        if len(self.candidates) < 2 or len(self.scores) < 2:
            return len(self.candidates) == 1
        return self.scores[0] - self.scores[1] >= CLEARLY


CLEARLY = 0.15
"""By how much the first candidate must lead."""


class NameIndex(Protocol):
    """The names of records that the asker may see."""

    def mentions(self, text: str) -> Sequence[Mention]:
        """Names in a text, in any case and with small errors, in order and not overlapping; the longest win."""
        ...

    def named(self, type: ObjectType, id: str) -> Named | None:
        """The record of this id, None where the asker may not see it or there is none."""
        ...


@dataclass(frozen=True)
class Lexicon:
    """All names at one moment. `me` is the asker's owner id, `now` the moment of the question in the team's zone."""

    now: datetime
    me: str | None
    me_name: str
    people: tuple[PersonKnown, ...]
    teams: tuple[TeamKnown, ...]
    pipelines: tuple[Pipeline, ...]
    names: NameIndex
    my_teams: tuple[str, ...] = ()
    """Ids of the asker's teams: "my team" is everybody in them."""
    fields: Mapping[ObjectType, Mapping[str, FieldSpec]] = field(default_factory=dict)
    zone: tzinfo | None = None
    currency: str | None = None
