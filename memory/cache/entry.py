"""One value that is kept: its JSON, when it was read, how long it counts as fresh, and what it depends on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from core.analysis import Frozen

Json = Any
"""What JSON can hold: objects with text as keys, lists, text, finite numbers, true, false and null."""

Kind = Literal["crm", "search", "analysis", "person", "insight"]
"""What sort of value it is: what HubSpot says, which records its search found, what was found in a call, who somebody
is, what was worked out."""

KINDS: tuple[Kind, ...] = get_args(Kind)

CRM_LIFE = timedelta(minutes=5)
SEARCH_LIFE = timedelta(minutes=1)
"""HubSpot's index is up to half a minute behind: what it did not find is looked for again soon."""

ANALYSIS_LIFE = timedelta(hours=1)
PERSON_LIFE = timedelta(minutes=30)
INSIGHT_LIFE = timedelta(minutes=15)
LIVES: Mapping[Kind, timedelta] = {
    "crm": CRM_LIFE,
    "search": SEARCH_LIFE,
    "analysis": ANALYSIS_LIFE,
    "person": PERSON_LIFE,
    "insight": INSIGHT_LIFE,
}
"""How long a value counts as fresh after it was read."""

KEPT_FOR_OUTAGES = timedelta(days=1)
"""How much longer it is kept, only to be shown, and marked, while its source is away."""

MOST_BYTES = 256 * 1024
"""A larger value is given to who asked and not kept: a hundred CRM records with all we read of them are 150 KB."""


@dataclass(frozen=True)
class Tagged:
    """A value together with what it turned out to depend on, for a `read` that knows this only afterwards."""

    value: Json
    tags: Iterable[str]


@dataclass(frozen=True)
class Place:
    """Where a value is kept."""

    kind: Kind
    key: str


class Entry(Frozen):
    """A value as it is kept: `body` is its JSON as text, `read_at` when its reading began, `life` as in LIVES."""

    body: str
    read_at: datetime
    life: timedelta
    tags: tuple[str, ...] = ()

    def is_young(self, now: datetime) -> bool:
        """Whether it is within its life. One from the future, by a clock that was set back, is as old as it is far."""
        return abs(now - self.read_at) < self.life

    def is_kept(self, now: datetime) -> bool:
        """Whether it may still be shown while the source is away."""
        return now < self.kept_until

    @property
    def kept_until(self) -> datetime:
        return self.read_at + self.life + KEPT_FOR_OUTAGES

    @property
    def is_too_large(self) -> bool:
        """Whether it is not worth keeping."""
        return len(self.body) > MOST_BYTES

    @property
    def value(self) -> Json:
        """The value anew, so that nobody changes what others are given."""
        return json.loads(self.body)

    def for_at_most(self, life: timedelta) -> "Entry":
        """The same with a shorter life."""
        return self.model_copy(update={"life": min(life, self.life)})


def entry_of(kind: Kind, read: Json | Tagged, tags: Iterable[str], read_at: datetime) -> Entry:
    """What was read, as it is kept. Raises TypeError or ValueError when it is not JSON."""
    value, found = (read.value, read.tags) if isinstance(read, Tagged) else (read, ())
    body = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Entry(body=body, read_at=read_at, life=LIVES[kind], tags=tuple(sorted({*tags, *found})))
