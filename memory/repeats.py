"""Deliveries that are worked on once more although they are done: the same row of the inbox, due again.

A call is one delivery for ever. What asks for it again (a corrected transcript, a model that is back, a person) says in
the payload what is to be done this time; what is unfinished or was parked is left as it is.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.inbox import Delivery, DeliveryStatus
from memory.tables import InboxRow

BATCH: Final = 500
"""Keys in one statement, well below what either database allows."""


class Repeats:
    """Makes deliveries due again. `clock` is the inbox's own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(
        self,
        kind: str,
        keys: Sequence[str],
        payload: dict[str, Any],
        source: str,
        reason: str,
        after: timedelta = timedelta(0),
    ) -> list[Delivery]:
        """Makes those of the deliveries due again that are done, or were removed since; returns them.

        Of several processes that ask at once for the same one gets it: the others find it unfinished.
        """
        if not keys:
            return []
        again = self._as_new(payload, source) | {"due_at": self._clock.now() + after, "reason": reason}
        wanted = list(dict.fromkeys(keys))
        batches = [wanted[first : first + BATCH] for first in range(0, len(wanted), BATCH)]

        def work(session: Session) -> list[Delivery]:
            return [made for batch in batches for made in self._due(session, kind, batch, again)]

        return await self._database.write(work)

    async def settle_payload(self, delivery_id: int, worker: str | None, payload: dict[str, Any]) -> None:
        """Says what is left to be done for a delivery that `worker` is at. Raises RecordConflict when it lost it."""
        statement = (
            update(InboxRow)
            .where(
                col(InboxRow.id) == delivery_id,
                col(InboxRow.status) == DeliveryStatus.RUNNING.value,
                col(InboxRow.worker) == worker,
            )
            .values(payload=payload)
            .returning(col(InboxRow.id))
        )
        if await self._database.write(lambda session: session.scalar(statement)) is None:
            raise RecordConflict(f"delivery {delivery_id} is no longer held by {worker}")

    def _as_new(self, payload: dict[str, Any], source: str) -> dict[str, Any]:
        return {
            "payload": payload,
            "source": source,
            "status": DeliveryStatus.WAITING.value,
            "attempts": 0,
            "worker": None,
            "lease_until": None,
            "step": None,
            "progress_at": None,
            "updated_at": self._clock.now(),
        }

    def _due(self, session: Session, kind: str, keys: Sequence[str], again: dict[str, Any]) -> list[Delivery]:
        known = (col(InboxRow.kind) == kind, col(InboxRow.key).in_(keys))
        is_done = col(InboxRow.status) == DeliveryStatus.DONE.value
        ids = list(session.scalars(update(InboxRow).where(*known, is_done).values(**again).returning(col(InboxRow.id))))
        rows = [{**again, "kind": kind, "key": key, "created_at": again["updated_at"]} for key in keys]
        enter = self._database.insert(InboxRow).on_conflict_do_nothing(index_elements=["kind", "key"])
        ids += session.scalars(enter.values(rows).returning(col(InboxRow.id)))
        made = session.scalars(select(InboxRow).where(col(InboxRow.id).in_(ids)).order_by(col(InboxRow.id)))
        return [Delivery.model_validate(row.model_dump(exclude={"created_at", "updated_at"})) for row in made]
