"""Which items are nearest to a vector: found through the index where there are many, and compared in SQL always.

Where the condition leaves few items they are all compared, which is exact and faster than a filter of the index. Else
the index is asked without a filter, and what it names is checked and compared again in the database. What the index
has not been told of yet is compared too, so what was just put is found. Without an index the newest items are compared.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from core.errors import Unavailable
from memory.database import Database
from memory.embedding.port import Embedder, Vectors
from memory.store.entry import Kind
from memory.store.exact import (
    Best,
    Question,
    all_items,
    are_few,
    compare_all,
    compare_first,
    compare_items,
    compare_untold,
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
TIMES_ASKED = 8
"""How many neighbours the index is asked for at first: enough where a sixth of all is asked for. 400 cost 3 ms."""

TIMES_MORE = 8
"""How many times as many at most, when the condition leaves too few: 3,200 cost 16 ms, comparing as many items more."""

SPARE = 1.3
"""How many times more than the share of those that were left calls for: another round is dearer than a few more."""


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


@dataclass(frozen=True)
class Beside:
    """What is known before the index is asked: which collections it has, and how near those items are that it cannot
    name, which is not all of them when `degraded` tells why."""

    collections: Collections
    best: Best
    degraded: str | None


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
        if self._index is None:
            found = await self._database.read(partial(_among_few, question=question, count=count))
            return found or await self._without_index(question, count, "no vector index is open")
        begun = await self._database.read(partial(_begun, question=question, count=count))
        if isinstance(begun, Found):
            return begun
        try:
            return await self._through_index(self._index, question, count, begun)
        except Unavailable as error:
            return await self._without_index(question, count, str(error))

    async def among(
        self, kinds: Collection[Kind], vector: Vectors, ids: Sequence[int]
    ) -> tuple[tuple[int, float], ...]:
        """These items, of these kinds, as far as they have vectors, the most alike first; all are compared."""
        question = Question(vector, self._embedder.model, kinds, true())
        best = await self._database.read(partial(compare_items, question=question, ids=ids))
        return _ranked(best, len(best))

    async def _through_index(self, index: VectorIndex, question: Question, count: int, beside: Beside) -> Found:
        """Asks for more neighbours as long as too few are among those there are; each is looked at once."""
        asked = max(TIMES_ASKED * count, LEAST_ASKED)
        most = TIMES_MORE * asked
        found: Best = {}
        seen: set[str] = set()
        while asked <= most:
            ids, is_all = await _named(index, beside.collections, question.vector, asked)
            new = [id for id in ids if id not in seen]
            work = partial(compare_first, question=question, vector_ids=new, count=count - len(found))
            keep_better(found, await self._database.read(work))
            best = keep_better(dict(beside.best), found)
            if len(best) >= count or is_all:
                return Found(_ranked(best, count), beside.degraded)
            seen.update(new)
            needed = math.ceil(SPARE * asked * count / max(len(found), 1))
            asked = min(needed, most) if asked < most else needed  # once `most` were too few, that ends it
        best = await self._database.read(partial(compare_all, question=question))
        return Found(_ranked(best, count), beside.collections.reason)

    async def _without_index(self, question: Question, count: int, reason: str) -> Found:
        best = await self._database.read(partial(compare_all, question=question, most=EXACT_WHEN_DOWN))
        return Found(_ranked(best, count), reason)


async def _named(index: VectorIndex, collections: Collections, vector: Vectors, count: int) -> tuple[list[str], bool]:
    """The ids of so many neighbours in each collection, the most alike first, and whether these are all there are."""
    found = [await index.nearest(name, vector.tolist(), count) for name in collections.active.values()]
    nearest_first = sorted(chain(*found), key=lambda each: -each.similarity)
    return [each.id for each in nearest_first], all(len(each) < count for each in found)


def _begun(session: Session, question: Question, count: int) -> Found | Beside:
    return _among_few(session, question, count) or _beside(session, question)


def _among_few(session: Session, question: Question, count: int) -> Found | None:
    """The nearest among the items that are asked for, None when there are many."""
    if not are_few(session, question, EXACT):
        return None
    ids = all_items(session, question)
    best = compare_items(session, question, ids)
    left = [each for each in ids if each not in best]
    waits = bool(left) and lacks_vectors(session, left)
    return Found(_ranked(best, count), "some texts have yet to be embedded" if waits else None)


def _beside(session: Session, question: Question) -> Beside:
    """What the index cannot name: what it has not been told of, and kinds without a collection, the newest of each."""
    collections = _collections(session, question)
    best, is_all = compare_untold(session, question, EXACT_WHEN_DOWN)
    reasons = [collections.reason, None if is_all else "the vector index has yet to be told of much that is new"]
    if collections.missing:
        others = replace(question, kinds=list(collections.missing))
        keep_better(best, compare_all(session, others, EXACT_WHEN_DOWN))
    return Beside(collections, best, "; ".join(reason for reason in reasons if reason) or None)


def _collections(session: Session, question: Question) -> Collections:
    row = MemoryCollectionRow
    of_model = select(col(row.kind), col(row.name), col(row.state), col(row.reason)).where(
        col(row.model) == question.model, col(row.kind).in_(list(question.kinds))
    )
    rows = session.execute(of_model.order_by(col(row.version))).all()
    active = {each.kind: each.name for each in rows if each.state == "active"}
    reasons = {each.kind: each.reason for each in rows if each.state == "damaged"}
    missing = _with_vectors(session, [kind for kind in question.kinds if kind not in active])
    return Collections(active, {kind: reasons.get(kind) or "not built yet" for kind in missing})


def _with_vectors(session: Session, kinds: Sequence[Kind]) -> list[Kind]:
    """Those of the kinds that any vector is of, looked up in one statement."""
    row = MemoryVectorRow
    of_each = [exists().where(col(row.kind) == kind).label(kind) for kind in kinds]
    there = session.execute(select(*of_each)).one() if of_each else ()
    return [kind for kind, is_there in zip(kinds, there, strict=True) if is_there]


def _ranked(best: Best, count: int) -> tuple[tuple[int, float], ...]:
    return tuple(sorted(best.items(), key=lambda found: (-found[1], found[0]))[:count])
