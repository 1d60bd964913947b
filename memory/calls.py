"""Calls with their transcripts, how far Sophia is with each, and what it found (tables gong_call, call_analysis)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import CallAnalysis, Frozen
from core.calls import Call, Transcript
from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.tables import CallAnalysisRow, GongCallRow

ID_BATCH = 500
"""Ids in one statement, well below what either database allows."""


class CallStatus(StrEnum):
    """How far Sophia is with a call."""

    RECEIVED = "received"
    WAITING = "waiting"
    """For a transcript that is late, or for a service that is down."""
    UNRESOLVED = "unresolved"
    """A person must say which CRM record the call belongs to."""
    ANALYSED = "analysed"
    SKIPPED = "skipped"
    FAILED = "failed"


class StoredCall(Frozen):
    """A call with everything Sophia has on it; `resolution` is what the resolve step saved, as JSON."""

    call: Call
    transcript: Transcript | None = None
    analysis: CallAnalysis | None = None
    resolution: dict[str, Any] | None = None
    status: CallStatus
    reason: str | None = None
    updated_at: datetime


class CallStore:
    """Reads and writes calls. Changing a call that is not stored raises RecordConflict."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, call: Call, transcript: Transcript | None) -> None:
        """Stores or renews a call. A transcript stored earlier stays when this one is None; so does the status."""
        await self.save_many([(call, transcript)])

    async def save_many(self, pairs: Sequence[tuple[Call, Transcript | None]]) -> None:
        """Stores or renews calls in one transaction; of two with the same id the last counts."""
        if not pairs:
            return
        now = self._clock.now()
        insert = self._database.insert
        rows = [_call_values(call, transcript, now) for call, transcript in pairs]
        fresh = insert(GongCallRow)
        renew = fresh.on_conflict_do_update(
            index_elements=["call_id"],
            set_={
                "call": fresh.excluded.call,
                "transcript": func.coalesce(fresh.excluded.transcript, col(GongCallRow.transcript)),
                "started": fresh.excluded.started,
                "updated_at": fresh.excluded.updated_at,
            },
        )
        progress = [{"call_id": row["call_id"], "status": CallStatus.RECEIVED.value, "updated_at": now} for row in rows]
        enter = insert(CallAnalysisRow).on_conflict_do_nothing()

        def work(session: Session) -> None:
            session.execute(renew, rows)
            session.execute(enter, progress)

        await self._database.write(work)

    async def get(self, call_id: str) -> StoredCall | None:
        """The call with this id, None when it was never stored."""
        return next(iter(await self.all([call_id])), None)

    async def lacking_transcripts(self, ids: Sequence[str]) -> list[str]:
        """Those of `ids`, in their order and each once, that have no transcript stored, known calls or not."""
        has_one = select(col(GongCallRow.call_id)).where(col(GongCallRow.transcript).is_not(None))
        parts = [has_one.where(col(GongCallRow.call_id).in_(batch)) for batch in _batches(ids)]
        present = await self._database.read(
            lambda session: {found for part in parts for found in session.scalars(part)}
        )
        return [call_id for call_id in dict.fromkeys(ids) if call_id not in present]

    async def set_status(self, call_id: str, status: CallStatus, reason: str | None = None) -> None:
        """Says how far the call is; `reason` replaces the former one, in words for a person."""
        await self._change(call_id, status=status.value, reason=reason)

    async def save_analysis(self, call_id: str, analysis: CallAnalysis) -> None:
        """Stores what was found. The status is the workflow's to set, when all its steps are done."""
        await self._change(call_id, analysis=analysis.model_dump_json(), analyst=analysis.analyst)

    async def save_resolution(self, call_id: str, resolution: dict[str, Any]) -> None:
        """Stores which CRM records the call is about; must be JSON."""
        await self._change(call_id, resolution=resolution)

    async def all(self, ids: Sequence[str] | None = None) -> list[StoredCall]:
        """Stored calls by start (unknown starts first), all of them or those of `ids` that are known."""
        statement = select(GongCallRow, CallAnalysisRow).join(
            CallAnalysisRow, col(CallAnalysisRow.call_id) == col(GongCallRow.call_id)
        )
        by_id = col(GongCallRow.call_id)
        parts = [statement] if ids is None else [statement.where(by_id.in_(batch)) for batch in _batches(ids)]

        def work(session: Session) -> list[StoredCall]:
            return [_stored(call, progress) for part in parts for call, progress in session.execute(part)]

        return sorted(await self._database.read(work), key=_by_start)

    async def counts(self) -> dict[CallStatus, int]:
        """How many calls stand in each status; a status without calls is 0."""
        statement = select(col(CallAnalysisRow.status), func.count()).group_by(col(CallAnalysisRow.status))
        found = await self._database.read(lambda session: dict(session.execute(statement).all()))
        return {status: found.get(status.value, 0) for status in CallStatus}

    async def _change(self, call_id: str, **values: Any) -> None:
        statement = (
            update(CallAnalysisRow)
            .where(col(CallAnalysisRow.call_id) == call_id)
            .values(**values, updated_at=self._clock.now())
            .returning(col(CallAnalysisRow.call_id))
        )
        if await self._database.write(lambda session: session.scalar(statement)) is None:
            raise RecordConflict(f"call {call_id} is not stored", next_step="Save the call before its progress.")


def _call_values(call: Call, transcript: Transcript | None, now: datetime) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "call": call.model_dump_json(),
        "transcript": None if transcript is None else transcript.model_dump_json(),
        "started": _moment(call),
        "created_at": now,
        "updated_at": now,
    }


def _stored(call: GongCallRow, progress: CallAnalysisRow) -> StoredCall:
    return StoredCall(
        call=Call.model_validate_json(call.call),
        transcript=None if call.transcript is None else Transcript.model_validate_json(call.transcript),
        analysis=None if progress.analysis is None else CallAnalysis.model_validate_json(progress.analysis),
        resolution=progress.resolution,
        status=CallStatus(progress.status),
        reason=progress.reason,
        updated_at=progress.updated_at,
    )


def _by_start(stored: StoredCall) -> tuple[float, str]:
    started = _moment(stored.call)
    return (float("-inf") if started is None else started.timestamp(), stored.call.id)


def _moment(call: Call) -> datetime | None:
    """When the call began; a start without a time zone is no moment."""
    return None if call.started is None or call.started.tzinfo is None else call.started


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(ids))
    for first in range(0, len(unique), ID_BATCH):
        yield unique[first : first + ID_BATCH]
