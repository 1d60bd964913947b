"""What is kept, as rows: everything that is remembered is written, read and removed here.

A text is embedded before the transaction that writes it. When that cannot be done now, or need not be, the entry is
kept all the same, found by its words, and the indexer embeds it later.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock
from core.errors import ServiceError
from memory.database import Database
from memory.embedding.port import Embedder
from memory.store.draft import Draft, drafts_of
from memory.store.entry import Entry, Kept, Kind, Namespace
from memory.store.known import known_vectors
from memory.store.namespaces import decode
from memory.store.packing import pack
from memory.store.reading import BATCH, Accepts, Place, alive, at_places, ids_where, in_batches, kept_where
from memory.store.removing import remove_items
from memory.store.writing import Write, expiry
from memory.tables import MemoryItemRow, MemorySubjectRow

log = structlog.get_logger(__name__)

WRITE_BATCH = 200
"""Entries in one transaction: some tens of milliseconds in which no other process can write to SQLite."""


class Entries:
    """What is remembered. Nothing that has expired is ever read; `sweep` removes it.

    Every method raises Unavailable when the database is away, full or busy; each may be repeated then.
    """

    def __init__(self, database: Database, embedder: Embedder, clock: Clock) -> None:
        self._database = database
        self._embedder = embedder
        self._clock = clock

    async def put(self, entries: Sequence[Entry], *, remove: Sequence[Place] = (), embed: bool = True) -> None:
        """Removes what stands at the places `remove`, then keeps the entries, the last one of each place.

        Without `embed` new texts are left to the indexer: embedding takes some 30 ms for each.

        Up to 200 entries are one transaction, together with what is removed; more are several, each whole. What is
        there already keeps its id and `created_at`, and unless the entry differs only `updated_at` and its time to
        live change. Raises NotUsable for a value that is not JSON or a name that cannot be stored; nothing is
        written then.
        """
        drafts = drafts_of(entries)
        first, *rest = list(in_batches(drafts, WRITE_BATCH)) or [()]
        await self._write(first, remove, embed)
        for batch in rest:
            await self._write(batch, (), embed)

    async def get(self, namespace: Namespace, key: str, *, renew: bool = False) -> Kept | None:
        """The entry at a place, None when there is none; `renew` makes it live its time anew."""
        return (await self.get_many([(namespace, key)], renew=renew))[0]

    async def get_many(self, places: Sequence[Place], *, renew: bool = False) -> list[Kept | None]:
        """The entry at each place, in their order, None where there is none."""
        found: dict[Place, Kept] = {}
        for some in in_batches(places):
            kept = await self.matching(at_places(some))
            found |= {(each.namespace, each.key): each for each in kept}
        if renew:
            await self.renew([each.id for each in found.values() if each.ttl_minutes is not None])
        return [found.get((tuple(namespace), key)) for namespace, key in places]

    async def of_ids(self, ids: Sequence[int]) -> list[Kept]:
        """The entries with these ids, in their order; those that are not there are left out."""
        found: dict[int, Kept] = {}
        for some in in_batches(ids):
            found |= {each.id: each for each in await self.matching(col(MemoryItemRow.id).in_(some))}
        return [found[each] for each in ids if each in found]

    async def of_source(self, source: str, kind: Kind | None = None) -> list[Kept]:
        """What came from a source, in the order of its positions there."""
        return await self.find(sources=[source], kind=kind)

    async def of_subject(self, subject: str, kind: Kind | None = None) -> list[Kept]:
        """What is about a subject, or was said by it."""
        return await self.find(subjects=[subject], kind=kind)

    async def find(
        self,
        *,
        sources: Collection[str] = (),
        subjects: Collection[str] = (),
        kind: Kind | None = None,
        positions: tuple[int, int] | None = None,
    ) -> list[Kept]:
        """Entries of any of these sources that are about any of these subjects; what is not given restricts nothing.

        `positions` are the first and the last that count. They come by source and position.
        """
        row = MemoryItemRow
        conditions: list[ColumnElement[bool]] = []
        if sources:
            conditions.append(col(row.source).in_(list(sources)))
        if subjects:
            conditions.append(about(subjects))
        if kind is not None:
            conditions.append(col(row.kind) == kind)
        if positions is not None:
            conditions.append(col(row.position).between(*positions))
        return sorted(await self.matching(*conditions), key=lambda each: (each.source, each.position, each.id))

    async def matching(self, *conditions: ColumnElement[bool], after: int = 0, most: int | None = None) -> list[Kept]:
        """Entries whose item (MemoryItemRow) satisfies all conditions and whose id comes after this one, by id."""
        every = and_(alive(self._clock.now()), col(MemoryItemRow.id) > after, *conditions)
        return await self._database.read(partial(kept_where, condition=every, most=most))

    async def ids_where(
        self, *conditions: ColumnElement[bool], accepts: Accepts | None = None, offset: int = 0, count: int
    ) -> list[int]:
        """Up to `count` ids of entries that satisfy all conditions and whose value is accepted, after `offset` of them.

        They come in the order in which they were first put.
        """
        every = and_(alive(self._clock.now()), *conditions)
        return await self._database.read(
            partial(ids_where, condition=every, accepts=accepts, offset=offset, count=count)
        )

    async def namespaces(self, *conditions: ColumnElement[bool]) -> list[Namespace]:
        """The namespaces of entries that satisfy all conditions, each once, in the order of their labels."""
        every = and_(alive(self._clock.now()), *conditions)
        names = select(col(MemoryItemRow.namespace)).where(every).distinct()
        return await self._database.read(lambda session: sorted(decode(text) for text in session.scalars(names)))

    async def renew(self, ids: Sequence[int]) -> None:
        """Makes these entries live their time anew; those that live for ever, or have expired, stay as they are."""
        now = self._clock.now()
        if ids:
            await self._database.write(lambda session: _renew(session, ids, now))

    async def remove_where(self, condition: ColumnElement[bool]) -> int:
        """Removes every entry whose item (MemoryItemRow) satisfies the condition, in one transaction; tells how many.

        The vector index is told in the same transaction. To remove within a larger transaction: removing.py.
        """
        now = self._clock.now()
        return await self._database.write(lambda session: remove_items(session, condition, now))

    async def sweep(self, now: datetime | None = None) -> int:
        """Removes what has expired by `now`, or by the clock; tells how many."""
        return await self.remove_where(col(MemoryItemRow.expires_at) <= (now or self._clock.now()))

    async def _write(self, drafts: Sequence[Draft], remove: Sequence[Place], embed: bool) -> None:
        vectors = await self._vectors(drafts, embed)
        now = self._clock.now()
        write = Write(self._database.insert, self._embedder.model, now, drafts, vectors)

        def work(session: Session) -> None:
            for some in in_batches(remove):
                remove_items(session, at_places(some), now)
            if drafts:
                write.put(session)

        if drafts or remove:
            await self._database.write(work)

    async def _vectors(self, drafts: Sequence[Draft], embed: bool) -> dict[str, bytes]:
        """What the texts of the drafts are embedded to, as bytes: as it is known, else made now if that can be done."""
        texts = list(dict.fromkeys(text for draft in drafts for text in draft.embedded.values()))
        if not texts:
            return {}
        known = await self._database.read(partial(known_vectors, drafts=drafts, model=self._embedder.model))
        new = [text for text in texts if text not in known]
        if not new or not embed:
            return known
        try:
            vectors = await self._embedder.embed(new)
        except ServiceError as error:
            log.warning("texts are kept and will be embedded later", texts=len(new), reason=str(error))
            return known
        return known | {text: pack(vector) for text, vector in zip(new, vectors, strict=True)}


def about(subjects: Collection[str]) -> ColumnElement[bool]:
    """That an item (MemoryItemRow) is about any of these subjects, or was said by one."""
    row = MemorySubjectRow
    return col(MemoryItemRow.id).in_(select(col(row.item_id)).where(col(row.subject).in_(list(subjects))))


def _renew(session: Session, ids: Sequence[int], now: datetime) -> None:
    row = MemoryItemRow
    living = and_(alive(now), col(row.ttl_minutes).is_not(None))
    for some in in_batches(ids, BATCH):
        columns = select(col(row.id), col(row.ttl_minutes)).where(col(row.id).in_(some), living)
        anew = [{"id": id, "expires_at": expiry(now, minutes)} for id, minutes in session.execute(columns)]
        if anew:
            session.execute(update(row), anew)
