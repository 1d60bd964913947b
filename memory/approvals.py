"""Changes that need a person's word (table approvals): asked for once, never written before they are granted."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen, SentenceRef
from core.clock import Clock
from memory.database import Database
from memory.tables import ApprovalRow


class ApprovalStatus(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Approval(Frozen):
    """A proposed change of one field, with the sentences that speak for it.

    `id` is its deterministic key. `current` and `proposed` are values as the CRM holds them (a stage id); their
    labels are what a person reads (the stage's name), as `label` is the field's.
    """

    id: str
    call_id: str
    object_type: str
    object_id: str
    field: str
    label: str
    current: str | None = None
    proposed: str
    current_label: str | None = None
    proposed_label: str | None = None
    quote: str
    evidence: tuple[SentenceRef, ...]
    reason: str
    status: ApprovalStatus = ApprovalStatus.WAITING
    created_at: datetime | None = None


class Approvals:
    """Requests for a person's word, asked once by their id."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def request(self, approvals: Sequence[Approval]) -> list[Approval]:
        """Stores what is new, in one transaction, and returns every row as it stands, in the order given."""
        if not approvals:
            return []
        now = self._clock.now()
        rows = [{**approval.model_dump(mode="json"), "created_at": now, "updated_at": now} for approval in approvals]
        ids = [approval.id for approval in approvals]

        def work(session: Session) -> dict[str, Approval]:
            session.execute(self._database.insert(ApprovalRow).on_conflict_do_nothing(), rows)
            found = session.scalars(select(ApprovalRow).where(col(ApprovalRow.id).in_(set(ids))))
            return {row.id: _approval(row) for row in found}

        standing = await self._database.write(work)
        return [standing[approval_id] for approval_id in ids]

    async def of_call(self, call_id: str) -> list[Approval]:
        """The requests of a call in the order they were made."""
        return await self._where(col(ApprovalRow.call_id) == call_id)

    async def waiting(self) -> list[Approval]:
        """Every request that nobody has answered yet, oldest first."""
        return await self._where(col(ApprovalRow.status) == ApprovalStatus.WAITING.value)

    async def all(self) -> list[Approval]:
        """Every request, oldest first."""
        return await self._where(true())

    async def _where(self, condition: ColumnElement[bool]) -> list[Approval]:
        statement = select(ApprovalRow).where(condition).order_by(col(ApprovalRow.number))
        return await self._database.read(lambda session: [_approval(row) for row in session.scalars(statement)])


def _approval(row: ApprovalRow) -> Approval:
    return Approval.model_validate(row.model_dump(exclude={"number", "updated_at"}))
