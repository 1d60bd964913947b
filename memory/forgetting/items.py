"""What is remembered of somebody or something: removed, and what stood around it cut anew without it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, not_, or_, select
from sqlmodel import col

from memory.call_memory import KINDS as CALL_KINDS
from memory.call_memory import CallMemory
from memory.conversations import Conversations, source_of
from memory.database import Database
from memory.facts import FACT
from memory.forgetting.calls import Calls
from memory.forgetting.order import Order, mentions, said_to
from memory.forgetting.traces import Traces
from memory.store.entries import Entries, about
from memory.store.entry import Kept
from memory.tables import MemoryItemRow, MemoryVectorRow

PAGE: Final = 500
"""Entries that are read at once to see whether they name somebody."""

OWN: Final = ("person:", "call:")
"""How the subjects of a call's passages begin that the call itself gives; the others are records."""


class Items:
    """Forgets what is remembered. Doing so twice changes nothing."""

    def __init__(self, database: Database, entries: Entries, calls: Calls) -> None:
        self._database = database
        self._entries = entries
        self._calls = calls

    async def cut_anew(self, order: Order) -> int:
        """Keeps the calls of an order as they are by now, in place of what was kept of them; returns how many."""
        return sum([await self._cut_call(call_id, order) for call_id in order.calls])

    async def forget_person(self, order: Order) -> int:
        """Removes what is about them, was said by or to them alone, or names them; returns how much.

        The calls they were on are cut anew before, and the conversations after: each turn has its neighbours' words.
        """
        people = [f"person:{id}" for id in (*order.traces.emails, *order.ids)]
        own = about({*people, *(f"contact:{id}" for id in order.contacts)})
        to_them = col(MemoryItemRow.audience).in_(said_to((*order.traces.emails, *order.ids)))
        removed = await self._entries.remove_where(or_(own, to_them))
        removed += await self._forget_mentions(order.traces)
        removed += await self.forget_views(order)
        await self._renew(order.threads)
        return removed

    async def forget_source(self, subject: str) -> int:
        """Removes what came from it or is about it; returns how much."""
        return await self._entries.remove_where(or_(col(MemoryItemRow.source) == subject, about({subject})))

    async def forget_views(self, order: Order) -> int:
        """Removes the views of records that may tell of it: they are made anew from what is left."""
        row = MemoryItemRow
        fact = col(row.source).startswith(FACT, autoescape=True)
        views = and_(col(row.kind) == "business_context", about(order.views), not_(fact))
        return await self._entries.remove_where(views) if order.views else 0

    async def _cut_call(self, call_id: str, order: Order) -> int:
        kept = [each for kind in CALL_KINDS for each in await self._entries.of_source(f"call:{call_id}", kind)]
        told = await self._calls.told(call_id)
        if not kept or told is None or told.transcript is None or told.analysis is None:
            return 0
        tenant, audience = kept[0].namespace[:2]
        memory = CallMemory(self._database, self._entries, tenant)
        gone = {f"contact:{id}" for id in order.contacts}
        subjects = {subject for each in kept for subject in each.subjects}
        records = frozenset(subject for subject in subjects - gone if not subject.startswith(OWN))
        await memory.keep(told.call, told.transcript, told.analysis, audience, records)
        return 1

    async def _forget_mentions(self, traces: Traces) -> int:
        row, vector = MemoryItemRow, MemoryVectorRow
        embedded = select(col(vector.item_id)).where(mentions(traces, vector.text))
        named = or_(mentions(traces, row.text, row.value, row.key), col(row.id).in_(embedded))
        removed, after = 0, 0
        threads: set[str] = set()
        while page := await self._entries.matching(named, after=after, most=PAGE):
            after = page[-1].id
            ids = [each.id for each in page if _names(each, traces)]
            threads |= {each.source for each in page if each.kind == "conversation"}
            removed += await self._entries.remove_where(col(row.id).in_(ids)) if ids else 0
        await self._renew(sorted(source.removeprefix(source_of("")) for source in threads))
        return removed

    async def _renew(self, threads: Sequence[str]) -> None:
        """Makes the windows of conversations anew, of which turns have gone."""
        for thread in threads:
            turns = await self._entries.of_source(source_of(thread), "conversation")
            for tenant in {turn.namespace[0] for turn in turns}:
                await Conversations(self._entries, tenant).renew_windows(thread)


def _names(kept: Kept, traces: Traces) -> bool:
    """Whether it names them itself: what a turn is searched by has its neighbours' words too."""
    own = [kept.value, kept.key]
    searched = [] if kept.kind == "conversation" else [kept.text or "", *kept.embedded.values()]
    return traces.are_in_any([*own, *searched])
