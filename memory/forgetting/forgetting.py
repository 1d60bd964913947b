"""Forgets a person, a thread, a call or a CRM record everywhere on request, and gives a receipt.

The receipt is written first, with all that is to be done; every step after it may be repeated and changes nothing then.
So a process that dies is followed by one that goes on, and a receipt is done only when nothing is left in reach: not in
the database, not in a checkpoint, not in the cache, and not in the vector index, which hears of it by the outbox.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final, Protocol

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock, SystemClock
from core.errors import ServiceError
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.forgetting.calls import Calls, Counts
from memory.forgetting.export import Export, Exports
from memory.forgetting.items import Items
from memory.forgetting.order import Order, order_for
from memory.forgetting.receipts import Receipt, Receipts, is_of
from memory.forgetting.rows import forget_contacts, forget_mentions, forget_record
from memory.forgetting.subject import Subject
from memory.forgetting.threads import forget_threads
from memory.forgetting.unreached import NOT_REACHED
from memory.store.entries import Entries
from memory.tables import MemoryOutboxRow

Drain = Callable[[], Awaitable[object]]
"""Tells the vector index what waits for it; raises ServiceError when it is away."""

MERGE_WORDS: Final = "INSERT INTO memory_search(memory_search, rank) VALUES ('merge', :pages)"
"""SQLite's word index keeps the words of what was removed until its pieces are merged into one."""

MERGE_PAGES = 500
"""Pages of the word index that are merged in one transaction, some 2 MB: others write in between."""

MOST_MERGES: Final = 20_000
"""Far more than a word index has pages for."""

log = structlog.get_logger(__name__)


class Forgetful(Protocol):
    """What forgets values by what they were made of; memory/cache does."""

    async def forget(self, tags: Iterable[str]) -> None:
        """Removes them. Raises Unavailable when it cannot be done now."""
        ...


