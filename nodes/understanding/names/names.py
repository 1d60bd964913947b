"""All names of a portal, read once and kept up with what changes; every asker gets a view of their own.

Companies, deals and contacts come from CrmGateway.changed_since: at first all of them, then what has changed since the
look before. What this process hears of, Sophia's own writes and HubSpot's events (`heard`), is read again before the
next question; what only another process heard of is known at the next look. Made by the composition root, for all turns
of a process.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog
from cachetools import LRUCache

from core.clock import Clock
from core.errors import ServiceError, Unavailable
from core.scope import NOTHING, Scope
from memory.cache.flights import end
from memory.cache.tags import SINGULAR
from nodes.understanding.lexicon import PersonKnown
from nodes.understanding.names.entry import PROPERTIES, entry_of, entry_of_person
from nodes.understanding.names.seen import SeenNames
from nodes.understanding.names.table import NameTable, Place
from nodes.understanding.names.words import everyday
from tools.hubspot.changes import EPOCH
from tools.hubspot.port import CrmGateway, ObjectType, Record

LOOKED_AFTER: Final = timedelta(minutes=10)
"""How old the names may get before one looks for changes."""

READ_AFTER: Final = timedelta(hours=6)
"""How old before all are read again: what was archived in HubSpot is not among its changes."""

OVERLAP: Final = timedelta(minutes=2)
"""How far looks overlap: HubSpot's search is up to half a minute behind."""

PATIENCE_S: Final = 3.0
"""How long a question waits for the names that have changed: HubSpot's client may try for a minute."""

VERY_OLD: Final = timedelta(minutes=30)
"""How old before a question waits for what has changed: whose a record is may have changed, too."""

AWAY_FOR_S: Final = 60.0
"""How many seconds after a look that failed none is begun."""

STILL_READING: Final = (
    "Ask again in a minute; at a terminal, where each question begins anew, raise SOPHIA_TURN_SECONDS."
)

MOST: Final = 10_000
"""Records of a type that are read."""

VIEWS: Final = 64
"""Scopes whose view is kept until a name changes."""

TYPES: Final[Mapping[str, ObjectType]] = {SINGULAR[type]: type for type in PROPERTIES}
"""The types whose names are kept, by how their tags begin."""

NO_RECORD: Final = frozenset({"any", "made"})
"""What stands in a tag where it is of no one record."""

DESCRIBING: Final = ("city", "state", "country", "industry", "segment", "brand")
"""Fields of plain text in which a portal keeps what people ask by."""

log = structlog.get_logger(__name__)


