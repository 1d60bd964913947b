"""The inbox (table inbox): a delivery is a row before it is a job, so no crash and no lost queue loses it.

A worker claims a delivery under a lease. While the lease runs nobody else gets it; when the worker dies the lease
runs out and the delivery can be claimed again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Update, and_, case, func, not_, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.tables import InboxRow

T = TypeVar("T")

INSERT_BATCH = 500
"""Rows in one statement; ten values each stay well below the 32,766 parameters of a statement."""


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    RECEIVED = "received"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"
    """Tried as often as it may be, or not worth another try: a person must look at it."""


UNFINISHED = (DeliveryStatus.RECEIVED, DeliveryStatus.RUNNING, DeliveryStatus.WAITING)


class Delivery(Frozen):
    """Something to be worked on once: `key` names it among its `kind`, `source` says which door it came through."""

    id: int
    kind: str
    key: str
    source: str
    payload: dict[str, Any]
    status: DeliveryStatus
    attempts: int
    due_at: datetime
    reason: str | None = None
    worker: str | None = None
    lease_until: datetime | None = None
    step: str | None = None
    """The step that the last try stands at or came to."""
    progress_at: datetime | None = None
    """When that step began."""

    @property
    def claimable_at(self) -> datetime:
        """From when on it can be claimed: when it is due, or when the lease of the worker on it runs out."""
        if self.status is DeliveryStatus.RUNNING and self.lease_until is not None:
            return self.lease_until
        return self.due_at


class Progress(Frozen):
    """The step that a try at a delivery stands at, and when it began."""

    step: str
    since: datetime


class Inbox:
    """Deliveries, accepted once by kind and key. Changing one that does not allow it raises RecordConflict."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accept(self, kind: str, key: str, payload: dict[str, Any], source: str) -> tuple[Delivery, bool]:
        """Takes a delivery in, due at once; returns the row as it stands and whether it is new.

        One that is known costs a read: however often it comes, it keeps nobody from writing.
        """
        known = await self.get(kind, key)
        if known is not None:
            return known, False

        def work(session: Session) -> tuple[Delivery, bool]:
            return self._accept(session, kind, key, payload, source)

        return await self._database.write(work)

    def accept_in(self, session: Session, kind: str, key: str, payload: dict[str, Any], source: str) -> Delivery:
        """Takes a delivery in as a part of another store's transaction."""
        return self._accept(session, kind, key, payload, source)[0]

    async def accept_many(self, kind: str, keys: Sequence[str], source: str) -> list[Delivery]:
        """Takes in a delivery without payload for each key in one transaction; returns those that were new."""
        rows = [self._new(kind, key, {}, source) for key in await self._unknown(kind, keys)]
        if not rows:
            return []
        batches = list(_batches(rows))

        def work(session: Session) -> list[Delivery]:
            made: list[Delivery] = []
            for batch in batches:
                ids = session.scalars(self._accept_once().values(batch).returning(col(InboxRow.id))).all()
                made += _deliveries(session, col(InboxRow.id).in_(ids))
            return made

        return await self._database.write(work)

    async def claim(self, delivery_id: int, worker: str, lease: timedelta) -> Delivery | None:
        """Makes `worker` the only one on this delivery until the lease runs out, and counts the attempt.

        None when it is unknown, done, parked, not due yet, or leased by another. `worker` must be unique among all
        processes and restarts.
        """
        now = self._clock.now()
        is_due = and_(_status_in(DeliveryStatus.RECEIVED, DeliveryStatus.WAITING), col(InboxRow.due_at) <= now)
        is_forsaken = and_(_status_in(DeliveryStatus.RUNNING), col(InboxRow.lease_until) <= now)
        changes = (
            self._update(delivery_id)
            .where(or_(is_due, is_forsaken))
            .values(
                status=DeliveryStatus.RUNNING.value,
                attempts=col(InboxRow.attempts) + 1,
                worker=worker,
                lease_until=now + lease,
                progress_at=now,
            )
        )
        return await self._apply(changes)

    async def renew(self, delivery_id: int, worker: str, lease: timedelta, progress: Progress | None = None) -> bool:
        """Gives `worker` a fresh lease on what it is still at; False when it has lost the delivery to another."""
        changes = self._update(delivery_id).where(_held_by(worker)).values(lease_until=self._clock.now() + lease)
        return await self._apply(changes.values(**_standing(progress))) is not None

    async def done(self, delivery_id: int, reason: str | None = None, *, worker: str | None = None) -> Delivery:
        """Closes a delivery. With `worker`, only while that one still holds it; so too in `wait` and `park`."""
        return await self._leave(
            delivery_id, worker, status=DeliveryStatus.DONE.value, reason=reason, step=None, progress_at=None
        )

    async def wait(
        self,
        delivery_id: int,
        until: datetime | timedelta,
        reason: str,
        counts: bool = True,
        *,
        worker: str | None = None,
        progress: Progress | None = None,
    ) -> Delivery:
        """Puts a delivery off until a moment, or for a time from now; `progress` is how far the try came.

        `counts=False` gives the attempt back: a transcript that is not there yet is no failure.
        """
        due_at = until if isinstance(until, datetime) else self._clock.now() + until
        attempts = col(InboxRow.attempts)
        left = attempts if counts else case((attempts > 0, attempts - 1), else_=0)
        return await self._leave(
            delivery_id,
            worker,
            status=DeliveryStatus.WAITING.value,
            reason=reason,
            due_at=due_at,
            attempts=left,
            **_standing(progress),
        )

    async def park(
        self, delivery_id: int, reason: str, *, worker: str | None = None, progress: Progress | None = None
    ) -> Delivery:
        """Sets a delivery aside for a person, who may `retry` it."""
        status = DeliveryStatus.PARKED.value
        return await self._leave(delivery_id, worker, status=status, reason=reason, **_standing(progress))

    async def retry(self, delivery_id: int) -> Delivery:
        """Makes a delivery due at once with all its attempts before it, unless a worker is on it this moment."""
        now = self._clock.now()
        is_running = and_(_status_in(DeliveryStatus.RUNNING), col(InboxRow.lease_until) > now)
        changes = (
            self._update(delivery_id)
            .where(not_(is_running))
            .values(
                status=DeliveryStatus.RECEIVED.value,
                attempts=0,
                due_at=now,
                reason=None,
                worker=None,
                lease_until=None,
            )
        )
        delivery = await self._apply(changes)
        if delivery is None:
            raise RecordConflict(
                f"delivery {delivery_id} is unknown or being worked on", next_step="Try again when its worker is done."
            )
        return delivery

    async def get(self, kind: str, key: str) -> Delivery | None:
        """The delivery of this kind and key, None when it was never accepted."""
        return next(iter(await self._where(_named(kind, key))), None)

    async def unfinished(self) -> list[Delivery]:
        """Everything still to be done, oldest first: what start-up puts on the queue again, at `claimable_at`."""
        return await self._where(_status_in(*UNFINISHED))

    async def parked(self) -> list[Delivery]:
        """Everything that waits for a person, oldest first."""
        return await self._where(_status_in(DeliveryStatus.PARKED))

    async def counts(self) -> dict[DeliveryStatus, int]:
        """How many deliveries stand in each status; a status without any is 0."""
        statement = select(col(InboxRow.status), func.count()).group_by(col(InboxRow.status))
        found = await self._database.read(lambda session: dict(session.execute(statement).all()))
        return {status: found.get(status.value, 0) for status in DeliveryStatus}

    async def _unknown(self, kind: str, keys: Sequence[str]) -> list[str]:
        """Those of the keys, in their order and each once, that were never accepted."""
        wanted = list(dict.fromkeys(keys))
        of_kind = select(col(InboxRow.key)).where(col(InboxRow.kind) == kind)
        parts = [of_kind.where(col(InboxRow.key).in_(batch)) for batch in _batches(wanted)]
        known = await self._database.read(lambda session: {key for part in parts for key in session.scalars(part)})
        return [key for key in wanted if key not in known]

    def _accept(
        self, session: Session, kind: str, key: str, payload: dict[str, Any], source: str
    ) -> tuple[Delivery, bool]:
        entry = self._accept_once().values(**self._new(kind, key, payload, source)).returning(col(InboxRow.id))
        is_new = session.scalar(entry) is not None
        return _delivery(session.scalars(select(InboxRow).where(_named(kind, key))).one()), is_new

    def _new(self, kind: str, key: str, payload: dict[str, Any], source: str) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "kind": kind,
            "key": key,
            "source": source,
            "payload": payload,
            "status": DeliveryStatus.RECEIVED.value,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
            "updated_at": now,
        }

    def _accept_once(self) -> sqlite.Insert:
        return self._database.insert(InboxRow).on_conflict_do_nothing(index_elements=["kind", "key"])

    def _update(self, delivery_id: int) -> Update:
        return update(InboxRow).where(col(InboxRow.id) == delivery_id).values(updated_at=self._clock.now())

    async def _leave(self, delivery_id: int, worker: str | None, **values: Any) -> Delivery:
        changes = self._update(delivery_id).values(worker=None, lease_until=None, **values)
        if worker is not None:
            changes = changes.where(_held_by(worker))
        delivery = await self._apply(changes)
        if delivery is None:
            holder = "" if worker is None else f" or no longer held by {worker}"
            raise RecordConflict(f"delivery {delivery_id} is unknown{holder}")
        return delivery

    async def _apply(self, changes: Update) -> Delivery | None:
        def work(session: Session) -> Delivery | None:
            row = session.scalar(changes.returning(InboxRow))
            return None if row is None else _delivery(row)

        return await self._database.write(work)

    async def _where(self, condition: ColumnElement[bool]) -> list[Delivery]:
        return await self._database.read(lambda session: _deliveries(session, condition))


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[first : first + INSERT_BATCH] for first in range(0, len(items), INSERT_BATCH))


def _standing(progress: Progress | None) -> dict[str, Any]:
    """The columns that say how far a try is; none of them changes where nothing is known."""
    return {} if progress is None else {"step": progress.step, "progress_at": progress.since}


def _named(kind: str, key: str) -> ColumnElement[bool]:
    return and_(col(InboxRow.kind) == kind, col(InboxRow.key) == key)


def _status_in(*statuses: DeliveryStatus) -> ColumnElement[bool]:
    return col(InboxRow.status).in_([status.value for status in statuses])


def _held_by(worker: str) -> ColumnElement[bool]:
    return and_(_status_in(DeliveryStatus.RUNNING), col(InboxRow.worker) == worker)


def _deliveries(session: Session, condition: ColumnElement[bool]) -> list[Delivery]:
    return [_delivery(row) for row in session.scalars(select(InboxRow).where(condition).order_by(col(InboxRow.id)))]


def _delivery(row: InboxRow) -> Delivery:
    return Delivery.model_validate(row.model_dump(exclude={"created_at", "updated_at"}))
