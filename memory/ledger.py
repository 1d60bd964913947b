"""The ledger of effects (table crm_sync_log): every write to the outside is planned here before it is sent.

An effect goes forwards only: planned -> sent -> confirmed or failed, and undone after confirmed. One that failed is
planned again only by asking for it. An effect that stands at `sent` after a crash may have been carried out: read it
back by its key before sending it again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from core.errors import RecordConflict
from memory.database import Database
from memory.tables import SyncLogRow

KEY_LENGTH = 40
"""Hex digits of a key: 160 bits, and short enough for every property and metadata field it is put into."""


class EffectStatus(StrEnum):
    """How far an effect is."""

    PLANNED = "planned"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNDONE = "undone"


class Effect(Frozen):
    """One write to the outside. `before` and `after` are the values of `field`; `payload` is what is sent.

    `approval_id` is the approval that allowed it, `undoes` the key of the effect that it takes back, and `asked_by`
    the person who asked for it; all three are None for what Sophia does by itself.
    """

    key: str
    call_id: str
    agent: str
    service: Literal["hubspot", "slack"]
    action: Literal["create", "update", "archive", "post"]
    object_type: str
    object_id: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    payload: dict[str, Any] = {}
    status: EffectStatus = EffectStatus.PLANNED
    remote_id: str | None = None
    reason: str | None = None
    approval_id: str | None = None
    undoes: str | None = None
    asked_by: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


def effect_key(*parts: str) -> str:
    """The deterministic key of an effect: equal parts give an equal key, and no other parts do.

    Each part is preceded by its length, so ("ab", "c") and ("a", "bc") differ. 40 hex digits of SHA-256.
    """
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:KEY_LENGTH]


FORWARDS: Mapping[EffectStatus, frozenset[EffectStatus]] = {
    EffectStatus.PLANNED: frozenset({EffectStatus.FAILED}),
    EffectStatus.SENT: frozenset({EffectStatus.PLANNED, EffectStatus.SENT}),
    EffectStatus.CONFIRMED: frozenset({EffectStatus.PLANNED, EffectStatus.SENT, EffectStatus.CONFIRMED}),
    EffectStatus.FAILED: frozenset({EffectStatus.PLANNED, EffectStatus.SENT, EffectStatus.FAILED}),
    EffectStatus.UNDONE: frozenset({EffectStatus.CONFIRMED, EffectStatus.UNDONE}),
}
"""For each status, from which one it may be reached. Saying the same thing twice changes nothing."""


class Ledger:
    """Plans effects and follows them. A step that is not forwards raises RecordConflict and changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(self, effects: Sequence[Effect]) -> list[Effect]:
        """Enters what is new, in one transaction, and returns every row as it stands, in the order given.

        A key that is there already keeps its row, status and remote id, whatever the effect says now.
        """
        if not effects:
            return []
        now = self._clock.now()
        rows = [_new_row(effect, now) for effect in effects]
        keys = [effect.key for effect in effects]

        def work(session: Session) -> dict[str, Effect]:
            session.execute(self._database.insert(SyncLogRow).on_conflict_do_nothing(), rows)
            return _by_key(session, keys)

        standing = await self._database.write(work)
        return [standing[key] for key in keys]

    async def mark_sent(self, keys: Sequence[str]) -> None:
        """Says that these are about to go out; from now on they may have been carried out."""
        await self._move(dict.fromkeys(keys), EffectStatus.SENT)

    async def confirm(self, key: str, remote_id: str | None = None) -> None:
        """Says that it is done, and under which id the other side holds it."""
        await self.confirm_many({key: remote_id})

    async def confirm_many(self, remote_ids: Mapping[str, str | None]) -> None:
        """Confirms several, key -> remote id, in one transaction. A second, different remote id is a conflict."""
        await self._move(remote_ids, EffectStatus.CONFIRMED)

    async def fail(self, key: str, reason: str) -> None:
        """Says that it will not happen, and why, in words for a person."""
        await self._move({key: None}, EffectStatus.FAILED, reason)

    async def replan(self, keys: Sequence[str]) -> None:
        """Plans again what failed."""
        await self._move(dict.fromkeys(keys), EffectStatus.PLANNED)

    async def undo(self, key: str, reason: str) -> None:
        """Says that a confirmed effect was taken back on the other side."""
        await self._move({key: None}, EffectStatus.UNDONE, reason)

    async def of_call(self, call_id: str) -> list[Effect]:
        """The effects of a call in the order they were planned."""
        return await self._where(col(SyncLogRow.call_id) == call_id)

    async def of_records(self, object_type: str, object_ids: Sequence[str]) -> list[Effect]:
        """The effects on these records, whichever call they are of, in the order they were planned."""
        return await self._where(
            and_(col(SyncLogRow.object_type) == object_type, col(SyncLogRow.object_id).in_(set(object_ids)))
        )

    async def all(self) -> list[Effect]:
        """Every effect in the order they were planned."""
        return await self._where(true())

    async def counts(self) -> dict[EffectStatus, int]:
        """How many effects stand in each status; a status without any is 0."""
        statement = select(col(SyncLogRow.status), func.count()).group_by(col(SyncLogRow.status))
        found = await self._database.read(lambda session: dict(session.execute(statement).all()))
        return {status: found.get(status.value, 0) for status in EffectStatus}

    async def _move(self, remote_ids: Mapping[str, str | None], to: EffectStatus, reason: str | None = None) -> None:
        def work(session: Session) -> None:
            for key, remote_id in remote_ids.items():
                self._step(session, key, remote_id, to, reason)

        await self._database.write(work)

    def _step(self, session: Session, key: str, remote_id: str | None, to: EffectStatus, reason: str | None) -> None:
        values = {"status": to.value, "reason": reason, "updated_at": self._clock.now()}
        statement = update(SyncLogRow).where(
            col(SyncLogRow.key) == key, col(SyncLogRow.status).in_([status.value for status in FORWARDS[to]])
        )
        if remote_id is not None:
            held = col(SyncLogRow.remote_id)
            statement = statement.where(or_(held.is_(None), held == remote_id))
            values["remote_id"] = remote_id
        if session.scalar(statement.values(**values).returning(col(SyncLogRow.id))) is None:
            raise _conflict(_by_key(session, [key]).get(key), key, remote_id, to)

    async def _where(self, condition: ColumnElement[bool]) -> list[Effect]:
        statement = select(SyncLogRow).where(condition).order_by(col(SyncLogRow.id))
        return await self._database.read(lambda session: [_effect(row) for row in session.scalars(statement)])


def _by_key(session: Session, keys: Sequence[str]) -> dict[str, Effect]:
    rows = session.scalars(select(SyncLogRow).where(col(SyncLogRow.key).in_(set(keys))))
    return {row.key: _effect(row) for row in rows}


def _conflict(standing: Effect | None, key: str, remote_id: str | None, to: EffectStatus) -> RecordConflict:
    if standing is None:
        return RecordConflict(f"effect {key} was never planned", next_step="Plan an effect before it is sent.")
    held = "" if standing.remote_id is None else f" as {standing.remote_id}"
    wanted = "" if remote_id is None else f" as {remote_id}"
    return RecordConflict(
        f"effect {key} is {standing.status}{held} and cannot become {to}{wanted}",
        next_step="Read the effect's row again: somebody else has been at work on it.",
    )


def _new_row(effect: Effect, now: datetime) -> dict[str, Any]:
    values = effect.model_dump(mode="json", exclude={"created_at", "updated_at"})
    return {**values, "created_at": now, "updated_at": now}


def _effect(row: SyncLogRow) -> Effect:
    return Effect.model_validate(row.model_dump(exclude={"id"}))
