"""Sets properties, each once, and only over a value that is still the one it was decided on.

HubSpot cannot be told "only if it is still so". So the last look at a record and the write happen in one turn, and the
look is taken anew wherever the record may have changed since it was read: that was long ago, another call has been at
it, or our own write may have gone out before a crash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.calls import Call
from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus
from nodes.context import Context
from nodes.crm_sync.effects import change_effect
from nodes.crm_sync.fields import PROPERTIES_OF
from nodes.crm_sync.gone import Reference, gone
from nodes.crm_sync.last_call import is_later, tells_of_later_call
from nodes.crm_sync.moments import same_value
from nodes.crm_sync.policy import approval_of
from nodes.state import Change, Resolution
from tools.hubspot.port import CrmGateway, ObjectType, Record
from tools.hubspot.properties import DEFINITIONS

FRESH = timedelta(minutes=1)
"""How old a look at a record may be when it is written over: a run takes seconds, an interrupted one hours."""

Verdict = Literal["send", "done", "outdated", "gone", "changed"]
OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})
WRITTEN = frozenset({EffectStatus.SENT, EffectStatus.CONFIRMED})


@dataclass(frozen=True)
class Update:
    """The changes that a call wants of records of one type, and the look at them it was decided on."""

    context: Context
    call: Call
    type: ObjectType
    changes: tuple[Change, ...]
    resolution: Resolution

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(change.object_id for change in self.changes if change.object_id))


@dataclass(frozen=True)
class Look:
    """How things stand: the records, what other calls wrote to them, and which of them a later call wrote to."""

    records: Mapping[str, Record]
    others: Sequence[Effect]
    outdated: frozenset[str | None]


async def update_once(update: Update) -> frozenset[Reference]:
    """Carries out what is still to be done, in one request; returns records that turned out to be deleted."""
    ledger = update.context.records.ledger
    async with update.context.turns.hold(f"{update.type}/{id}" for id in update.ids):
        rows = {row.key: row for row in await ledger.of_call(update.call.id)}
        todo = [change for change in update.changes if change.key not in rows or rows[change.key].status in OPEN]
        if not todo:
            return frozenset()
        look = await _look(update, [rows[change.key] for change in todo if change.key in rows])
        judged = [(_judge(change, rows.get(change.key), look), change) for change in todo]
        await _settle(update, judged, look, rows)
        missing = frozenset((update.type, change.object_id or "") for verdict, change in judged if verdict == "gone")
        to_send = [_on_top_of(change, look) for verdict, change in judged if verdict == "send"]
        if to_send:
            missing |= await _send(update, to_send)
            await _give_way(update, to_send, look)
        return missing


async def _look(update: Update, rows: Sequence[Effect]) -> Look:
    context, known = update.context, {record.id: record for record in update.resolution.records}
    others = await _of_other_calls(update)
    read_at = update.resolution.read_at
    stale = (
        context.clock.now() - read_at > FRESH
        or any(row.status is EffectStatus.SENT for row in rows)
        or any(row.updated_at is None or row.updated_at >= read_at for row in others)
    )
    records = await context.crm.read(update.type, update.ids, PROPERTIES_OF[update.type]) if stale else known
    calls = await context.records.calls.all([row.call_id for row in others])
    later = {stored.call.id for stored in calls if is_later(stored.call, update.call)}
    outdated = {row.object_id for row in others if row.call_id in later}
    outdated |= {record.id for record in records.values() if tells_of_later_call(record, update.call)}
    return Look({id: record for id, record in records.items() if not record.archived}, others, frozenset(outdated))


async def _of_other_calls(update: Update) -> list[Effect]:
    written = await update.context.records.ledger.of_records(update.type, update.ids)
    return [row for row in written if row.call_id != update.call.id and row.status in WRITTEN]


async def _give_way(update: Update, sent: Sequence[Change], look: Look) -> None:
    """Puts back what a later call wrote in another process while ours was under way: turns are of one process."""
    known, fields = {row.key for row in look.others}, {(change.object_id, change.field) for change in sent}
    rows = [row for row in await _of_other_calls(update) if row.key not in known]
    values: dict[str, dict[str, str]] = {}
    for stored in await update.context.records.calls.all([row.call_id for row in rows]):  # by start: the last stands
        for row in rows if is_later(stored.call, update.call) else ():
            if row.call_id == stored.call.id and (row.object_id, row.field) in fields:
                values.setdefault(row.object_id or "", {})[row.field or ""] = row.after or ""
    if values:  # what is refused now was deleted meanwhile, and has nothing to put right
        await _write(update.context.crm, update.type, values)


def _judge(change: Change, row: Effect | None, look: Look) -> Verdict:
    """What to do about a change, as things stand now."""
    record = look.records.get(change.object_id or "")
    if record is None:
        return "gone"
    value = record.get(change.field or "")
    if row is not None and row.status is EffectStatus.SENT and same_value(value, change.after):
        return "done"  # it went out before a crash
    if change.object_id in look.outdated:
        return "outdated"
    expected = (change.before, row.before if row else change.before)
    if any(same_value(value, before) for before in expected) or _ours(change, value, look):
        return "send"
    return "done" if same_value(value, change.after) else "changed"


def _ours(change: Change, value: str | None, look: Look) -> bool:
    """Whether the value that stands there was written by Sophia for an earlier call."""
    return any(
        (row.object_id, row.field) == (change.object_id, change.field) and same_value(row.after, value)
        for row in look.others
    )


def _on_top_of(change: Change, look: Look) -> Change:
    """The change with the value it really replaces."""
    return change.model_copy(update={"before": look.records[change.object_id or ""].get(change.field or "")})


async def _settle(
    update: Update, judged: Sequence[tuple[Verdict, Change]], look: Look, rows: Mapping[str, Effect]
) -> None:
    """Enters what will not be sent, and why. What a later call has overtaken was never worth a row of its own."""
    records = update.context.records
    for verdict, change in judged:
        if verdict == "send" or (verdict == "outdated" and change.key not in rows):
            continue
        await records.ledger.plan([change_effect(update.call.id, change)])
        if verdict == "done":
            await records.ledger.confirm(change.key, change.object_id)
        elif verdict == "changed":
            reason = "somebody else changed it since it was read"
            await records.approvals.request([approval_of(update.call.id, _on_top_of(change, look), reason)])
            await records.ledger.fail(change.key, f"{reason}: now a question to a person")
        else:
            reason = "it was deleted meanwhile" if verdict == "gone" else "a later call has been written already"
            await records.ledger.fail(change.key, reason)


async def _send(update: Update, changes: Sequence[Change]) -> frozenset[Reference]:
    ledger, crm = update.context.records.ledger, update.context.crm
    await ledger.plan([change_effect(update.call.id, change) for change in changes])
    await ledger.mark_sent([change.key for change in changes])
    refused = await _write(crm, update.type, _values(changes))
    if refused:
        # The properties may be missing; or somebody has made them since, so what was refused may be taken now.
        await crm.ensure_properties(update.type, DEFINITIONS.get(update.type, ()))
        again = [change for change in changes if change.object_id in refused]
        refused = await _write(crm, update.type, _values(again))
    missing = await gone(crm, ((update.type, id) for id in refused)) if refused else frozenset()
    await ledger.confirm_many({change.key: change.object_id for change in changes if change.object_id not in refused})
    for change in changes:
        if (id := change.object_id or "") in refused:
            await ledger.fail(change.key, "it was deleted meanwhile" if (update.type, id) in missing else refused[id])
    return missing


def _values(changes: Sequence[Change]) -> dict[str, dict[str, str]]:
    values: dict[str, dict[str, str]] = {}
    for change in changes:
        values.setdefault(change.object_id or "", {})[change.field or ""] = change.after
    return values


async def _write(crm: CrmGateway, type: ObjectType, values: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Sends the values; returns id -> reason of the records that were refused."""
    try:
        answers = await crm.update(type, values)
    except (Rejected, NotFound) as error:
        return dict.fromkeys(values, str(error))
    return {id: reason for id in values if (reason := answers.get(id, "HubSpot did not say that it was done"))}
