"""A change of the embedding model: texts whose vectors are another model's, and what is written for the new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from memory.store.entry import Kind
from memory.store.packing import pack
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow, Table
from memory.vectors import outbox

AT_ONCE: Final = 64
"""Texts embedded before their vectors are kept: a crash costs no more than some seconds of embedding."""

REMOVED_AT_ONCE: Final = 1000


def is_needed(session: Session, kind: Kind, model: str) -> bool:
    """Whether there are vectors of this kind by another model."""
    row = MemoryVectorRow
    others = select(col(row.id)).where(col(row.kind) == kind, col(row.model) != model, outbox.has_item())
    return session.scalar(others.limit(1)) is not None


def left(session: Session, kind: Kind, model: str) -> int:
    """How many texts of this kind only another model has embedded, or was to embed."""
    return session.scalar(select(func.count()).select_from(MemoryVectorRow).where(_left(kind, model))) or 0


def next_texts(session: Session, kind: Kind, model: str) -> dict[str, str]:
    """The next of them by vector id."""
    row = MemoryVectorRow
    some = select(col(row.id), col(row.text)).where(_left(kind, model)).order_by(col(row.id)).limit(AT_ONCE)
    return {row.id: row.text for row in session.execute(some)}


@dataclass(frozen=True)
class Adopted:
    """Vectors of the new model by id, under the same ids as the former model's; None waits to be embedded.

    `insert` makes an INSERT that can say ON CONFLICT.
    """

    insert: Callable[[type[Table]], sqlite.Insert]
    kind: Kind
    model: str
    vectors: Mapping[str, NDArray[np.float32] | None]
    now: datetime

    def write(self, session: Session) -> None:
        """Writes them, and leaves word for the index; what has been removed meanwhile stays so."""
        rows = self._rows(session)
        if rows:
            session.execute(self.insert(MemoryVectorRow).on_conflict_do_nothing(), rows)
            session.execute(insert(MemoryOutboxRow.__table__), [self._told(row["id"]) for row in rows])  # type: ignore[attr-defined]

    def _rows(self, session: Session) -> list[dict[str, Any]]:
        row = MemoryVectorRow
        former = session.scalars(select(row).where(col(row.id).in_(list(self.vectors)), col(row.model) != self.model))
        by_id = {each.id: each for each in former}  # of several former models one will do
        items = select(col(MemoryItemRow.id)).where(
            col(MemoryItemRow.id).in_([each.item_id for each in by_id.values()])
        )
        there = set(session.scalars(items.with_for_update()))
        return [
            {**each.model_dump(), "model": self.model, "vector": self._packed(each.id)}
            for each in by_id.values()
            if each.item_id in there
        ]

    def _told(self, id: str) -> dict[str, Any]:
        return {"vector_id": id, "model": self.model, "kind": self.kind, "removed": False, "created_at": self.now}

    def _packed(self, id: str) -> bytes | None:
        vector = self.vectors[id]
        return None if vector is None else pack(vector)


def remove_others(session: Session, kind: Kind, model: str) -> int:
    """Removes some vectors of other models that the new one has too, and the word left of them; tells how many.

    None as long as the new model has embedded nothing of this kind.
    """
    if not outbox.count(session, kind, model):
        return 0
    row, change = MemoryVectorRow, MemoryOutboxRow
    session.execute(delete(change).where(col(change.kind) == kind, col(change.model) != model))
    others = and_(col(row.kind) == kind, col(row.model) != model, ~_left(kind, model))
    some = session.execute(select(col(row.id), col(row.model)).where(others).limit(REMOVED_AT_ONCE)).all()
    for former in {each.model for each in some}:
        ids = [each.id for each in some if each.model == former]
        session.execute(delete(row).where(col(row.model) == former, col(row.id).in_(ids)))
    return len(some)


def _left(kind: Kind, model: str) -> ColumnElement[bool]:
    row, new = MemoryVectorRow, aliased(MemoryVectorRow)
    has_new = exists().where(col(new.id) == col(row.id), col(new.model) == model)
    return and_(col(row.kind) == kind, col(row.model) != model, ~has_new, outbox.has_item())