class Forgetting:
    """Forgets on request, and tells what is known. All methods raise Unavailable when the database is away.

    Without `drain` a receipt waits until somebody else has told the index.
    """

    def __init__(
        self,
        database: Database,
        entries: Entries,
        checkpoints: Checkpoints,
        clock: Clock | None = None,
        *,
        cache: Forgetful | None = None,
        drain: Drain | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self._database = database
        self._entries = entries
        self._checkpoints = checkpoints
        self._clock = clock
        self._cache = cache
        self._drain = drain
        self._calls = Calls(database, clock)
        self._items = Items(database, entries, self._calls)
        self._receipts = Receipts(database, clock)
        self._exports = Exports(database, entries, checkpoints, clock)

    async def forget(self, subject: str, asked_by: str) -> Receipt:
        """Forgets a subject ("person:ana@acme.com", "call:7782"); asked for again, it looks for what came since.

        What was begun and is not done is gone on with. Raises NotUsable for what names nothing.
        """
        wanted = Subject.parse(subject)
        fresh = await order_for(self._database, wanted)
        for receipt, order in await self._receipts.unfinished():
            if not order.through and await is_of(receipt.subject, wanted):
                return await self._carry_out(receipt, order.joined(fresh))
        return await self._carry_out(await self._receipts.begin(wanted, fresh, asked_by), fresh)

    async def resume(self) -> list[Receipt]:
        """Goes on with whatever was begun and is not done; returns the receipts as they stand then."""
        return [await self._carry_out(*begun) for begun in await self._receipts.unfinished()]

    async def find(self, subject: str) -> list[Receipt]:
        """The receipts of a subject, the last first; a person is recognised by the hash of their address."""
        wanted = Subject.parse(subject)
        return [_with_unreached(receipt, wanted) for receipt in await self._receipts.find(wanted)]

    async def export(self, subject: str) -> Export:
        """All that is known of a subject, as JSON can hold it. Raises NotUsable for what names nothing."""
        return await self._exports.of(Subject.parse(subject))

    async def _carry_out(self, receipt: Receipt, order: Order) -> Receipt:
        if order.through:
            return await self._settle(receipt, order.outbox_to)
        subject = Subject.parse(order.subject)
        await self._entries.sweep()
        steps = {"person": self._person, "thread": self._thread, "call": self._call}
        counts = await steps.get(subject.kind, self._record)(order)
        counts["threads"] = await forget_threads(self._checkpoints, order)
        receipt = _with_unreached(await self._receipts.count(receipt.id, counts), subject)
        if waiting := await self._busy_with(order):
            return receipt.model_copy(update={"waiting": waiting})
        await self._merge_words()
        outbox_to = await self._database.read(_last_told)
        await self._receipts.through(receipt.id, outbox_to)
        return _with_unreached(await self._settle(receipt, outbox_to), subject)

    async def _person(self, order: Order) -> Counts:
        counts: Counts = {}
        for call_id in order.calls:
            _add(counts, await self._calls.forget_person(call_id, order))
        await self._items.cut_anew(order)
        counts["entries"] = await self._items.forget_person(order)
        _add(counts, {"records": await forget_contacts(self._database, order.contacts)})
        _add(counts, await forget_mentions(self._database, order.traces, self._clock.now()))
        return counts

    async def _thread(self, order: Order) -> Counts:
        return {"entries": await self._items.forget_source(order.subject)}

    async def _call(self, order: Order) -> Counts:
        counts: Counts = {}
        for call_id in order.calls:
            _add(counts, await self._calls.forget_call(call_id))
        counts["entries"] = await self._items.forget_source(order.subject) + await self._items.forget_views(order)
        return counts

    async def _record(self, order: Order) -> Counts:
        subject = Subject.parse(order.subject)
        now = self._clock.now()
        counts = await forget_record(self._database, subject.object_type or "", subject.id, now)
        counts["entries"] = await self._items.forget_source(order.subject) + await self._items.forget_views(order)
        return counts

    async def _busy_with(self, order: Order) -> tuple[str, ...]:
        """What must end, or come back, before all is done."""
        waiting = [f"call {call_id} is worked on" for call_id in await self._calls.busy(order.calls)]
        try:
            if self._cache is not None:
                await self._cache.forget(order.tags)
        except ServiceError as error:
            log.warning("forgetting.cache_away", detail=str(error), next_step=error.next_step)
            waiting.append("the cache is away")
        return tuple(waiting)

    async def _merge_words(self) -> None:
        """Clears the word index of what was removed, a little at a time."""
        pages = -MERGE_PAGES
        for _ in range(MOST_MERGES):
            if not await self._database.write(partial(_merge, pages=pages)):
                return
            pages = MERGE_PAGES
        log.warning("forgetting.words_left", next_step="Forget it again: words of it may be left in SQLite's index.")

    async def _settle(self, receipt: Receipt, outbox_to: int) -> Receipt:
        """Done, or waiting for the index."""
        try:
            if self._drain is not None:
                await self._drain()
        except ServiceError as error:
            log.warning("forgetting.index_away", detail=str(error), next_step=error.next_step)
        left = await self._database.read(lambda session: _untold(session, outbox_to))
        if left:
            return receipt.model_copy(update={"waiting": (f"waiting for the index: {left}",)})
        return await self._receipts.done(receipt.id)


def _merge(session: Session, pages: int) -> bool:
    """Merges so many pages of the word index; tells whether there was anything to merge.

    A negative number begins with all pieces there are, a positive one goes on with what was begun; see
    https://www.sqlite.org/fts5.html#the_merge_command for that and for the two changes.
    """
    if session.get_bind().dialect.name != "sqlite":
        return False
    changes = select(func.total_changes())
    before = session.scalar(changes) or 0
    session.execute(text(MERGE_WORDS), {"pages": pages})
    return (session.scalar(changes) or 0) - before >= 2


def _last_told(session: Session) -> int:
    """The last row of the outbox by now."""
    return session.scalar(select(func.max(MemoryOutboxRow.seq))) or 0


def _untold(session: Session, outbox_to: int) -> int:
    """How many removals up to this row the index has not been told of."""
    row = MemoryOutboxRow
    waiting = select(func.count()).select_from(row).where(col(row.removed), col(row.seq) <= outbox_to)
    return session.scalar(waiting) or 0


def _add(counts: Counts, more: Counts) -> None:
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


def _with_unreached(receipt: Receipt, subject: Subject) -> Receipt:
    return receipt.model_copy(update={"not_reached": NOT_REACHED[subject.kind]})
