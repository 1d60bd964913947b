"""Changes that need a person's word (table approvals): asked for once, answered once, never written before.

A request is `waiting` until it is answered, expires or is withdrawn. The answer and the delivery that has it carried
out (inbox, kind `approval`) are one transaction: whoever answers second is told so, and no crash loses an answer. A
request whose record has changed since goes back to `waiting` in its next round, with a new hash: an answer names the
hash of what was shown, so nobody allows what they have not seen.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen, SentenceRef
from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.inbox import Delivery, Inbox
from memory.tables import ApprovalRow

KIND = "approval"
"""The kind of the deliveries that have an answer carried out; the key is `{approval id}:{round}`."""

HASH_LENGTH = 16


class ApprovalStatus(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """There is nothing to ask any more: the record is gone, or the question answered itself."""


Decision = Literal["approve", "reject", "expire"]
STATUS_OF: dict[Decision, ApprovalStatus] = {
    "approve": ApprovalStatus.APPROVED,
    "reject": ApprovalStatus.REJECTED,
    "expire": ApprovalStatus.EXPIRED,
}


class Answer(Frozen):
    """What was said to a request: by whom (address or name), through which door, when, to which round.

    `value` is what to write instead of the proposed value, None to write that; `reason` is the person's own words.
    `thread` is the conversation that it was said in, None where it was none.
    """

    decision: Decision
    value: str | None = None
    reason: str | None = None
    by: str
    via: Literal["cli", "http", "slack", "chat", "schedule"]
    at: datetime
    round: int
    thread: str | None = None


class Approval(Frozen):
    """A proposed change of one field (`update`), a record to be made (`create`) or a question (`choose`).

    `id` is its deterministic key, `number` the one people use. `current` and `proposed` are values as the CRM holds
    them (a stage id); their labels are what a person reads (the stage's name), as `label` is the field's. A record to
    be made has its properties and associations in `payload`. `approvers` are addresses in lower case; an admin may
    always answer. `closed_at` is None until the answer has been carried out, and `outcome` says in words how.

    What a person asked for in a conversation is of no call: `call_id` names the turn (CHAT in memory/ledger.py),
    `requester` is that person, `quote` what they said, and there is no evidence.
    """

    id: str
    number: int | None = None
    call_id: str
    agent: str = "crm_sync"
    action: Literal["update", "create", "choose"] = "update"
    object_type: str
    object_id: str
    object_name: str | None = None
    field: str
    label: str
    current: str | None = None
    proposed: str
    current_label: str | None = None
    proposed_label: str | None = None
    payload: dict[str, Any] = {}
    quote: str
    evidence: tuple[SentenceRef, ...]
    confidence: float | None = None
    reason: str
    status: ApprovalStatus = ApprovalStatus.WAITING
    round: int = 1
    payload_hash: str = ""
    requester: str = "crm_sync"
    approvers: tuple[str, ...] = ()
    thread_id: str | None = None
    interrupt_id: str | None = None
    expires_at: datetime | None = None
    answers: tuple[Answer, ...] = ()
    outcome: str | None = None
    closed_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer to the present round, None while it waits."""
        last = self.answers[-1] if self.answers else None
        return last if last is not None and last.round == self.round else None

    def digest(self) -> str:
        """The hash of what is asked for: equal for equal requests of one round, 16 hex digits."""
        asked = [self.id, self.round, self.action, self.object_type, self.object_id, self.field]
        text = json.dumps([*asked, self.current, self.proposed, self.payload], sort_keys=True)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:HASH_LENGTH]


