"""Calls with their transcripts, how far Sophia is with each, and what it found (tables gong_call, call_analysis)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, not_, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import CallAnalysis, Frozen
from core.calls import Call, Transcript
from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.forgetting.traces import FORGOTTEN
from memory.tables import CallAnalysisRow, GongCallRow

ID_BATCH = 500
"""Ids in one statement, well below what either database allows."""

PAGE = 20
"""Calls held in memory at once by a walk over all: an hour of talk is some 100 KB of transcript and analysis.

What is read is parsed in the database's thread, too: an analysis takes 0.4 ms, and others are answered meanwhile.
"""


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


THROUGH = (CallStatus.ANALYSED, CallStatus.UNRESOLVED)
"""Calls whose work has come to its end with an analysis."""


class StoredCall(Frozen):
    """A call with everything Sophia has on it; `resolution` is what the resolve step saved, as JSON.

    `model_tries` is how often a model was asked in vain since one last took part in the analysis.
    """

    call: Call
    transcript: Transcript | None = None
    analysis: CallAnalysis | None = None
    resolution: dict[str, Any] | None = None
    status: CallStatus
    reason: str | None = None
    model_tries: int = 0
    updated_at: datetime


@dataclass(frozen=True)
class CallBegun:
    """A call without what was said in it."""

    call: Call
    status: CallStatus
    resolution: dict[str, Any] | None
    is_analysed: bool


class CallStore:
    """Reads and writes calls. Changing a call that is not stored raises RecordConflict."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, call: Call, transcript: Transcript | None) -> None:
        """Stores or renews a call. A transcript stored earlier stays when this one is None; so does the status."""
        await self.save_many([(call, transcript)])

    async def save_many(self, pairs: Sequence[tuple[Call, Transcript | None]]) -> None:
        """Stores or renews calls in one transaction; of two with the same id the last counts.

        A call of which something was forgotten on request is kept as it is: Gong would bring it back.
        """
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
            where=not_(or_(*(_tells_forgotten(column) for column in (GongCallRow.call, GongCallRow.transcript)))),
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
        await self._change(call_id, **_analysis_values(analysis, self._clock.now()))

    async def save_without_model(self, call_id: str, analysis: CallAnalysis, tries: int, improve_at: datetime) -> None:
        """Stores what was found without the model, which has been asked in vain `tries` times, until it is asked again.

        Not before `improve_at` that call is among those of `awaiting_model`.
        """
        values = _analysis_values(analysis, self._clock.now())
        await self._change(call_id, **(values | {"model_tries": tries, "improve_at": improve_at}))

    async def awaiting_model(self, now: datetime, most: int) -> list[str]:
        """Ids of calls whose work is over and that a model should look at by now, longest due first."""
        improve_at = col(CallAnalysisRow.improve_at)
        statement = select(col(CallAnalysisRow.call_id)).where(improve_at <= now, *_analysed())
        ordered = statement.order_by(improve_at, col(CallAnalysisRow.call_id)).limit(most)
        return await self._database.read(lambda session: list(session.scalars(ordered)))

    async def put_model_off(self, ids: Sequence[str], until: datetime) -> None:
        """Has those of the calls that still wait for a model then wait until this moment."""
        waits = (col(CallAnalysisRow.call_id).in_(ids), col(CallAnalysisRow.improve_at).is_not(None))
        statement = update(CallAnalysisRow).where(*waits).values(improve_at=until)
        await self._database.write(lambda session: session.execute(statement))

    async def analysed_ids(self, since: datetime | None = None) -> list[str]:
        """Ids of calls whose work is over and whose transcript is kept, in the order they began.

        With `since` only those that began then or later; a call without a start is among all calls only.
        """
        started, call_id = col(GongCallRow.started), col(GongCallRow.call_id)
        statement = select(call_id).join(CallAnalysisRow, col(CallAnalysisRow.call_id) == call_id)
        statement = statement.where(col(GongCallRow.transcript).is_not(None), *_analysed())
        if since is not None:
            statement = statement.where(started >= since)
        return await self._database.read(lambda session: list(session.scalars(statement.order_by(started, call_id))))

    async def pages(self, ids: Sequence[str], size: int = PAGE) -> AsyncIterator[list[StoredCall]]:
        """The known ones of these calls in their order, a page at a time, so that few transcripts are in memory."""
        for first in range(0, len(ids), size):
            wanted = list(ids[first : first + size])
            found = {stored.call.id: stored for stored in await self.all(wanted)}
            yield [found[call_id] for call_id in wanted if call_id in found]

    async def analysed_metadata(self, ids: Sequence[str]) -> Mapping[str, Call]:
        """The stored metadata of those of `ids` that have an analysis, without what was said in them."""
        call_id = col(GongCallRow.call_id)
        has_one = select(col(CallAnalysisRow.call_id)).where(col(CallAnalysisRow.analysis).is_not(None))
        parts = [
            select(call_id, col(GongCallRow.call)).where(call_id.in_(batch), call_id.in_(has_one))
            for batch in _batches(ids)
        ]

        def work(session: Session) -> dict[str, Call]:
            found = (row for part in parts for row in session.execute(part))
            return {id: Call.model_validate_json(call) for id, call in found}

        return await self._database.read(work)

    async def begun(self, most: int, since: datetime | None = None, until: datetime | None = None) -> list[CallBegun]:
        """Calls that began from `since` on and before `until`, the latest first, at most so many; no transcripts."""
        started, progress = col(GongCallRow.started), CallAnalysisRow
        known = (col(progress.status), col(progress.resolution), col(progress.analysis).is_not(None))
        bounds = [*([started >= since] if since else []), *([started < until] if until else [])]
        its = col(progress.call_id) == col(GongCallRow.call_id)
        statement = select(col(GongCallRow.call), *known).join(progress, its).where(*bounds)
        latest = statement.order_by(started.desc().nulls_last(), col(GongCallRow.call_id)).limit(most)

        def work(session: Session) -> list[CallBegun]:
            return [
                CallBegun(Call.model_validate_json(call), CallStatus(status), *rest)
                for call, status, *rest in session.execute(latest)
            ]

        return await self._database.read(work)

    async def analyses(self, ids: Sequence[str]) -> dict[str, CallAnalysis]:
        """What was found in these calls, of those that have an analysis."""
        columns = select(col(CallAnalysisRow.call_id), col(CallAnalysisRow.analysis))
        parts = [columns.where(col(CallAnalysisRow.call_id).in_(batch)) for batch in _batches(ids)]

        def work(session: Session) -> dict[str, CallAnalysis]:
            found = (each for part in parts for each in session.execute(part))
            return {id: CallAnalysis.model_validate_json(analysis) for id, analysis in found if analysis is not None}

        return await self._database.read(work)

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


