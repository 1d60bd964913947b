"""Every other row that names somebody: whatever table there is or will be, its texts are read and go without them.

Keys stay as they are, so that nothing is done twice: none of ours is made of a name or an address.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import JSON, Column, ColumnElement, String, Text, TypeDecorator, UniqueConstraint, and_, cast, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.database import Database
from memory.forgetting.order import mentions
from memory.forgetting.texts import (
    APPROVAL_TEXTS,
    EFFECT_TEXTS,
    EVERYTHING,
    Tells,
    blank_approvals,
    blank_drifts,
    blank_effects,
    without,
)
from memory.forgetting.traces import Traces
from memory.tables import (
    ApprovalRow,
    BusinessContextRow,
    CallAnalysisRow,
    CrmEventRow,
    DriftRow,
    GongCallRow,
    InboxRow,
    MemoryCollectionRow,
    MemoryItemRow,
    MemoryOutboxRow,
    MemoryReceiptRow,
    MemorySubjectRow,
    MemoryVectorRow,
    SyncLogRow,
    Table,
)

ELSEWHERE: Final[frozenset[type[Table]]] = frozenset(
    {
        *(GongCallRow, CallAnalysisRow),  # by calls.py, who knows who speaks
        *(MemoryItemRow, MemorySubjectRow, MemoryVectorRow, MemoryOutboxRow, MemoryCollectionRow),  # by Entries
        MemoryReceiptRow,  # what is to be done stands there until it is done
    }
)


NAMES: Final[dict[type[Table], str]] = {
    ApprovalRow: "approvals",
    BusinessContextRow: "records",
    CrmEventRow: "events",
    DriftRow: "drifts",
    InboxRow: "deliveries",
    SyncLogRow: "effects",
}
"""What a receipt calls the rows of a table."""


async def forget_contacts(database: Database, ids: Sequence[str]) -> int:
    """Empties what is known of these contacts' records; returns how many there were."""
    return await database.write(lambda session: _empty_records(session, "contacts", ids))


async def forget_mentions(database: Database, traces: Traces, now: datetime) -> dict[str, int]:
    """Takes somebody out of every text of every table but those above; table -> rows that were changed.

    Of approvals and effects the whole text goes that names them: half a text must not be written anywhere.
    """

    def written(session: Session) -> tuple[int, int]:
        approvals = mentions(traces, *(getattr(ApprovalRow, name) for name in APPROVAL_TEXTS))
        effects = mentions(traces, *(getattr(SyncLogRow, name) for name in EFFECT_TEXTS))
        tells = Tells(traces)
        return blank_approvals(session, approvals, tells, now), blank_effects(session, effects, tells, now)

    approvals, effects = await database.write(written)
    changed = {"approvals": approvals, "effects": effects}
    for row in other_tables():
        swept = await database.write(partial(_sweep, row=row, traces=traces))
        name = NAMES.get(row, str(row.__tablename__))
        changed[name] = changed.get(name, 0) + swept
    return {name: count for name, count in changed.items() if count}


async def forget_record(database: Database, object_type: str, object_id: str, now: datetime) -> dict[str, int]:
    """Takes out what is known of a CRM record, what was told of it, and what was written or asked about it."""

    def of(row: Any) -> ColumnElement[bool]:
        return and_(col(row.object_type) == object_type, col(row.object_id) == object_id)

    def work(session: Session) -> dict[str, int]:
        events = session.scalars(select(CrmEventRow).where(of(CrmEventRow), col(CrmEventRow.value).is_not(None))).all()
        for event in events:
            event.value = None
        return {
            "records": _empty_records(session, object_type, [object_id]) + _unresolve(session, object_type, object_id),
            "events": len(events),
            "drifts": blank_drifts(session, of(DriftRow), EVERYTHING),
            "effects": blank_effects(session, of(SyncLogRow), EVERYTHING, now),
            "approvals": blank_approvals(session, of(ApprovalRow), EVERYTHING, now),
        }

    return await database.write(work)


def _empty_records(session: Session, object_type: str, ids: Sequence[str]) -> int:
    row = BusinessContextRow
    known = session.scalars(select(row).where(col(row.object_type) == object_type, col(row.object_id).in_(ids))).all()
    full = [each for each in known if each.name or each.properties]
    for each in full:
        each.name, each.properties = None, {}
    return len(full)


def _unresolve(session: Session, object_type: str, object_id: str) -> int:
    """Takes the record's own values out of what calls were found to be about; that they are about it stays."""
    row = CallAnalysisRow
    told = cast(col(row.resolution), Text).contains(f'"{object_id}"', autoescape=True)
    changed = 0
    for each in session.scalars(select(row).where(col(row.resolution).is_not(None), told)).all():
        value = _without_record(each.resolution, object_type, object_id)
        changed += value != each.resolution
        each.resolution = value
    return changed


def _without_record(value: Any, object_type: str, object_id: str) -> Any:
    if isinstance(value, list):
        return [_without_record(item, object_type, object_id) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == object_type and value.get("id") == object_id:
        return _emptied(value)
    return {key: _without_record(item, object_type, object_id) for key, item in value.items()}


def _emptied(value: dict[str, Any]) -> dict[str, Any]:
    """What a call was found to be about, such that it can still be read: a record, or one to choose from."""
    which = {"type": value["type"], "id": value["id"]}
    if "properties" in value:
        return which | {"properties": {}, "associations": {}, "updated_at": None, "archived": True}
    return {key: without(item, EVERYTHING) for key, item in value.items()} | which


def _sweep(session: Session, row: type[Table], traces: Traces) -> int:
    columns = list(texts_of(row))
    if not columns:
        return 0
    named = mentions(traces, *columns)
    count = 0
    for each in session.scalars(select(row).where(named)).all():
        count += _take_out(each, [column.key for column in columns], traces)
    return count


def _take_out(row: Table, names: Sequence[str], traces: Traces) -> bool:
    changed = False
    for name in names:
        value = getattr(row, name)
        left = traces.out_of_any(value)
        if left != value:
            setattr(row, name, left)
            changed = True
    return changed


def other_tables() -> list[type[Table]]:
    """The tables that are read here."""
    return [row for row in Table.__subclasses__() if row not in ELSEWHERE and hasattr(row, "__table__")]


def texts_of(row: type[Table]) -> Iterator[Column[Any]]:
    """The columns of text and of JSON that are no part of a key."""
    table = row.__table__  # type: ignore[attr-defined]
    keys = {column.name for column in table.primary_key}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            keys |= {column.name for column in constraint.columns}
    for column in table.columns:
        stored = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
        if isinstance(stored, String | JSON) and column.name not in keys and not column.unique:
            yield column
