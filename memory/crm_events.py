"""What HubSpot told of (table crm_event): taken in once by key, and kept until somebody has looked at the records.

An event says that a record is worth a look, and no more: deliveries repeat, come late and in any order.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.database import Database
from memory.tables import CrmEventRow

INSERT_BATCH = 500
"""Rows in one INSERT; eleven values each stay well below the 32,766 parameters of a statement."""

ID_BATCH = 5000


class StoredEvent(Frozen):
    """An event as it was told of; `key` is the same whenever it is told again.

    `kind` is creation, change, deletion, privacy_deletion, restore, merge or association. `value` is a hint, `source`
    what made the change (CRM_UI, INTEGRATION, …). After a merge `object_id` is the record that is left and
    `merged_ids` are those that went into it. `id` counts in the order of arrival; None before the event is stored.
    """

    id: int | None = None
    key: str
    kind: str
    object_type: str
    object_id: str
    property: str | None = None
    value: str | None = None
    source: str | None = None
    merged_ids: tuple[str, ...] = ()
    occurred_at: datetime


class CrmEvents:
    """Events that wait for somebody to look at their records."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accept(self, events: Sequence[StoredEvent]) -> int:
        """Takes events in, in one transaction; returns how many were never told of before."""
        rows = [self._new_row(event) for event in events]
        batches = [rows[first : first + INSERT_BATCH] for first in range(0, len(rows), INSERT_BATCH)]
        once = self._database.insert(CrmEventRow).on_conflict_do_nothing(index_elements=["key"])

        def work(session: Session) -> int:
            fresh = (session.scalars(once.values(batch).returning(col(CrmEventRow.id))).all() for batch in batches)
            return sum(len(ids) for ids in fresh)

        return await self._database.write(work)

    async def unhandled(self, most: int, object_types: Iterable[str] | None = None) -> list[StoredEvent]:
        """The oldest events that nobody has handled, in the order of their arrival, of these types or of all."""
        statement = select(CrmEventRow).where(col(CrmEventRow.handled_at).is_(None))
        if object_types is not None:
            statement = statement.where(col(CrmEventRow.object_type).in_(list(object_types)))
        oldest = statement.order_by(col(CrmEventRow.id)).limit(most)
        return await self._database.read(lambda session: [_event(row) for row in session.scalars(oldest)])

    async def handled(self, ids: Sequence[int]) -> None:
        """Says that the records of these events have been looked at, in one transaction."""
        now = self._clock.now()
        batches = [ids[first : first + ID_BATCH] for first in range(0, len(ids), ID_BATCH)]

        def work(session: Session) -> None:
            for batch in batches:
                of_batch = update(CrmEventRow).where(col(CrmEventRow.id).in_(batch))
                session.execute(of_batch.where(col(CrmEventRow.handled_at).is_(None)).values(handled_at=now))

        await self._database.write(work)

    async def erase_values(self, object_type: str, object_ids: Sequence[str]) -> None:
        """Forgets what was told of the content of these records: somebody asked for them to be forgotten."""
        of_records = update(CrmEventRow).where(
            col(CrmEventRow.object_type) == object_type, col(CrmEventRow.object_id).in_(list(object_ids))
        )
        await self._database.write(lambda session: session.execute(of_records.values(value=None)))

    def _new_row(self, event: StoredEvent) -> dict[str, Any]:
        values = event.model_dump(exclude={"id"})
        return {**values, "merged_ids": list(event.merged_ids), "received_at": self._clock.now()}


def _event(row: CrmEventRow) -> StoredEvent:
    return StoredEvent.model_validate(row.model_dump(exclude={"received_at", "handled_at"}))