def _tells_forgotten(column: str | None) -> ColumnElement[bool]:
    return func.coalesce(col(column), "").contains(FORGOTTEN, autoescape=True)


def _analysis_values(analysis: CallAnalysis, now: datetime) -> dict[str, Any]:
    """The columns of an analysis; one that a model should take part in is due for it, unless it was put off before."""
    made_by = analysis.provenance
    due = {"improve_at": func.coalesce(col(CallAnalysisRow.improve_at), now)}
    return {
        "analysis": analysis.model_dump_json(),
        "analyst": made_by.analyst if made_by else analysis.analyst,
        "model": made_by and made_by.model,
        "prompt_version": made_by and made_by.prompt_version,
        "input_hash": made_by and made_by.input_hash,
        "awaits_model": analysis.awaits_model,
        "analysed_at": now,
        **(due if analysis.awaits_model else {"model_tries": 0, "improve_at": None}),
    }


def _analysed() -> tuple[ColumnElement[bool], ...]:
    """Whose work is over, and whose analysis is kept."""
    statuses = [status.value for status in THROUGH]
    return (col(CallAnalysisRow.status).in_(statuses), col(CallAnalysisRow.analysis).is_not(None))


def _stored(call: GongCallRow, progress: CallAnalysisRow) -> StoredCall:
    return StoredCall(
        call=Call.model_validate_json(call.call),
        transcript=None if call.transcript is None else Transcript.model_validate_json(call.transcript),
        analysis=None if progress.analysis is None else CallAnalysis.model_validate_json(progress.analysis),
        resolution=progress.resolution,
        status=CallStatus(progress.status),
        reason=progress.reason,
        model_tries=progress.model_tries,
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