class Names:
    """The names in a portal. `cut` are the types of which there are more than are read."""

    def __init__(self, crm: CrmGateway, clock: Clock, running: Callable[[], float] = monotonic) -> None:
        """`running` counts seconds and never stands still, as `clock` may."""
        self._crm, self._clock, self._running = crm, clock, running
        self._english = everyday()
        self._table = NameTable()
        self._people: tuple[tuple[PersonKnown, ...], NameTable] = ((), NameTable())
        self._read_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._heard: set[Place] = set()
        self._heard_meanwhile: set[Place] = set()
        self._failed: tuple[float, Exception] | None = None
        self._look_on: asyncio.Task[None] | None = None
        self._caught_up = asyncio.Event()
        self._views: LRUCache[Scope, SeenNames] = LRUCache(VIEWS)
        self._reading = asyncio.Lock()
        self.cut: frozenset[ObjectType] = frozenset()

    async def refresh(self, seconds: float | None = None) -> None:
        """Sees to it that names are known: read for as long as so many seconds where none are, in the background later.

        A question goes on with what is known; only where that is very old it waits a little for what has changed since.
        What was heard of is read at once. While HubSpot is away the names that are known stay, but for those that were
        heard to have changed. Raises ServiceError where none are known and none can be read in time.
        """
        if self._looked_at is None:
            await self._known(seconds)
        elif (age := self._clock.now() - self._looked_at) >= LOOKED_AFTER and not self._is_away:
            self._begin()
            await self._wait(PATIENCE_S if age >= VERY_OLD else 0)
        if self._heard:
            async with self._reading:
                await self._read_heard()

    async def looked(self) -> None:
        """Waits for the look that is under way, if any."""
        if self._look_on is not None:
            await asyncio.wait({self._look_on})

    async def close(self) -> None:
        """Ends the look that is under way."""
        await end([self._look_on] if self._look_on else [])

    def heard(self, tags: Iterable[str]) -> None:
        """Told that what these tags (memory/cache/tags.py) stand for has changed, or is gone."""
        for kind, _, id in (tag.partition(":") for tag in tags):
            type = TYPES.get(kind)
            if type is not None and id not in NO_RECORD:
                self._heard.add((type, id))
                self._heard_meanwhile.add((type, id))

    def seen_by(self, scope: Scope, people: Sequence[PersonKnown] = ()) -> SeenNames:
        """The names that this scope allows, and those of colleagues; who may see nothing at all knows nobody."""
        tables = [self._table] if scope == NOTHING else [self._table, self._colleagues(tuple(people))]
        view = self._views.get(scope)
        if view is None or not view.is_of(tables):
            view = self._views[scope] = SeenNames(tables, scope, self._english)
        return view

    async def _known(self, seconds: float | None) -> None:
        """The first reading of all names: for as long as the question may take; it goes on for the next one."""
        if not self._is_away:
            self._begin()
            await self._wait(seconds)
        if self._looked_at is None and self._failed is not None:
            raise self._failed[1]
        if self._looked_at is None:
            raise Unavailable("HubSpot", "the names of its records are still being read", next_step=STILL_READING)

    @property
    def _is_away(self) -> bool:
        """Whether a look has failed just now: while HubSpot is away, not every question waits for it in vain."""
        return self._failed is not None and self._running() - self._failed[0] < AWAY_FOR_S

    def _begin(self) -> None:
        """Begins a look, unless one is under way."""
        if self._look_on is None or self._look_on.done():
            self._caught_up.clear()
            self._look_on = asyncio.create_task(self._look())

    async def _wait(self, seconds: float | None) -> None:
        """Until what has changed is known; the reading of all for what is gone nobody waits for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._caught_up.wait()

    async def _look(self) -> None:
        """What has changed, then all where that is due; what goes wrong is logged, and told to who knows no names."""
        try:
            await self._look_for_changes()
            self._caught_up.set()
            if self._read_at is None or self._clock.now() - self._read_at >= READ_AFTER:
                await self._read_all()
            self._failed = None
        except Exception as error:  # a task of its own: nobody else would hear of it
            self._failed = (self._running(), error)
            log.warning("names.not_read", detail=str(error), kind=type(error).__name__)
        finally:
            self._caught_up.set()

    async def _look_for_changes(self) -> None:
        now = self._clock.now()
        if self._looked_at is None:
            await self._read_all()
        else:
            for type in PROPERTIES:
                await self._read(self._table, type, self._looked_at - OVERLAP)
        self._looked_at = now

    async def _read_all(self) -> None:
        """All names into a new table; what was heard of meanwhile may be old there, and is read again."""
        now, table = self._clock.now(), NameTable()
        self._heard_meanwhile.clear()
        self.cut = frozenset([type for type in PROPERTIES if await self._read(table, type, EPOCH)])
        if self.cut:
            log.warning("names.cut", types=sorted(self.cut), most=MOST)
        for place in self._heard_meanwhile:
            table.drop(*place)
        self._heard |= self._heard_meanwhile
        self._table, self._read_at = table, now

    async def _read_heard(self) -> None:
        """Reads by their ids what was heard to have changed: that does not lag, as the search does."""
        heard, self._heard, found = self._heard, set(), None
        try:
            found = None if self._is_away else await self._as_they_are(heard)
        except (ServiceError, TimeoutError) as error:
            self._failed = (self._running(), error)
            log.warning("names.not_read", detail=str(error) or "there was no answer", kind=type(error).__name__)
        except BaseException:
            self._heard |= heard  # nobody else would read them again
            raise
        self._drop(heard)  # where they cannot be read, nobody knows whose they are by now
        if found is None:
            self._heard |= heard
        else:
            self._take(record for record in found if not record.archived)

    async def _as_they_are(self, heard: Collection[Place]) -> list[Record]:
        async with asyncio.timeout(PATIENCE_S):
            found = [await self._now(type, [id for of, id in heard if of == type]) for type in PROPERTIES]
        return [record for records in found for record in records]

    async def _now(self, type: ObjectType, ids: Sequence[str]) -> Iterable[Record]:
        return (await self._crm.read(type, ids, await self._properties(type))).values() if ids else ()

    def _drop(self, places: Iterable[Place]) -> None:
        for place in places:
            self._table.drop(*place)

    async def _read(self, table: NameTable, type: ObjectType, since: datetime) -> bool:
        """Takes in what has changed; whether there was more than is read."""
        read = 0
        async for record in self._crm.changed_since(type, since, await self._properties(type)):
            if read == MOST:
                return True
            read += 1
            self._take([record], table)
        return False

    async def _properties(self, type: ObjectType) -> tuple[str, ...]:
        known = await self._crm.property_names(type)
        return (*PROPERTIES[type], *(name for name in DESCRIBING if name in known))

    def _take(self, records: Iterable[Record], table: NameTable | None = None) -> None:
        kept = self._table if table is None else table
        for record in records:
            entry = entry_of(record, self._english, DESCRIBING)
            if entry is None:
                kept.drop(record.type, record.id)
            else:
                kept.put(entry)

    def _colleagues(self, people: tuple[PersonKnown, ...]) -> NameTable:
        """The colleagues' own table, made anew where they are others than before."""
        if self._people[0] != people:
            seated = (person for person in people if person.owner_id)
            self._people = (people, NameTable(entry_of_person(person, self._english) for person in seated))
        return self._people[1]
