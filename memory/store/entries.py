"""What is kept, as rows: everything that is remembered is written, read and removed here.

A text is embedded before the transaction that writes it. When that cannot be done now, or need not be, the entry is
kept all the same, found by its words, and the indexer embeds it later.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock
from core.errors import ServiceError
from memory.database import Database
from memory.embedding.port import Embedder
from memory.store.draft import Draft, drafts_of
from memory.store.entry import Entry, Kept, Kind, Namespace
from memory.store.known import known_vectors
from memory.store.moving import move_items
from memory.store.namespaces import decode
from memory.store.packing import pack
from memory.store.reading import BATCH, Accepts, Place, alive, at_places, ids_where, in_batches, kept_where
from memory.store.removing import remove_items
from memory.store.writing import Write, expiry, renew_text
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
        """Keeps the entries, the last one of each place, and removes what else stands at the places `remove`.

        Without `embed` new texts are left to the indexer: embedding takes some 30 ms for each.

        Up to 200 entries are one transaction, together with what is removed; more are several, each whole, and what
        is removed goes in the last one: what is cut short has lost nothing, and may be repeated. What is there already
        keeps its id and `created_at`, and unless the entry differs only `updated_at` and its time to live change.
        Raises NotUsable for a value that is not JSON or a name that cannot be stored; nothing is written then.
        """
        drafts = drafts_of(entries)
        batches = list(in_batches(drafts, WRITE_BATCH)) or [()]
        written = {(draft.entry.namespace, draft.entry.key) for draft in drafts}
        going = [place for place in remove if (tuple(place[0]), place[1]) not in written]
        known: dict[str, bytes] = {}
        for batch in batches:
            known |= await self._known(batch)
        for number, batch in enumerate(batches, 1):
            known |= await self._embedded(batch, known, embed)
            await self._write(batch, going if number == len(batches) else (), known)

    async def put_within(self, entries: Sequence[Entry], complete: Callable[[Session, Entry], Entry]) -> list[Entry]:
        """Keeps entries, one after the other in one transaction, each as `complete` makes it from what stands there
        then; returns them so.

        `complete` leaves what is embedded as it is, and may write to its session; it may be called again (see
        Database.write). Raises NotUsable as `put` does.
        """
        drafts = drafts_of(entries)
        vectors = await self._embedded(drafts, await self._known(drafts), embed=True)
        now = self._clock.now()

        def put(session: Session, entry: Entry) -> Entry:
            whole = complete(session, entry)
            Write(self._database.insert, self._embedder.model, now, drafts_of([whole]), vectors).put(session)
            return whole

        def work(session: Session) -> list[Entry]:
            return [put(session, entry) for entry in entries]

        return await self._database.write(work)

    async def move(self, ids: Sequence[int], audience: str) -> int:
        """Moves these entries of ours into another audience's namespace, in one transaction; tells how many moved.

        They keep id, `created_at` and vectors, and what stands where one is to go is removed. Those that are not there
        any more, or with that audience already, are left aside.
        """
        if not ids:
            return 0
        work = partial(move_items, ids=ids, audience=audience, now=self._clock.now())
        try:
            return await self._database.write(work)
        except IntegrityError:  # PostgreSQL: something was put there after the transaction began, which now sees it
            return await self._database.write(work)

    async def renew_texts(self, texts: Sequence[tuple[Kept, str | None]]) -> None:
        """Gives entries another text to be searched by words, each that still stands as it was read."""
        changed = [(kept, text) for kept, text in texts if kept.text != text]
        for some in in_batches(changed, WRITE_BATCH):
            await self._database.write(partial(_renew_texts, texts=some))

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

    async def _write(self, drafts: Sequence[Draft], remove: Sequence[Place], vectors: Mapping[str, bytes]) -> None:
        now = self._clock.now()
        write = Write(self._database.insert, self._embedder.model, now, drafts, vectors)

        def work(session: Session) -> None:
            for some in in_batches(remove):
                remove_items(session, at_places(some), now)
            if drafts:
                write.put(session)

        if drafts or remove:
            await self._database.write(work)

    async def _known(self, drafts: Sequence[Draft]) -> dict[str, bytes]:
        """What texts of the drafts were embedded to before, as bytes."""
        if not any(draft.embedded for draft in drafts):
            return {}
        return await self._database.read(partial(known_vectors, drafts=drafts, model=self._embedder.model))

    async def _embedded(self, drafts: Sequence[Draft], known: Mapping[str, bytes], embed: bool) -> dict[str, bytes]:
        """What the texts of the drafts are embedded to: as it is known, else made now if that can be done."""
        texts = list(dict.fromkeys(text for draft in drafts for text in draft.embedded.values()))
        found = {text: known[text] for text in texts if text in known}
        new = [text for text in texts if text not in known]
        if not new or not embed:
            return found
        try:
            vectors = await self._embedder.embed(new)
        except ServiceError as error:
            log.warning("texts are kept and will be embedded later", texts=len(new), reason=str(error))
            return found
        return found | {text: pack(vector) for text, vector in zip(new, vectors, strict=True)}


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


def _renew_texts(session: Session, texts: Sequence[tuple[Kept, str | None]]) -> None:
    for kept, text in texts:
        renew_text(session, kept, text)
