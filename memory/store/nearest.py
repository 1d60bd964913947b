"""Which items are nearest to a vector: found through the index where there are many, and compared in SQL always.

Where the condition leaves few items they are all compared, which is exact and faster than a filter of the index. Else
the index is asked without a filter, and what it names is checked and compared again in the database. What the index
has not been told of yet is compared too, so what was just put is found. Without an index the newest items are compared.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.errors import Unavailable
from memory.database import Database
from memory.embedding.port import Embedder, Vectors
from memory.store.entry import Kind
from memory.store.exact import (
    Best,
    Question,
    compare_all,
    compare_items,
    compare_these,
    compare_untold,
    few_items,
    keep_better,
    lacks_vectors,
)
from memory.tables import MemoryCollectionRow, MemoryVectorRow
from memory.vectors.port import VectorIndex

EXACT = 2000
"""Items up to which all are compared: 13 microseconds each."""

EXACT_WHEN_DOWN = 10_000
"""Items compared when the index is away, and of those it has not been told of yet: an eighth of a second."""

LEAST_ASKED = 100
TIMES_ASKED = 4
TIMES_MORE = 8
"""How many neighbours the index is asked for: enough that the condition leaves the wanted number of most."""


@dataclass(frozen=True)
class Found:
    """Items by id with their similarity (cosine, of the best of their vectors), most alike first.

    `degraded` says why something may be missing, None when nothing is.
    """

    items: tuple[tuple[int, float], ...]
    degraded: str | None = None


@dataclass(frozen=True)
class Collections:
    """The active collections by kind, and why other kinds that have vectors have none."""

    active: Mapping[str, str]
    missing: Mapping[Kind, str]

    @property
    def reason(self) -> str | None:
        told = ", ".join(f"{kind} ({why})" for kind, why in sorted(self.missing.items()))
        return f"the vector index lacks {told}: `sophia memory status` tells more" if told else None


class Nearest:
    """Finds the items nearest to a vector of `embedder`'s model. `index` is None where there is none to be opened."""

    def __init__(self, database: Database, index: VectorIndex | None, embedder: Embedder) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder

    async def nearest(
        self, kinds: Collection[Kind], vector: Vectors, count: int, condition: ColumnElement[bool]
    ) -> Found:
        """Up to `count` items of these kinds that satisfy the condition (over MemoryItemRow).

        Similarities come from the database, so they are exact but for the 16 bits of a stored vector; items that are
        equally alike come in the order of their ids. Raises Unavailable when the database is away.
        """
        if count <= 0 or not kinds:
            return Found(())
        question = Question(vector, self._embedder.model, kinds, condition)
        found = await self._database.read(partial(_among_few, question=question, count=count))
        if found is not None:
            return found
        if self._index is None:
            return await self._without_index(question, count, "no vector index is open")
        try:
            return await self._through_index(self._index, question, count)
        except Unavailable as error:
            return await self._without_index(question, count, str(error))

    async def _through_index(self, index: VectorIndex, question: Question, count: int) -> Found:
        collections = await self._database.read(partial(_collections, question=question))
        beside, degraded = await self._database.read(partial(_beside, question=question, collections=collections))
        names = list(collections.active.values())
        asked = max(TIMES_ASKED * count, LEAST_ASKED)
        for wanted in (asked, TIMES_MORE * asked):
            near = [await index.nearest(name, question.vector.tolist(), wanted) for name in names]
            ids = [each.id for found in near for each in found]
            best = await self._database.read(partial(compare_these, question=question, vector_ids=ids))
            keep_better(best, beside)
            if len(best) >= count or all(len(found) < wanted for found in near):
                return Found(_ranked(best, count), degraded)
        best = await self._database.read(partial(compare_all, question=question))
        return Found(_ranked(best, count), collections.reason)

    async def _without_index(self, question: Question, count: int, reason: str) -> Found:
        best = await self._database.read(partial(compare_all, question=question, most=EXACT_WHEN_DOWN))
        return Found(_ranked(best, count), reason)


def _among_few(session: Session, question: Question, count: int) -> Found | None:
    """The nearest among the items that are asked for, None when there are many."""
    ids = few_items(session, question, EXACT)
    if ids is None:
        return None
    best = compare_items(session, question, ids)
    left = [each for each in ids if each not in best]
    waits = bool(left) and lacks_vectors(session, left)
    return Found(_ranked(best, count), "some texts have yet to be embedded" if waits else None)


def _beside(session: Session, question: Question, collections: Collections) -> tuple[Best, str | None]:
    """What the index cannot name: what it has not been told of, and kinds without a collection, the newest of each."""
    best, is_all = compare_untold(session, question, EXACT_WHEN_DOWN)
    reasons = [collections.reason, None if is_all else "the vector index has yet to be told of much that is new"]
    if collections.missing:
        others = replace(question, kinds=list(collections.missing))
        keep_better(best, compare_all(session, others, EXACT_WHEN_DOWN))
    return best, "; ".join(reason for reason in reasons if reason) or None


def _collections(session: Session, question: Question) -> Collections:
    row = MemoryCollectionRow
    of_model = select(row).where(col(row.model) == question.model).order_by(col(row.version))
    rows = session.scalars(of_model.where(col(row.kind).in_(list(question.kinds)))).all()
    active = {each.kind: each.name for each in rows if each.state == "active"}
    reasons = {each.kind: each.reason for each in rows if each.state == "damaged"}
    missing = [kind for kind in question.kinds if kind not in active and _has_vectors(session, kind)]
    return Collections(active, {kind: reasons.get(kind) or "not built yet" for kind in missing})


def _has_vectors(session: Session, kind: Kind) -> bool:
    row = MemoryVectorRow
    return session.scalars(select(col(row.id)).where(col(row.kind) == kind).limit(1)).first() is not None


def _ranked(best: Best, count: int) -> tuple[tuple[int, float], ...]:
    return tuple(sorted(best.items(), key=lambda found: (-found[1], found[0]))[:count])
