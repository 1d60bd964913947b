"""How entries are read: which rows are there at a moment, and what stands in the tables beside them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, false, func, literal, not_, or_, select
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from memory.columns import UtcDateTime
from memory.store.draft import number_of
from memory.store.entry import Kept, Namespace
from memory.store.namespaces import decode, encode
from memory.tables import MemoryItemRow, MemorySubjectRow, MemoryVectorRow

T = TypeVar("T")

Place = tuple[Namespace, str]
"""Where an entry stands: its namespace and key."""

Accepts = Callable[[dict[str, Any]], bool]
"""Whether a value is wanted."""

BATCH = 500
"""Values in one condition: far from what either database takes, and few statements."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)

OF_KEPT = tuple(name for name in MemoryItemRow.model_fields if name in Kept.model_fields and name != "namespace")


def alive(now: datetime) -> ColumnElement[bool]:
    """That an item (MemoryItemRow) has not expired.

    Written so that no plan begins at the index of `expires_at`: hardly any row is ruled out by it.
    """
    return func.coalesce(col(MemoryItemRow.expires_at), literal(NEVER, UtcDateTime)) > literal(now, UtcDateTime)


def without_vector(model: str) -> ColumnElement[bool]:
    """That an item has no vector of this model."""
    row = MemoryVectorRow
    its = and_(col(row.item_id) == col(MemoryItemRow.id), col(row.model) == model, col(row.vector).is_not(None))
    return not_(exists().where(its).correlate(MemoryItemRow))


def at_places(places: Iterable[Place]) -> ColumnElement[bool]:
    """That an item stands at one of these places; SQLite finds each namespace by index, as it would not find pairs."""
    keys: dict[str, set[str]] = defaultdict(set)
    for namespace, key in places:
        keys[encode(namespace)].add(key)
    row = MemoryItemRow
    found = [and_(col(row.namespace) == text, col(row.key).in_(sorted(those))) for text, those in keys.items()]
    return or_(false(), *found)


def kept_where(session: Session, condition: ColumnElement[bool], most: int | None = None) -> list[Kept]:
    """Entries whose item satisfies the condition, expired or not, in the order in which they were first put."""
    statement = select(MemoryItemRow).where(condition).order_by(col(MemoryItemRow.id)).limit(most)
    return kept_of(session, session.scalars(statement).all())


def kept_of(session: Session, rows: Sequence[MemoryItemRow]) -> list[Kept]:
    """The entries of these rows, in their order."""
    ids = [row.id for row in rows if row.id is not None]
    subjects = subjects_of(session, ids)
    embedded = _embedded(session, ids)
    return [_kept(row, subjects[row.id or 0], embedded[row.id or 0]) for row in rows]


def ids_where(
    session: Session, condition: ColumnElement[bool], accepts: Accepts | None, offset: int, count: int
) -> list[int]:
    """The ids of up to `count` items that satisfy the condition and whose value is accepted, after `offset` such."""
    if count <= 0:
        return []
    row = MemoryItemRow
    ordered = select(col(row.id), col(row.value)).where(condition).order_by(col(row.id))
    if accepts is None:
        page = ordered.with_only_columns(col(row.id)).offset(offset).limit(count)
        return [id for id in session.scalars(page) if id is not None]
    accepted: list[int] = []
    after = 0
    while len(accepted) < offset + count:
        chunk = session.execute(ordered.where(col(row.id) > after).limit(BATCH)).all()
        accepted += [id for id, value in chunk if id is not None and accepts(value)]
        if len(chunk) < BATCH:
            break
        after = chunk[-1][0] or 0
    return accepted[offset : offset + count]


def among(column: Mapped[Any], ids: Collection[int]) -> ColumnElement[bool]:
    """That a column is one of these numbers, which are written out: a third of the time of so many parameters."""
    numbers = bindparam(None, list(ids), Integer, expanding=True, literal_execute=True)
    return column.in_(numbers)


def in_batches(values: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The values in order, so many at a time."""
    return (values[first : first + size] for first in range(0, len(values), size))


def subjects_of(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    """What these items are about, by id; those that are about nothing are not in it."""
    found: dict[int, set[str]] = defaultdict(set)
    row = MemorySubjectRow
    for some in in_batches(ids):
        for item_id, subject in session.execute(
            select(col(row.item_id), col(row.subject)).where(col(row.item_id).in_(some))
        ):
            found[item_id].add(subject)
    return found


def _embedded(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What is searched by meaning, by path; the vectors of another model are of the same texts."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    row = MemoryVectorRow
    for some in in_batches(ids):
        columns = select(col(row.item_id), col(row.path), col(row.text), col(row.id))
        rows = session.execute(columns.where(col(row.item_id).in_(some))).all()
        for item_id, path, text, _ in sorted(rows, key=lambda each: number_of(each[3])):
            found[item_id][path] = text
    return found


def _kept(row: MemoryItemRow, subjects: set[str], embedded: dict[str, str]) -> Kept:
    columns = {name: getattr(row, name) for name in OF_KEPT}
    return Kept(namespace=decode(row.namespace), subjects=frozenset(subjects), embedded=embedded, **columns)
