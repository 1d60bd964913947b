"""Vectors compared one by one, as they stand in the database: slower than an index, and never wrong.

Everything here runs within a read of the database, in its thread: numpy leaves the event loop alone there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.embedding.port import Vectors
from memory.store.entry import Kind
from memory.store.packing import FLOAT, unpack_all
from memory.store.reading import among, in_batches
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow

CHUNK = 2000
"""Items whose vectors are in memory at once: 1.5 MB of 384 dimensions, 3 MB once they are compared."""

Best = dict[int, float]
"""Items by id, with the similarity of the best of their vectors."""


@dataclass(frozen=True)
class Question:
    """A vector to be compared with those that a model made of items that satisfy `condition`, of these kinds."""

    vector: Vectors
    model: str
    kinds: Collection[Kind]
    condition: ColumnElement[bool]

    @property
    def items(self) -> ColumnElement[bool]:
        """The condition over MemoryItemRow, kinds and all."""
        return and_(col(MemoryItemRow.kind).in_(list(self.kinds)), self.condition)

    @property
    def vectors(self) -> ColumnElement[bool]:
        """The condition over MemoryVectorRow, apart from its item."""
        row = MemoryVectorRow
        return and_(col(row.model) == self.model, col(row.vector).is_not(None))


def few_items(session: Session, question: Question, most: int) -> Sequence[int] | None:
    """The ids of all items that are asked for, None when they are more than so many."""
    some = select(col(MemoryItemRow.id)).where(question.items).limit(most + 1)
    ids = [each for each in session.scalars(some) if each is not None]
    return ids if len(ids) <= most else None


def compare_items(session: Session, question: Question, ids: Sequence[int]) -> Best:
    """These items."""
    row = MemoryVectorRow
    best: Best = {}
    for some in in_batches(ids, CHUNK):
        statement = select(col(row.item_id), col(row.vector)).where(question.vectors, among(col(row.item_id), some))
        # On the connection: a session would look at each of many rows once more.
        best |= _scores(session.connection().execute(statement).all(), question.vector)
    return best


def compare_all(session: Session, question: Question, most: int | None = None) -> Best:
    """Every item that is asked for, or the newest `most` of them."""
    row = MemoryItemRow
    newest = select(col(row.id)).where(question.items).order_by(col(row.id).desc()).limit(most)
    return compare_items(session, question, [each for each in session.scalars(newest) if each is not None])


def lacks_vectors(session: Session, ids: Sequence[int]) -> bool:
    """Whether any of these items, none of which could be compared, has a text that was to be embedded."""
    row = MemoryVectorRow
    waiting = (select(col(row.id)).where(among(col(row.item_id), some)).limit(1) for some in in_batches(ids, CHUNK))
    return any(session.scalars(each).first() is not None for each in waiting)


def compare_these(session: Session, question: Question, vector_ids: Sequence[str]) -> Best:
    """The items of these vectors, as far as they are there and asked for."""
    row = MemoryVectorRow
    best: Best = {}
    for some in in_batches(vector_ids):
        statement = select(col(row.item_id), col(row.vector)).where(question.vectors, col(row.id).in_(some))
        rows = session.execute(statement).all()
        wanted = _asked_for(session, question, {item_id for item_id, _ in rows})
        keep_better(best, _scores([each for each in rows if each[0] in wanted], question.vector))
    return best


def compare_untold(session: Session, question: Question, most: int) -> tuple[Best, bool]:
    """The items of the last `most` vectors that the index has not been told of yet, and whether these are all."""
    row = MemoryOutboxRow
    waiting = (
        select(col(row.vector_id))
        .where(col(row.model) == question.model, col(row.kind).in_(list(question.kinds)), col(row.removed).is_(False))
        .order_by(col(row.seq).desc())
        .limit(most)
    )
    told = session.scalars(waiting).all()
    return compare_these(session, question, list(dict.fromkeys(told))), len(told) < most


def keep_better(best: Best, found: Best) -> None:
    """Takes what was found into the best, where it is better."""
    for item_id, similarity in found.items():
        best[item_id] = max(similarity, best.get(item_id, similarity))


def _asked_for(session: Session, question: Question, ids: Collection[int]) -> set[int | None]:
    """Which of these items are asked for: looked up by id, where SQLite would go through all of their kind."""
    row = MemoryItemRow
    these = select(col(row.id)).where(among(col(row.id), ids), question.items).with_hint(row, "NOT INDEXED", "sqlite")
    return set(session.scalars(these)) if ids else set()


def _scores(rows: Sequence[Row[int, bytes | None]], vector: Vectors) -> Best:
    """Cosines: stored vectors are of unit length, or zeros and like nothing; one of another length is left out."""
    size = len(vector) * FLOAT.itemsize
    sound = [(item_id, packed) for item_id, packed in rows if packed is not None and len(packed) == size]
    if not sound:
        return {}
    cosines = unpack_all([packed for _, packed in sound], len(vector)) @ (vector / (np.linalg.norm(vector) or 1))
    best: Best = {}
    for (item_id, _), cosine in zip(sound, cosines.tolist(), strict=True):
        if cosine > best.get(item_id, -np.inf):
            best[item_id] = cosine
    return best
