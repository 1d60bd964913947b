"""All names of a portal, read once and kept up with what changes; every asker gets a view of their own.

Companies, deals and contacts come from CrmGateway.changed_since: at first all of them, then what has changed since the
look before. Made by the composition root, for all turns of a process.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cachetools import LRUCache

from core.clock import Clock
from core.errors import Unavailable
from core.scope import NOTHING, Scope
from nodes.understanding.lexicon import PersonKnown
from nodes.understanding.names.entry import PROPERTIES, entry_of, entry_of_person
from nodes.understanding.names.seen import SeenNames
from nodes.understanding.names.table import NameTable
from nodes.understanding.names.words import everyday
from tools.hubspot.changes import EPOCH
from tools.hubspot.port import CrmGateway, ObjectType, Record

LOOKED_AFTER: Final = timedelta(minutes=10)
"""How old the names may get before one looks for changes."""

READ_AFTER: Final = timedelta(hours=6)
"""How old before all are read again: what was archived in HubSpot is not among its changes."""

OVERLAP: Final = timedelta(minutes=2)
"""How far looks overlap: HubSpot's search is up to half a minute behind."""

MOST: Final = 10_000
"""Records of a type that are read."""

VIEWS: Final = 64
"""Scopes whose view is kept until a name changes: what it holds of fields is read from every record."""

DESCRIBING: Final = ("city", "state", "country", "industry", "segment", "brand")
"""Fields of plain text in which a portal keeps what people ask by."""


class Names:
    """The names in a portal. `cut` are the types of which there are more than are read."""

    def __init__(self, crm: CrmGateway, clock: Clock) -> None:
        self._crm, self._clock = crm, clock
        self._english = everyday()
        self._table = NameTable()
        self._people: tuple[tuple[PersonKnown, ...], NameTable] = ((), NameTable())
        self._read_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._views: LRUCache[Scope, SeenNames] = LRUCache(VIEWS)
        self._reading = asyncio.Lock()
        self.cut: frozenset[ObjectType] = frozenset()

    async def refresh(self) -> None:
        """Reads all names, or what has changed, where the last look is too old.

        While HubSpot is away the names that are known stay; without any, Unavailable is raised.
        """
        async with self._reading:
            now = self._clock.now()
            if self._looked_at is not None and now - self._looked_at < LOOKED_AFTER:
                return
            try:
                await self._look(now)
            except Unavailable:
                if self._looked_at is None:
                    raise

    def seen_by(self, scope: Scope, people: Sequence[PersonKnown] = ()) -> SeenNames:
        """The names that this scope allows, and those of colleagues; who may see nothing at all knows nobody."""
        tables = [self._table] if scope == NOTHING else [self._table, self._colleagues(tuple(people))]
        view = self._views.get(scope)
        if view is None or not view.is_of(tables):
            view = self._views[scope] = SeenNames(tables, scope, self._english)
        return view

    async def changed(self, type: ObjectType, ids: Sequence[str]) -> None:
        """Reads these records again: told of Sophia's own changes, and of HubSpot's."""
        if type not in PROPERTIES or self._looked_at is None:
            return
        found = await self._crm.read(type, ids, await self._properties(type))
        for id in ids:
            self._table.drop(type, id)
        self._take(found.values())

    def forget(self, type: ObjectType, ids: Iterable[str]) -> None:
        """Drops the names of records that are gone."""
        for id in ids:
            self._table.drop(type, id)

    async def _look(self, now: datetime) -> None:
        if self._read_at is None or self._looked_at is None or now - self._read_at >= READ_AFTER:
            table = NameTable()
            self.cut = frozenset([type for type in PROPERTIES if await self._read(table, type, EPOCH)])
            self._table, self._read_at = table, now
        else:
            for type in PROPERTIES:
                await self._read(self._table, type, self._looked_at - OVERLAP)
        self._looked_at = now

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
