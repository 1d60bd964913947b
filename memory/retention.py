"""What is not kept for ever: rows and checkpoints that have come to their end and are old enough.

Nothing that is unfinished, that waits for somebody or that a person must still look at is ever removed, and of a call
its row stays: so one that is delivered again years later is known, and nothing is done twice. The vector index is told
of what is remembered no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, not_, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock, FixedClock, SystemClock
from memory.agent_tables import AgentTaskRow
from memory.approvals import ApprovalStatus
from memory.call_memory import CALL as CALL_SUBJECT
from memory.call_memory import KINDS as CALL_KINDS
from memory.calls import CallStatus
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.facts import FACT, PAST
from memory.inbox import DeliveryStatus
from memory.ledger import EffectStatus
from memory.store.removing import remove_items
from memory.tables import (
    ApprovalRow,
    CallAnalysisRow,
    CrmEventRow,
    DriftRow,
    GongCallRow,
    InboxRow,
    MemoryItemRow,
    MemorySubjectRow,
    SyncLogRow,
    Table,
)

BATCH = 500
"""Rows of one transaction: others write in between."""

CALL = "call"
CALL_THREAD, APPROVAL_THREAD, CHAT_THREAD = "call:", "approval:", "chat:"
"""How the ids of threads begin, by what they are about."""

SETTLED = (CallStatus.ANALYSED, CallStatus.SKIPPED)
"""Calls that nobody has to say anything about any more."""

OVER = (EffectStatus.CONFIRMED, EffectStatus.FAILED, EffectStatus.UNDONE)


class Keeping(Frozen):
    """How long each is kept once it has come to its end; None keeps it for ever."""

    inbox: timedelta | None = None
    events: timedelta | None = None
    checkpoints: timedelta | None = None
    ledger: timedelta | None = None
    calls: timedelta | None = None
    conversations: timedelta | None = None
    facts: timedelta | None = None
    tasks: timedelta | None = None


@dataclass(frozen=True)
class Rule:
    """Rows of one table that may go: by their primary key, where the condition holds."""

    name: str
    row: type[Table]
    key: Any
    condition: ColumnElement[bool]
    blank: dict[str, Any] | None = None
    """Columns that are emptied instead of the row being removed."""


class Retention:
    """Removes what is old. `clock` is the one that the records are dated with."""

    def __init__(self, database: Database, checkpoints: Checkpoints, clock: Clock) -> None:
        self._database = database
        self._checkpoints = checkpoints
        self._clock = clock
        # The inbox, checkpoints and agents keep the machine's time when the records' stands still.
        self._wall = SystemClock() if isinstance(clock, FixedClock) else clock

    async def prune(self, keeping: Keeping, *, dry_run: bool = False) -> dict[str, int]:
        """Removes what may go, a batch at a time; returns how much of what. With `dry_run` it is only counted."""
        rules = self._rules(keeping)
        if dry_run:
            pruned = {rule.name: await self._count(rule) for rule in rules}
        else:
            pruned = {rule.name: await self._remove(rule) for rule in rules}
        return pruned | await self._prune_threads(keeping, dry_run=dry_run)

    def _rules(self, keeping: Keeping) -> list[Rule]:
        now, wall = self._clock.now(), self._wall.now()
        rules: list[Rule] = []
        if keeping.inbox is not None:
            rules.append(Rule("deliveries", InboxRow, InboxRow.id, _done_deliveries(wall - keeping.inbox)))
        if keeping.events is not None:
            handled = col(CrmEventRow.handled_at) < now - keeping.events
            rules.append(Rule("events", CrmEventRow, CrmEventRow.id, handled))
        if keeping.ledger is not None:
            rules += _ledger_rules(now - keeping.ledger)
        if keeping.calls is not None:
            rules += _call_rules(now - keeping.calls)
        if keeping.tasks is not None:
            old = col(AgentTaskRow.created_at) < wall - keeping.tasks
            rules.append(Rule("tasks", AgentTaskRow, AgentTaskRow.id, old))
        return rules + self._memory_rules(keeping)

    def _memory_rules(self, keeping: Keeping) -> list[Rule]:
        """What is remembered: by when it was said, with the call it is of, or because it was only to last so long."""
        now = self._clock.now()
        conditions = {"expired": col(MemoryItemRow.expires_at) <= now}
        if keeping.conversations is not None:
            conditions["turns"] = _said_before(now - keeping.conversations, kind="conversation")
        if keeping.facts is not None:
            conditions["facts"] = and_(_is_fact(), _said_before(now - keeping.facts))
        if keeping.calls is not None:
            old = _old_calls(now - keeping.calls)
            conditions["passages"] = and_(col(MemoryItemRow.kind).in_(CALL_KINDS), col(MemoryItemRow.source).in_(old))
            conditions["views"] = _views_of(old)
        return [Rule(name, MemoryItemRow, MemoryItemRow.id, condition) for name, condition in conditions.items()]

    async def _count(self, rule: Rule) -> int:
        statement = select(func.count()).select_from(rule.row).where(rule.condition)
        return await self._database.read(lambda session: session.scalar(statement) or 0)

    async def _remove(self, rule: Rule) -> int:
        """Removes one batch after the other until nothing is left."""
        some = select(rule.key).where(rule.condition).order_by(rule.key).limit(BATCH)
        removed = 0
        while True:
            count = await self._database.write(lambda session: self._remove_some(session, rule, some))
            removed += count
            if count < BATCH:
                return removed

    def _remove_some(self, session: Session, rule: Rule, some: Any) -> int:
        keys: Sequence[Any] = session.scalars(some).all()
        if keys and rule.row is MemoryItemRow:
            return remove_items(session, rule.key.in_(keys), self._clock.now())
        if keys:
            change = delete(rule.row) if rule.blank is None else update(rule.row).values(**rule.blank)
            session.execute(change.where(rule.key.in_(keys)))
        return len(keys)

    async def _prune_threads(self, keeping: Keeping, *, dry_run: bool) -> dict[str, int]:
        """Threads of calls and approvals that have ended, and chats that nobody has spoken in for so long."""
        threads: list[str] = []
        if keeping.checkpoints is not None:
            before = self._wall.now() - keeping.checkpoints
            threads += await self._over(CALL_THREAD, before, _calls_not_over())
            threads += await self._over(APPROVAL_THREAD, before, _approvals_not_over())
        if keeping.conversations is not None:
            threads += await self._checkpoints.idle_threads(CHAT_THREAD, self._wall.now() - keeping.conversations)
        for thread in threads if not dry_run else ():
            await self._checkpoints.adelete_thread(thread)
        kept_for_ever = keeping.checkpoints is None and keeping.conversations is None
        return {} if kept_for_ever else {"threads": len(threads)}

    async def _over(self, prefix: str, before: datetime, not_over: Any) -> list[str]:
        """The idle threads of this kind, without those that something still waits on."""
        idle = await self._checkpoints.idle_threads(prefix, before)
        waiting = await self._database.read(lambda session: set(session.scalars(not_over)))
        return [thread for thread in idle if thread.removeprefix(prefix) not in waiting]


def _done_deliveries(before: datetime) -> ColumnElement[bool]:
    """Done long ago, and for a call: nobody has been asked anything about it that is not answered."""
    settled = select(col(CallAnalysisRow.call_id)).where(col(CallAnalysisRow.status).in_(_values(SETTLED)))
    return and_(
        col(InboxRow.status) == DeliveryStatus.DONE.value,
        col(InboxRow.updated_at) < before,
        or_(col(InboxRow.kind) != CALL, col(InboxRow.key).in_(settled)),
    )


def _ledger_rules(before: datetime) -> list[Rule]:
    """Effects that are over, of calls that are; with them closed approvals, and drift that is none any more."""
    effects = and_(
        col(SyncLogRow.status).in_(_values(OVER)),
        col(SyncLogRow.updated_at) < before,
        col(SyncLogRow.call_id).not_in(_calls_not_over()),
    )
    approvals = and_(
        col(ApprovalRow.status) != ApprovalStatus.WAITING.value,
        col(ApprovalRow.closed_at) < before,
    )
    return [
        Rule("effects", SyncLogRow, SyncLogRow.id, effects),
        Rule("approvals", ApprovalRow, ApprovalRow.number, approvals),
        Rule("drift", DriftRow, DriftRow.id, col(DriftRow.closed_at) < before),
    ]


def _call_rules(before: datetime) -> list[Rule]:
    """What was said in old calls and what was found in them; that they were there, and how they ended, stays."""
    settled = select(col(CallAnalysisRow.call_id)).where(col(CallAnalysisRow.status).in_(_values(SETTLED)))
    old = select(col(GongCallRow.call_id)).where(col(GongCallRow.created_at) < before)
    transcripts = and_(
        col(GongCallRow.transcript).is_not(None),
        col(GongCallRow.created_at) < before,
        col(GongCallRow.call_id).in_(settled),
    )
    analyses = and_(
        col(CallAnalysisRow.analysis).is_not(None),
        col(CallAnalysisRow.status).in_(_values(SETTLED)),
        col(CallAnalysisRow.call_id).in_(old),
    )
    return [
        Rule("transcripts", GongCallRow, GongCallRow.call_id, transcripts, {"transcript": None}),
        Rule("analyses", CallAnalysisRow, CallAnalysisRow.call_id, analyses, {"analysis": None}),
    ]


def _said_before(before: datetime, kind: str | None = None) -> ColumnElement[bool]:
    """Said then, or kept then where nobody knows when it was said."""
    row = MemoryItemRow
    old = func.coalesce(col(row.at), col(row.created_at)) < before
    return old if kind is None else and_(old, col(row.kind) == kind)


def _is_fact() -> ColumnElement[bool]:
    return or_(*(col(MemoryItemRow.source).startswith(prefix, autoescape=True) for prefix in (FACT, PAST)))


def _old_calls(before: datetime) -> Select[str]:
    """The calls whose transcript goes, as the sources of passages and findings, and as subjects."""
    settled = select(col(CallAnalysisRow.call_id)).where(col(CallAnalysisRow.status).in_(_values(SETTLED)))
    return select(literal(CALL_SUBJECT).concat(col(GongCallRow.call_id))).where(
        col(GongCallRow.created_at) < before, col(GongCallRow.call_id).in_(settled)
    )


def _views_of(calls: Select[str]) -> ColumnElement[bool]:
    """Kept views that tell of any of these calls: their summaries and quotes stand in there."""
    row, subject = MemoryItemRow, MemorySubjectRow
    telling = select(col(subject.item_id)).where(col(subject.subject).in_(calls))
    return and_(col(row.kind) == "business_context", col(row.id).in_(telling), not_(_is_fact()))


def _calls_not_over() -> Any:
    """Ids of the calls that are worked on, wait, or were parked and may be tried again."""
    not_over = col(InboxRow.status) != DeliveryStatus.DONE.value
    return select(col(InboxRow.key)).where(col(InboxRow.kind) == CALL, not_over)


def _approvals_not_over() -> Any:
    return select(col(ApprovalRow.id)).where(col(ApprovalRow.closed_at).is_(None))


def _values(statuses: Sequence[Any]) -> list[str]:
    return [status.value for status in statuses]
