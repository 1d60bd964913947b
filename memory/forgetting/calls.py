"""Calls on which somebody is to be forgotten, or that are to be forgotten whole, with what was written because of them.

A call is one transaction: what Sophia wrote is told by the words that were said, so both go together. The row of a
call stays, so that one that is delivered again is known; see memory/calls.py for how it is kept as it is.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.clock import Clock
from memory.calls import CallStatus
from memory.database import Database
from memory.forgetting.order import Order
from memory.forgetting.spoken import Told, Words, refs_of, said_in, without_person
from memory.forgetting.texts import (
    EVERYTHING,
    REASON,
    Tells,
    blank_approvals,
    blank_drifts,
    blank_effects,
    without,
)
from memory.forgetting.traces import FORGOTTEN, Traces, full_names
from memory.inbox import DeliveryStatus
from memory.tables import ApprovalRow, CallAnalysisRow, DriftRow, GongCallRow, InboxRow, SyncLogRow

Counts = dict[str, int]
"""How much of what was forgotten."""

CALL: Final = "call"

KEPT_STATUS: Final = (CallStatus.ANALYSED.value, CallStatus.SKIPPED.value)
"""Calls that are over; any other is skipped from now on."""


class Calls:
    """Forgets in calls. Doing so twice changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def forget_person(self, call_id: str, order: Order) -> Counts:
        """Takes somebody out of a call, and out of what was written because of it."""
        now = self._clock.now()
        return await self._database.write(lambda session: _forget_person(session, call_id, order, now))

    async def forget_call(self, call_id: str) -> Counts:
        """Takes everything out of a call but that it was there."""
        now = self._clock.now()
        return await self._database.write(lambda session: _forget_call(session, call_id, now))

    async def told(self, call_id: str) -> Told | None:
        """The call as it stands, None when it is not known."""
        return await self._database.read(lambda session: _told(session, call_id))

    async def busy(self, call_ids: tuple[str, ...]) -> list[str]:
        """Those of the calls that somebody is at work on now: what that run has in memory it may write again."""
        row = InboxRow
        running = select(col(row.key)).where(
            col(row.kind) == CALL, col(row.key).in_(call_ids), col(row.status) == DeliveryStatus.RUNNING.value
        )
        return await self._database.read(lambda session: list(session.scalars(running)))


def _forget_person(session: Session, call_id: str, order: Order, now: datetime) -> Counts:
    told = _told(session, call_id)
    if told is None:
        return {}
    parted = without_person(told, order.traces, order.ids)
    tells = Tells(parted.traces, parted.words, parted.refs)
    written = _forget_written(session, call_id, tells, now)
    changed = parted.left != told
    if changed:
        _store(session, call_id, parted.left, now)
    _forget_resolution(session, call_id, lambda value: _out_of(value, parted.traces, order.contacts))
    return {"calls": int(changed), "sentences": parted.sentences, "findings": parted.findings, **written}


def _forget_call(session: Session, call_id: str, now: datetime) -> Counts:
    told = _told(session, call_id)
    if told is None:
        return {}
    people = told.call.parties
    traces = Traces(
        emails=frozenset(party.email.strip().lower() for party in people if party.email),
        names=full_names(party.name for party in people),
    )
    tells = Tells(traces, Words(said_in(told)), refs_of(told.transcript))
    written = _forget_written(session, call_id, tells, now)
    tombstone = Call(id=call_id, title=FORGOTTEN, started=told.call.started, is_private=True)
    if told.call == tombstone:
        return written
    turns = told.transcript.turns if told.transcript else ()
    # A transcript without a word, rather than none: one that is missing is asked for again.
    _store(session, call_id, Told(tombstone, Transcript(call_id=call_id), None), now)
    _forget_resolution(session, call_id, lambda _: None)
    row = CallAnalysisRow
    over = update(row).where(col(row.call_id) == call_id, col(row.status).not_in(KEPT_STATUS))
    session.execute(over.values(status=CallStatus.SKIPPED.value))
    nothing = {"improve_at": None, "awaits_model": False, "input_hash": None, "reason": REASON}
    session.execute(update(row).where(col(row.call_id) == call_id).values(**nothing))
    _forget_deliveries(session, call_id)
    return {"calls": 1, "sentences": sum(len(turn.sentences) for turn in turns), **written}


def _forget_written(session: Session, call_id: str, tells: Tells, now: datetime) -> Counts:
    """Blanks what was written and asked because of the call, where it tells it."""
    keys = select(col(SyncLogRow.key)).where(col(SyncLogRow.call_id) == call_id)
    return {
        "drifts": blank_drifts(session, col(DriftRow.effect_key).in_(keys), tells),
        "effects": blank_effects(session, col(SyncLogRow.call_id) == call_id, tells, now),
        "approvals": blank_approvals(session, col(ApprovalRow.call_id) == call_id, tells, now),
    }


def _forget_deliveries(session: Session, call_id: str) -> None:
    for row in session.scalars(select(InboxRow).where(col(InboxRow.kind) == CALL, col(InboxRow.key) == call_id)):
        row.payload = without(row.payload, EVERYTHING)
        row.reason = row.reason and FORGOTTEN


def _told(session: Session, call_id: str) -> Told | None:
    row = session.get(GongCallRow, call_id)
    if row is None:
        return None
    progress = session.get(CallAnalysisRow, call_id)
    analysis = progress.analysis if progress else None
    return Told(
        call=Call.model_validate_json(row.call),
        transcript=None if row.transcript is None else Transcript.model_validate_json(row.transcript),
        analysis=None if analysis is None else CallAnalysis.model_validate_json(analysis),
    )


def _store(session: Session, call_id: str, told: Told, now: datetime) -> None:
    row = session.get_one(GongCallRow, call_id)
    row.call = told.call.model_dump_json()
    row.transcript = told.transcript.model_dump_json() if told.transcript else None
    row.updated_at = now
    progress = session.get(CallAnalysisRow, call_id)
    if progress is not None:
        progress.analysis = told.analysis.model_dump_json() if told.analysis else None
        made = told.analysis.provenance if told.analysis else None
        progress.input_hash = made.input_hash if made else progress.input_hash
        progress.updated_at = now


def _forget_resolution(session: Session, call_id: str, change: Callable[[Any], Any]) -> None:
    progress = session.get(CallAnalysisRow, call_id)
    if progress is not None and progress.resolution is not None:
        changed = change(progress.resolution)
        if changed != progress.resolution:
            progress.resolution = changed
    if progress is not None and progress.reason:
        progress.reason = change(progress.reason) or REASON


def _out_of(value: Any, traces: Traces, contacts: tuple[str, ...]) -> Any:
    """A resolution, or a reason, without them and without their own records."""
    if isinstance(value, dict):
        others = [each for each in value.get("contacts") or () if each.get("id") not in contacts]
        value = value | ({"contacts": others} if "contacts" in value else {})
    return traces.out_of_any(value)