class Approvals:
    """Requests for a person's word, asked once by their id. What contradicts a request raises RecordConflict."""

    def __init__(self, database: Database, clock: Clock, inbox: Inbox) -> None:
        self._database = database
        self._clock = clock
        self._inbox = inbox

    async def request(self, approvals: Sequence[Approval]) -> list[Approval]:
        """Stores what is new, in one transaction, and returns every row as it stands, in the order given."""
        if not approvals:
            return []
        rows = [self._new_row(approval) for approval in approvals]
        ids = [approval.id for approval in approvals]

        def work(session: Session) -> dict[str, Approval]:
            session.execute(self._database.insert(ApprovalRow).on_conflict_do_nothing(), rows)
            found = session.scalars(select(ApprovalRow).where(col(ApprovalRow.id).in_(set(ids))))
            return {row.id: _approval(row) for row in found}

        standing = await self._database.write(work)
        return [standing[approval_id] for approval_id in ids]

    async def answer(self, approval_id: str, payload_hash: str, answer: Answer) -> tuple[Approval, Delivery]:
        """Answers what waits and has this hash, and takes in the delivery that carries it out, in one transaction.

        Raises RecordConflict, which says what was answered or has changed, for anything else: of two answers at the
        same moment one counts.
        """

        def work(session: Session) -> tuple[Approval, Delivery]:
            row = _row(session, approval_id)
            _refuse_late(_approval(row), payload_hash, answer)
            row.status = STATUS_OF[answer.decision].value
            row.answers = [*row.answers, answer.model_dump(mode="json")]
            row.updated_at = self._clock.now()
            delivery = self._inbox.accept_in(session, KIND, f"{row.id}:{row.round}", {}, answer.via)
            session.flush()
            return _approval(row), delivery

        return await self._database.write(work)

    async def ask_again(self, approval_id: str, current: str | None, current_label: str | None, why: str) -> Approval:
        """Puts an answered request to people once more, since the record now holds another value."""

        def change(row: ApprovalRow) -> None:
            row.status, row.round, row.reason = ApprovalStatus.WAITING.value, row.round + 1, why
            row.current, row.current_label = current, current_label
            row.interrupt_id = None
            row.expires_at, row.asked_at = self._later(row), self._clock.now()
            row.payload_hash = _approval(row).digest()

        return await self._change(approval_id, change, lambda found: found.closed_at is None)

    async def restate(self, approval_id: str, current: str | None, current_label: str | None, why: str) -> Approval:
        """Begins a new round of a request that waits, over what the record holds now: nobody has to answer the old one.

        One that was answered meanwhile, or says so already, stays as it is; its time does not begin anew.
        """

        def change(row: ApprovalRow) -> None:
            if row.status == ApprovalStatus.WAITING.value and row.current != current:
                row.round, row.reason = row.round + 1, why
                row.current, row.current_label = current, current_label
                row.payload_hash = _approval(row).digest()

        return await self._change(approval_id, change, lambda found: True)

    async def interrupted(self, approval_id: str, thread_id: str, interrupt_id: str) -> Approval:
        """Says on which thread, at which interrupt, the graph waits for the answer."""

        def change(row: ApprovalRow) -> None:
            row.thread_id, row.interrupt_id = thread_id, interrupt_id

        return await self._change(approval_id, change, lambda found: True)

    async def close(self, approval_id: str, outcome: str) -> Approval:
        """Says that an answer has been carried out, and how it ended; said again, it changes nothing."""

        def change(row: ApprovalRow) -> None:
            if row.closed_at is None:
                row.outcome, row.closed_at = outcome, self._clock.now()

        return await self._change(approval_id, change, lambda found: found.status is not ApprovalStatus.WAITING)

    async def withdraw(self, approval_id: str, why: str) -> Approval:
        """Takes back a request that nobody has answered yet; one that was answered stays as it is."""

        def change(row: ApprovalRow) -> None:
            if row.status == ApprovalStatus.WAITING.value:
                row.status, row.outcome, row.closed_at = ApprovalStatus.WITHDRAWN.value, why, self._clock.now()

        return await self._change(approval_id, change, lambda found: True)

    async def get(self, approval_id: str) -> Approval | None:
        """The request with this id, None when there is none."""
        return next(iter(await self._where(col(ApprovalRow.id) == approval_id)), None)

    async def of_ids(self, ids: Iterable[str]) -> list[Approval]:
        """The requests with these ids, oldest first; without those that are not there."""
        return await self._where(col(ApprovalRow.id).in_(set(ids)))

    async def numbered(self, number: int) -> Approval | None:
        """The request with the number that people use."""
        return next(iter(await self._where(col(ApprovalRow.number) == number)), None)

    async def of_call(self, call_id: str) -> list[Approval]:
        """The requests of a call in the order they were made."""
        return await self._where(col(ApprovalRow.call_id) == call_id)

    async def of_records(self, object_type: str, object_ids: Sequence[str]) -> list[Approval]:
        """The requests about these records, whichever call they are of."""
        named = and_(col(ApprovalRow.object_type) == object_type, col(ApprovalRow.object_id).in_(set(object_ids)))
        return await self._where(named)

    async def requested_by(self, person: str) -> list[Approval]:
        """What this person asked for in conversations, oldest first."""
        return await self._where(col(ApprovalRow.requester) == person)

    async def waiting(self) -> list[Approval]:
        """Every request that nobody has answered yet, oldest first."""
        return await self._where(col(ApprovalRow.status) == ApprovalStatus.WAITING.value)

    async def overdue(self) -> list[Approval]:
        """Every request that waits although its time is over."""
        waits = col(ApprovalRow.status) == ApprovalStatus.WAITING.value
        return await self._where(and_(waits, col(ApprovalRow.expires_at) <= self._clock.now()))

    async def all(self) -> list[Approval]:
        """Every request, oldest first."""
        return await self._where(true())

    def _new_row(self, approval: Approval) -> dict[str, Any]:
        now = self._clock.now()
        values = approval.model_dump(mode="json", exclude={"number", "expires_at", "closed_at", "created_at"})
        times = {"expires_at": approval.expires_at, "closed_at": None}
        stamps = dict.fromkeys(("asked_at", "created_at", "updated_at"), now)
        return {**values, **times, **stamps, "payload_hash": approval.digest()}

    def _later(self, row: ApprovalRow) -> datetime | None:
        """As long from now as the first round had from the beginning."""
        return None if row.expires_at is None else self._clock.now() + (row.expires_at - row.asked_at)

    async def _change(
        self, approval_id: str, change: Callable[[ApprovalRow], None], allowed: Callable[[Approval], bool]
    ) -> Approval:
        def work(session: Session) -> Approval:
            row = _row(session, approval_id)
            if not allowed(_approval(row)):
                raise RecordConflict(f"approval {row.number} is {row.status} and cannot be changed so")
            change(row)
            row.updated_at = self._clock.now()
            session.flush()
            return _approval(row)

        return await self._database.write(work)

    async def _where(self, condition: ColumnElement[bool]) -> list[Approval]:
        statement = select(ApprovalRow).where(condition).order_by(col(ApprovalRow.number))
        return await self._database.read(lambda session: [_approval(row) for row in session.scalars(statement)])


def _row(session: Session, approval_id: str) -> ApprovalRow:
    """The row, locked until the transaction ends; on SQLite the transaction is the only writer anyway."""
    row = session.scalar(select(ApprovalRow).where(col(ApprovalRow.id) == approval_id).with_for_update())
    if row is None:
        raise RecordConflict(f"there is no approval {approval_id}", next_step="`sophia approvals` lists what waits.")
    return row


def _refuse_late(approval: Approval, payload_hash: str, answer: Answer) -> None:
    if approval.status is not ApprovalStatus.WAITING:
        given = f" by {approval.answer.by}" if approval.answer else ""
        problem = f"approval {approval.number} was answered already: {approval.status}{given}"
        raise RecordConflict(problem, next_step="Nothing was changed by this answer.")
    if approval.payload_hash != payload_hash or answer.round != approval.round:
        raise RecordConflict(
            f"approval {approval.number} has changed since it was shown: {approval.reason}",
            next_step="Look at it again and answer what it says now.",
        )


def _approval(row: ApprovalRow) -> Approval:
    return Approval.model_validate(row.model_dump(exclude={"asked_at", "updated_at"}))
