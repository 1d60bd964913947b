"""The ledger of effects (table crm_sync_log): every write to the outside is planned here before it is sent.

An effect goes forwards only: planned -> sent -> confirmed or failed, and undone after confirmed. What a service
refused may be planned again when a person asks for it; whatever else failed stays so. An effect that stands at `sent`
after a crash may have been carried out: read it back by its key before sending it again.

Taking an effect back is an effect of its own, which names the first one in `undoes`; the one is confirmed and the other
undone in the same transaction.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

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


SHORTEST_PREFIX = 6
"""Hex digits by which a person may name a key: among 10,000 effects, one prefix in 1,600 has two."""

CHAT: Final = "chat:"
"""How the `call_id` of what a person asked for in a conversation begins: the turn's id follows, there is no call."""

REFUSED = "refused: "
"""How the reason of an effect begins that a service refused: the one cause of failure that may be mended."""


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
    the person who asked for it; all three are None for what Sophia does by itself. `call_id` is the call that it is
    done for, or the turn of a conversation (see CHAT).
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


def is_of_chat(call_id: str) -> bool:
    """Whether this names a turn of a conversation rather than a call."""
    return call_id.startswith(CHAT)


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

    async def refuse(self, key: str, reason: str) -> None:
        """Says that a service refused it, in the service's words: the one failure that may be mended there."""
        await self.fail(key, f"{REFUSED}{reason}")

    async def replan(self, call_id: str) -> list[str]:
        """Plans again what a service refused of this call, in one transaction; returns the keys.

        What the policy denied, a later call has overtaken or became a question is decided, and stays as it is; what a
        person allowed or ordered is that person's to ask for again.
        """

        def work(session: Session) -> list[str]:
            refused = and_(col(SyncLogRow.call_id) == call_id, col(SyncLogRow.reason).startswith(REFUSED))
            own = and_(col(SyncLogRow.undoes).is_(None), col(SyncLogRow.approval_id).is_(None))
            failed = and_(col(SyncLogRow.status) == EffectStatus.FAILED.value, refused, own)
            keys = list(session.scalars(select(col(SyncLogRow.key)).where(failed).order_by(col(SyncLogRow.id))))
            for key in keys:
                self._step(session, key, None, EffectStatus.PLANNED, None)
            return keys

        return await self._database.write(work)

    async def take_back(self, undos: Mapping[str, str]) -> None:
        """Confirms these effects, key -> what was done, and says of those they undo that they are undone.

        All in one transaction.
        """

        def work(session: Session) -> None:
            for key, undo in _by_key(session, list(undos)).items():
                self._step(session, key, undo.object_id, EffectStatus.CONFIRMED, undos[key])
                self._step(session, undo.undoes or "", None, EffectStatus.UNDONE, f"taken back by {undo.asked_by}")

        await self._database.write(work)

    async def get(self, key: str) -> Effect | None:
        """The effect with this key, None when it was never planned."""
        return next(iter(await self.of_keys([key])), None)

    async def of_keys(self, keys: Sequence[str]) -> list[Effect]:
        """The effects with these keys, in the order given; without what was never planned."""
        found = {effect.key: effect for effect in await self._where(col(SyncLogRow.key).in_(set(keys)))}
        return [found[key] for key in keys if key in found]

    async def matching(self, prefix: str) -> list[Effect]:
        """The effects whose key begins so; none when the prefix is too short to name one."""
        if len(prefix) < SHORTEST_PREFIX:
            return []
        return await self._where(col(SyncLogRow.key).startswith(prefix.lower(), autoescape=True))

    async def undoing(self, keys: Iterable[str]) -> list[Effect]:
        """The effects that take these back, tried or done, in the order they were planned."""
        return await self._where(col(SyncLogRow.undoes).in_(set(keys)))

    async def unsettled(self, older_than: timedelta) -> list[Effect]:
        """What was planned or sent so long ago and has not been heard of since, in the order it was planned."""
        open_status = col(SyncLogRow.status).in_([EffectStatus.PLANNED.value, EffectStatus.SENT.value])
        return await self._where(and_(open_status, col(SyncLogRow.updated_at) <= self._clock.now() - older_than))

    async def of_call(self, call_id: str) -> list[Effect]:
        """The effects of a call in the order they were planned."""
        return await self._where(col(SyncLogRow.call_id) == call_id)

    async def of_records(self, object_type: str, object_ids: Sequence[str]) -> list[Effect]:
        """The effects on these records, whichever call they are of, in the order they were planned."""
        return await self._where(
            and_(col(SyncLogRow.object_type) == object_type, col(SyncLogRow.object_id).in_(set(object_ids)))
        )

    async def made(self, object_type: str, remote_ids: Sequence[str]) -> list[Effect]:
        """The effects that made these records, in the order they were planned."""
        creates = and_(col(SyncLogRow.object_type) == object_type, col(SyncLogRow.action) == "create")
        return await self._where(and_(creates, col(SyncLogRow.remote_id).in_(set(remote_ids))))

    async def asked_for(self, person: str, count: int) -> list[Effect]:
        """The last so many effects that this person asked for or allowed, in the order they were planned."""
        mine = and_(col(SyncLogRow.asked_by) == person, col(SyncLogRow.undoes).is_(None))
        statement = select(SyncLogRow).where(mine).order_by(col(SyncLogRow.id).desc()).limit(count)
        rows = await self._database.read(lambda session: [_effect(row) for row in session.scalars(statement)])
        return rows[::-1]

    async def all(self) -> list[Effect]:
        """Every effect in the order they were planned."""
        return await self._where(true())

    async def latest(self, count: int) -> list[Effect]:
        """The last so many effects, in the order they were planned."""
        statement = select(SyncLogRow).order_by(col(SyncLogRow.id).desc()).limit(count)
        rows = await self._database.read(lambda session: [_effect(row) for row in session.scalars(statement)])
        return rows[::-1]

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
