"""CRM records as they were last read (table business_context): what Sophia knows of them without asking HubSpot.

What was read is never put over something newer: between two readings of one record HubSpot's own moment of its last
change decides, and between a reading and a record that was not there any more, who looked later.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, union
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from memory.approvals import ApprovalStatus
from memory.database import Database
from memory.tables import ApprovalRow, BusinessContextRow, SyncLogRow

ID_BATCH = 500

RECORD = ["object_type", "object_id"]


class KnownRecord(Frozen):
    """A record as it was read at `read_at`; `changed_at` is when HubSpot last saw it changed.

    `archived` is one that HubSpot does not have any more: name and properties are the last that were known of it.
    `merged_into` is the id of the record that took its place.
    """

    object_type: str
    object_id: str
    name: str | None = None
    properties: dict[str, str | None] = {}
    archived: bool = False
    merged_into: str | None = None
    changed_at: datetime | None = None
    read_at: datetime


class BusinessContext:
    """What is known of CRM records. Saying the same thing twice changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, records: Sequence[KnownRecord]) -> None:
        """Keeps records as they were read, in one transaction; one that is known in a newer state stays as it is."""
        if not records:
            return
        fresh = self._database.insert(BusinessContextRow)
        kept, new = BusinessContextRow, fresh.excluded
        is_as_new = or_(col(kept.changed_at).is_(None), new.changed_at.is_(None), new.changed_at >= kept.changed_at)
        is_there = or_(col(kept.archived).is_(False), new.read_at >= kept.read_at)
        renew = fresh.on_conflict_do_update(
            index_elements=RECORD,
            set_={name: new[name] for name in KnownRecord.model_fields if name not in RECORD},
            where=and_(is_as_new, is_there),
        )
        await self._write(renew, [record.model_dump() for record in records])

    async def gone(self, object_type: str, object_ids: Iterable[str], read_at: datetime) -> None:
        """Says that these records were not in HubSpot any more when it was asked at `read_at`."""
        rows = [_absent(object_type, object_id, read_at) for object_id in object_ids]
        await self._absent(rows, ("archived", "read_at"))

    async def merged(self, object_type: str, survivors: Mapping[str, str], read_at: datetime) -> None:
        """Says into which record each of these (id -> id of the one that is left) went."""
        rows = [
            {**_absent(object_type, object_id, read_at), "merged_into": survivor}
            for object_id, survivor in survivors.items()
        ]
        await self._absent(rows, ("archived", "merged_into", "read_at"))

    async def erase(self, object_type: str, object_ids: Iterable[str], read_at: datetime) -> None:
        """Forgets name and properties of records that somebody asked to be forgotten."""
        rows = [_absent(object_type, object_id, read_at) for object_id in object_ids]
        await self._absent(rows, ("archived", "name", "properties", "read_at"))

    async def get(self, object_type: str, object_id: str) -> KnownRecord | None:
        """What is known of a record, None when it was never read."""
        return (await self.get_many(object_type, [object_id])).get(object_id)

    async def get_many(self, object_type: str, object_ids: Sequence[str]) -> dict[str, KnownRecord]:
        """What is known of these records, by id; those that were never read are left out."""
        ids = list(dict.fromkeys(object_ids))
        parts = [
            select(BusinessContextRow).where(
                col(BusinessContextRow.object_type) == object_type,
                col(BusinessContextRow.object_id).in_(ids[first : first + ID_BATCH]),
            )
            for first in range(0, len(ids), ID_BATCH)
        ]

        def work(session: Session) -> dict[str, KnownRecord]:
            rows = (row for part in parts for row in session.scalars(part))
            return {row.object_id: KnownRecord.model_validate(row.model_dump()) for row in rows}

        return await self._database.read(work)

    async def stale(
        self, object_types: Iterable[str], written_since: datetime, read_before: datetime, most: int
    ) -> list[tuple[str, str]]:
        """Type and id of records that matter and were not looked at since `read_before`, those first longest ago.

        The ones that matter: something about them waits for a person, or Sophia wrote there since `written_since`.
        """
        mattering = _mattering(list(object_types), written_since)
        known = BusinessContextRow
        statement = (
            select(mattering.c.object_type, mattering.c.object_id)
            .outerjoin(
                known,
                and_(col(known.object_type) == mattering.c.object_type, col(known.object_id) == mattering.c.object_id),
            )
            .where(or_(col(known.read_at).is_(None), col(known.read_at) < read_before))
            .order_by(col(known.read_at).is_not(None), col(known.read_at))
            .limit(most)
        )
        return await self._database.read(lambda session: [(row[0], row[1]) for row in session.execute(statement)])

    async def _absent(self, rows: Sequence[dict[str, Any]], changed: Sequence[str]) -> None:
        if not rows:
            return
        fresh = self._database.insert(BusinessContextRow)
        mark = fresh.on_conflict_do_update(
            index_elements=RECORD,
            set_={name: fresh.excluded[name] for name in changed},
            where=fresh.excluded.read_at >= col(BusinessContextRow.read_at),
        )
        await self._write(mark, rows)

    async def _write(self, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
        # In one order for everybody, so that no two transactions wait for each other's rows.
        ordered = sorted(rows, key=lambda row: (row["object_type"], row["object_id"]))
        await self._database.write(lambda session: session.execute(statement, ordered))


def _absent(object_type: str, object_id: str, read_at: datetime) -> dict[str, Any]:
    record = KnownRecord(object_type=object_type, object_id=object_id, archived=True, read_at=read_at)
    return record.model_dump()


def _mattering(object_types: Sequence[str], written_since: datetime) -> Any:
    """Records that something waits for or that were written to, each once; a record that was made has a remote id."""
    asked = select(col(ApprovalRow.object_type), col(ApprovalRow.object_id)).where(
        col(ApprovalRow.status) == ApprovalStatus.WAITING.value,
        col(ApprovalRow.object_type).in_(object_types),
        col(ApprovalRow.object_id) != "",
    )
    written_id = func.coalesce(col(SyncLogRow.object_id), col(SyncLogRow.remote_id))
    written = select(col(SyncLogRow.object_type), written_id.label("object_id")).where(
        col(SyncLogRow.service) == "hubspot",
        col(SyncLogRow.object_type).in_(object_types),
        col(SyncLogRow.updated_at) >= written_since,
        written_id.is_not(None),
    )
    return union(asked, written).subquery()
