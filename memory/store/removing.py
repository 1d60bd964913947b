"""How entries go: the one way, which leaves word for the vector index."""

from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, delete, insert, literal, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.columns import UtcDateTime
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow


def remove_items(session: Session, condition: ColumnElement[bool], now: datetime) -> int:
    """Removes the items (MemoryItemRow) that satisfy the condition, with subjects and vectors; tells how many.

    In the caller's transaction: after it, and not without it, the index is told to drop their vectors.
    """
    going = select(col(MemoryItemRow.id)).where(condition)
    tell_removed(session, col(MemoryVectorRow.item_id).in_(going), now)
    # What hangs on an item goes with it by its foreign key.
    removed = session.execute(delete(MemoryItemRow).where(condition), execution_options={"synchronize_session": False})
    return removed.rowcount if isinstance(removed, CursorResult) else 0


def tell_removed(session: Session, vectors: ColumnElement[bool], now: datetime) -> None:
    """Leaves word that the vectors (MemoryVectorRow) which satisfy the condition are to be dropped from the index."""
    _tell(session, vectors, now, is_removed=True)


def tell_changed(session: Session, vectors: ColumnElement[bool], now: datetime) -> None:
    """Leaves word that the vectors (MemoryVectorRow) which satisfy the condition are to be put into the index anew."""
    _tell(session, vectors, now, is_removed=False)


def _tell(session: Session, vectors: ColumnElement[bool], now: datetime, *, is_removed: bool) -> None:
    vector, outbox = MemoryVectorRow, MemoryOutboxRow
    removed, at = literal(is_removed), literal(now, UtcDateTime)
    told = select(col(vector.id), col(vector.model), col(vector.kind), removed, at).where(vectors)
    columns = (outbox.vector_id, outbox.model, outbox.kind, outbox.removed, outbox.created_at)
    session.execute(insert(outbox).from_select([col(column) for column in columns], told.order_by(col(vector.item_id))))
