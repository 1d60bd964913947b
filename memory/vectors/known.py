"""What the database knows of a collection: a sample of the vectors it must have, and how many there are."""

from base64 import b64encode
from typing import Final

import numpy as np
from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow
from memory.vectors.collections import Collection
from memory.vectors.findings import Known

LAST: Final = 96
"""How many of the last put are asked for: a crash loses those first."""

SPREAD: Final = 160
"""How many of all the others, from the first on."""


def known_of(session: Session, collection: Collection) -> Known:
    """What this collection must have: vectors of its kind and model of which no change waits."""
    row = MemoryVectorRow
    every = select(col(row.id)).where(_told(collection)).order_by(col(row.item_id), col(row.id))
    ids = list(session.scalars(every))
    chosen = [ids[place] for place in sample(len(ids))]
    vectors = select(col(row.id), col(row.vector)).where(col(row.id).in_(chosen), col(row.model) == collection.model)
    packed = {id: b64encode(vector or b"").decode() for id, vector in session.execute(vectors)}
    return Known(
        collection=collection.name,
        kind=collection.kind,
        ids=tuple(packed),
        packed=tuple(packed.values()),
        least=len(ids),
        most=len(ids) + _waiting(session, collection),
    )


def sample(count: int) -> list[int]:
    """Places in a list of so many: the last ones, and others evenly spread from the first on."""
    last = range(max(count - LAST, 0), count)
    spread = np.linspace(0, max(last.start - 1, 0), min(SPREAD, last.start)).astype(int).tolist()
    return [*dict.fromkeys(spread), *last]


def _told(collection: Collection) -> ColumnElement[bool]:
    row, change = MemoryVectorRow, MemoryOutboxRow
    waits = exists().where(col(change.vector_id) == col(row.id), col(change.model) == col(row.model))
    of_both = and_(col(row.kind) == collection.kind, col(row.model) == collection.model)
    item = exists().where(col(MemoryItemRow.id) == col(row.item_id))  # one whose item is gone is in no rebuilt index
    return and_(of_both, col(row.vector).is_not(None), item, ~waits)


def _waiting(session: Session, collection: Collection) -> int:
    change = MemoryOutboxRow
    of_both = and_(col(change.kind) == collection.kind, col(change.model) == collection.model)
    return session.scalar(select(func.count(col(change.vector_id).distinct())).where(of_both)) or 0
