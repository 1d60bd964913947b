"""Vectors compared one by one, as they stand in the database: slower than an index, and never wrong.

Everything here runs within a read of the database, in its thread: numpy leaves the event loop alone there.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.embedding.port import Vectors
from memory.store.draft import item_of
from memory.store.entry import Kind
from memory.store.packing import FLOAT, unpack_all
from memory.store.reading import among, in_batches
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow

CHUNK = 2000
"""Items whose vectors are in memory at once: 1.5 MB of 384 dimensions, 3 MB once they are compared."""

TIMES_COMPARED = 2
"""Vectors read for each item wanted of those that the index found: an item may have several, or one just replaced."""

ID: ColumnElement[int] = col(MemoryItemRow.id)  # type: ignore[assignment]  # never None in a row that is read

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


def are_few(session: Session, question: Question, most: int) -> bool:
    """Whether no more than so many items are asked for; counted by the database, as fetching them costs more."""
    one_more = select(col(MemoryItemRow.id)).where(question.items).limit(1).offset(most)
    return session.scalar(one_more) is None


def all_items(session: Session, question: Question, most: int | None = None) -> list[int]:
    """The ids of the items that are asked for, or of the newest `most` of them."""
    newest = select(ID).where(question.items).order_by(ID.desc()).limit(most)
    return [id for (id,) in session.connection().execute(newest)]


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
    return compare_items(session, question, all_items(session, question, most))


def lacks_vectors(session: Session, ids: Sequence[int]) -> bool:
    """Whether any of these items, none of which could be compared, has a text that was to be embedded."""
    row = MemoryVectorRow
    waiting = (select(col(row.id)).where(among(col(row.item_id), some)).limit(1) for some in in_batches(ids, CHUNK))
    return any(session.scalars(each).first() is not None for each in waiting)


def compare_first(session: Session, question: Question, vector_ids: Sequence[str], count: int) -> Best:
    """The items of these vectors, the most alike first, as far as they are there and asked for: `count` or some more.

    Items are looked up by what the ids say, so that no vector is read of one that is not asked for.
    """
    best: Best = {}
    for some in in_batches(vector_ids):
        items = {id: item_of(id) for id in some}
        wanted = _asked_for(session, question, {id for id in items.values() if id is not None})
        for left in in_batches([id for id in items if items[id] in wanted], TIMES_COMPARED * count):
            keep_better(best, _compared(session, question, left, wanted))
            if len(best) >= count:
                return best
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
    untold = session.scalars(waiting).all()
    return compare_first(session, question, untold, most), len(untold) < most


def keep_better(best: Best, found: Best) -> Best:
    """Takes what was found into the best, where it is better; returns the best."""
    for item_id, similarity in found.items():
        best[item_id] = max(similarity, best.get(item_id, similarity))
    return best


def _asked_for(session: Session, question: Question, ids: Collection[int]) -> set[int]:
    """Which of these items are asked for.

    SQLite is given each to look up: beside a condition on kinds it would rather go through all items of a kind, as it
    does not count what conditions leave. PostgreSQL does.
    """
    if session.get_bind().dialect.name == "sqlite":
        named = func.json_each(json.dumps(list(ids))).table_valued("value")
        asked_for = select(ID).where(named.c.value == ID, question.items).correlate(named).exists()
        statement = select(named.c.value).where(asked_for)
    else:
        statement = select(ID).where(among(col(MemoryItemRow.id), ids), question.items)
    return {id for (id,) in session.connection().execute(statement).all()} if ids else set()


def _compared(session: Session, question: Question, vector_ids: Sequence[str], wanted: Collection[int]) -> Best:
    """Those of these vectors that are there, of wanted items only."""
    row = MemoryVectorRow
    statement = select(col(row.item_id), col(row.vector)).where(question.vectors, col(row.id).in_(vector_ids))
    rows = session.connection().execute(statement).all()
    return _scores([each for each in rows if each[0] in wanted], question.vector)


def _scores(rows: Sequence[Row[int, bytes | None]], vector: Vectors) -> Best:
    """Cosines: stored vectors are of unit length, or zeros and like nothing; one of another length is left out."""
    size = len(vector) * FLOAT.itemsize
    sound = [(item_id, packed) for item_id, packed in rows if packed is not None and len(packed) == size]
    if not sound:
        return {}
    unit = vector / (np.linalg.norm(vector) or 1)
    # Not `@`: its threads wait by spinning, and hold up the word search on the other core.
    cosines = np.einsum("ij,j->i", unpack_all([packed for _, packed in sound], len(vector)), unit)
    best: Best = {}
    for (item_id, _), cosine in zip(sound, cosines.tolist(), strict=True):
        if cosine > best.get(item_id, -np.inf):
            best[item_id] = cosine
    return best
