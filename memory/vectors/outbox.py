"""What the index has yet to be told (table memory_outbox), and what it is told: the vectors as they stand in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.store.entry import Kind
from memory.store.packing import FLOAT, unpack
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow
from memory.vectors.collections import Collection
from memory.vectors.port import Point


@dataclass(frozen=True)
class Group:
    """Changes of one kind and model: `told` by vector id the outbox rows that tell of it."""

    kind: Kind
    model: str
    told: Mapping[str, Sequence[int]]

    def rows_of(self, ids: Sequence[str]) -> list[int]:
        """The outbox rows of these vectors."""
        return [row for id in ids for row in self.told[id]]


@dataclass(frozen=True)
class Standing:
    """How the vectors of a group stand: to be put in, to be embedded first (id and text), or gone."""

    points: Sequence[Point]
    bare: Mapping[str, str]
    gone: Sequence[str]


def waiting(session: Session) -> int:
    """How many changes wait."""
    return session.scalar(select(func.count()).select_from(MemoryOutboxRow)) or 0


def changes_after(session: Session, after: int, count: int, *, only_removed: bool = False) -> list[MemoryOutboxRow]:
    """The next changes after one, or of them only what was removed."""
    row = MemoryOutboxRow
    some = select(row).where(col(row.seq) > after).order_by(col(row.seq)).limit(count)
    return list(session.scalars(some.where(col(row.removed)) if only_removed else some))


def grouped(rows: Sequence[MemoryOutboxRow]) -> list[Group]:
    """The changes by kind and model."""
    found: dict[tuple[str, str], dict[str, list[int]]] = {}
    for row in rows:
        found.setdefault((row.kind, row.model), {}).setdefault(row.vector_id, []).append(row.seq or 0)
    return [Group(kind, model, told) for (kind, model), told in found.items()]  # type: ignore[arg-type]


def standing(session: Session, group: Group) -> Standing:
    """How the vectors of a group stand now. Not what a change said counts, but what is there: it may be repeated."""
    rows = session.execute(_vectors(group.model).where(col(MemoryVectorRow.id).in_(list(group.told)))).all()
    there = {row.id for row in rows}
    return Standing(
        points=[_point(row) for row in rows if row.vector is not None],
        bare={row.id: row.text for row in rows if row.vector is None},
        gone=[id for id in group.told if id not in there],
    )


def page(session: Session, collection: Collection, count: int) -> list[Point]:
    """The next vectors to fill a collection with in the order of their ids, without those yet to be embedded."""
    row = MemoryVectorRow
    of_kind = _vectors(collection.model).where(col(row.kind) == collection.kind, col(row.vector).is_not(None))
    some = of_kind.where(col(row.id) > (collection.filled_to or "")).order_by(col(row.id)).limit(count)
    return [_point(each) for each in session.execute(some)]


def count(session: Session, kind: Kind, model: str) -> int:
    """How many vectors of a kind and model there are to be put in."""
    row = MemoryVectorRow
    of_both = and_(col(row.kind) == kind, col(row.model) == model, col(row.vector).is_not(None))
    return session.scalar(select(func.count()).select_from(row).where(of_both, has_item())) or 0


def has_told(session: Session, kind: Kind, model: str) -> bool:
    """Whether there are vectors of a kind and model of which no change waits."""
    row, change = MemoryVectorRow, MemoryOutboxRow
    waits = exists().where(col(change.vector_id) == col(row.id), col(change.model) == col(row.model))
    told = select(col(row.id)).where(col(row.kind) == kind, col(row.model) == model, ~waits, has_item())
    return session.scalar(told.limit(1)) is not None


def has_item() -> ColumnElement[bool]:
    """That the item of a vector is there: one taken out by hand, past the foreign keys, leaves its vectors behind."""
    return exists().where(col(MemoryItemRow.id) == col(MemoryVectorRow.item_id))


def keep_vectors(session: Session, model: str, vectors: Mapping[str, bytes]) -> None:
    """Keeps vectors by id, where none is kept yet."""
    row = MemoryVectorRow
    bare = update(row).where(col(row.model) == model, col(row.vector).is_(None))
    for id, vector in vectors.items():
        session.execute(bare.where(col(row.id) == id).values(vector=vector))


def remove(session: Session, rows: Sequence[int]) -> None:
    """Takes out changes that the index has been told of."""
    session.execute(delete(MemoryOutboxRow).where(col(MemoryOutboxRow.seq).in_(rows)))


def _vectors(model: str) -> Any:
    row, item = MemoryVectorRow, MemoryItemRow
    columns = (col(row.id), col(row.text), col(row.vector), col(row.item_id), col(item.audience))
    return select(*columns).join(item, col(item.id) == col(row.item_id)).where(col(row.model) == model)


def _point(row: Any) -> Point:
    """With the same keys for each and nothing empty: Chroma refuses None, and a missing key matches `$ne`."""
    vector = unpack(row.vector, len(row.vector) // FLOAT.itemsize)
    return Point(row.id, vector, {"item": row.item_id, "audience": row.audience or ""})  # type: ignore[arg-type]
