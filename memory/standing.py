"""How much is remembered, and how much of it the vector index has yet to be told: as the database knows it."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from memory.database import Database
from memory.store.entry import KINDS, Kind
from memory.store.reading import alive
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow


class KindStanding(Frozen):
    """Of one kind: entries, texts with a vector of the model, texts that still want one, changes that wait for the
    index."""

    kind: Kind
    entries: int
    vectors: int
    unembedded: int
    waiting: int


async def standing(database: Database, model: str, now: datetime) -> tuple[KindStanding, ...]:
    """Every kind as it is now, seen with this embedder's model. Raises Unavailable when the database is away."""
    return await database.read(partial(_standing, model=model, now=now))


def _standing(session: Session, model: str, now: datetime) -> tuple[KindStanding, ...]:
    vector, outbox = MemoryVectorRow, MemoryOutboxRow
    entries = _by_kind(session, MemoryItemRow, func.count(), alive(now))
    texts = _by_kind(session, vector, func.count(distinct(col(vector.id))))
    vectors = _by_kind(session, vector, func.count(), col(vector.model) == model, col(vector.vector).is_not(None))
    waiting = _by_kind(session, outbox, func.count(distinct(col(outbox.vector_id))), col(outbox.model) == model)
    kinds = [
        KindStanding(
            kind=kind,
            entries=entries.get(kind, 0),
            vectors=vectors.get(kind, 0),
            unembedded=texts.get(kind, 0) - vectors.get(kind, 0),
            waiting=waiting.get(kind, 0),
        )
        for kind in KINDS
    ]
    return tuple(kinds)


def _by_kind(session: Session, row: Any, counted: Any, *conditions: Any) -> dict[str, int]:
    found = session.execute(select(col(row.kind), counted).where(*conditions).group_by(col(row.kind)))
    return {row[0]: row[1] for row in found}
