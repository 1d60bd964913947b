"""How the store searches: by namespace and filter, and by meaning where there is a question."""

import sys
from collections.abc import Sequence
from functools import partial

import structlog
from langgraph.store.base import SearchOp
from sqlalchemy import and_
from sqlmodel import col

from core.clock import Clock
from memory.embedding.port import Embedder, Vectors
from memory.store.entries import Entries
from memory.store.entry import KINDS, Kind, Namespace
from memory.store.filters import satisfies
from memory.store.namespaces import standing_of, under
from memory.store.nearest import Found, Nearest
from memory.store.reading import Accepts, alive, among, in_batches, without_vector
from memory.tables import MemoryItemRow

log = structlog.get_logger(__name__)

Scored = list[tuple[int, float | None]]
"""Ids of items with their similarity to the question; None for those without a vector."""

LEAST_FILTERED = 100
TIMES_FILTERED = 4
"""How many neighbours are looked at where a filter leaves only some, and how many times more when they are too few."""

MOST_FILTERED = 6_400
"""Neighbours that are looked at. What a filter leaves of more is rare: it is looked for first, and compared then."""


class Searching:
    """Finds items for LangGraph's search operations."""

    def __init__(self, entries: Entries, nearest: Nearest, embedder: Embedder, clock: Clock) -> None:
        self._entries = entries
        self._nearest = nearest
        self._embedder = embedder
        self._clock = clock

    async def embed(self, questions: Sequence[str]) -> dict[str, Vectors]:
        """The vector of each question."""
        each = list(dict.fromkeys(questions))
        return dict(zip(each, await self._embedder.embed(each), strict=True)) if each else {}

    async def page(self, op: SearchOp, vector: Vectors | None) -> Scored:
        """What is asked for from `offset` on, the most alike first and then what has no vector, as it was put."""
        accepts = partial(satisfies, filter=op.filter) if op.filter else None
        inside = under(op.namespace_prefix)
        if vector is None:
            ids = await self._entries.ids_where(inside, accepts=accepts, offset=op.offset, count=op.limit)
            return [(id, None) for id in ids]
        scored = await self._scored(op, vector, accepts)
        page: Scored = list(scored[op.offset : op.offset + op.limit])
        ids = await self._entries.ids_where(
            inside,
            without_vector(self._embedder.model),
            accepts=accepts,
            offset=max(0, op.offset - len(scored)),
            count=op.limit - len(page),
        )
        return page + [(id, None) for id in ids]

    async def _scored(self, op: SearchOp, vector: Vectors, accepts: Accepts | None) -> Sequence[tuple[int, float]]:
        """The items most alike that the filter leaves: as many as are needed, or all there are."""
        condition = and_(under(op.namespace_prefix), alive(self._clock.now()))
        kinds = _kinds_under(op.namespace_prefix)
        needed = op.offset + op.limit
        if accepts is None:
            return self._told(await self._nearest.nearest(kinds, vector, needed, condition))
        count = max(TIMES_FILTERED * needed, LEAST_FILTERED)
        while count <= MOST_FILTERED:
            found = self._told(await self._nearest.nearest(kinds, vector, count, condition))
            left = await self._accepted(found, accepts)
            if len(left) >= needed or len(found) < count:
                return left
            count *= TIMES_FILTERED
        ids = await self._entries.ids_where(condition, accepts=accepts, count=sys.maxsize)
        return await self._nearest.among(kinds, vector, ids)

    def _told(self, found: Found) -> Sequence[tuple[int, float]]:
        if found.degraded:
            log.warning("a search of the store may have missed something", reason=found.degraded)
        return found.items

    async def _accepted(self, items: Sequence[tuple[int, float]], accepts: Accepts) -> Sequence[tuple[int, float]]:
        accepted: set[int] = set()
        for some in in_batches([id for id, _ in items]):
            these = among(col(MemoryItemRow.id), some)
            accepted.update(await self._entries.ids_where(these, accepts=accepts, count=len(some)))
        return [(id, similarity) for id, similarity in items if id in accepted]


def _kinds_under(prefix: Namespace) -> Sequence[Kind]:
    """What can stand under a prefix: the first three labels say it."""
    return [standing_of(prefix).kind] if len(prefix) >= 3 else KINDS
