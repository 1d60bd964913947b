"""Records and calls alike, as far as a query needs them: their values by field, and where they are to be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.calls import Call
from core.places import call_url
from core.query import QueryObject
from nodes.querying.values import Value, Values
from tools.hubspot.port import ObjectType


@dataclass(frozen=True)
class Linked:
    """A record that another belongs to, which the asker may see; `link` is its page, `stage` that of a deal."""

    type: ObjectType
    id: str
    name: str
    link: str | None = None
    owner: str | None = None
    stage: str | None = None


@dataclass(frozen=True)
class Said:
    """A finding of a call, with the sentence that proves it, and who said it when; a candidate is but possible."""

    kind: str
    text: str
    quote: str
    speaker: str | None
    start_ms: int
    candidate: bool = False


@dataclass(frozen=True)
class Item:
    """One record or call. `links` are the records it belongs to, `said` those of a call's findings that are asked for.

    `possible` are findings that are not sure enough to count: they are only shown.
    `currency` is that of its money; `at` is when a call began, or a record was last changed.
    """

    type: QueryObject
    id: str
    name: str
    values: Mapping[str, Values]
    link: str | None = None
    at: datetime | None = None
    currency: str | None = None
    links: Sequence[Linked] = ()
    said: Sequence[Said] = field(default=())
    possible: Sequence[Said] = field(default=())

    def get(self, name: str) -> Values:
        """What a field holds."""
        return self.values.get(name, ())

    def first(self, name: str) -> Value | None:
        """The first value of a field."""
        return next(iter(self.get(name)), None)

    def of_type(self, type: ObjectType) -> Sequence[Linked]:
        """The records of a type that it belongs to."""
        return [one for one in self.links if one.type == type]

    def link_at(self, said: Said) -> str | None:
        """The page of a call at the moment when something was said."""
        return call_url(Call(id=self.id, url=self.link), said.start_ms)


@dataclass(frozen=True)
class Selected:
    """What meets a query. `possible` are calls in which only findings meet it that are not sure.

    `looked_at` is how many calls meet all that is not asked of findings.
    """

    items: Sequence[Item]
    possible: Sequence[Item] = ()
    looked_at: int = 0

    @property
    def possible_findings(self) -> int:
        """How many findings meet it that are not sure, in all calls."""
        return sum(len(item.possible) for item in (*self.items, *self.possible))
