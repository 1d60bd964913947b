"""Sets properties, each once, and only over a value that is still the one it was decided on.

HubSpot cannot be told "only if it is still so". So every record is looked at once more right before it is written, and
look and write happen in one turn, which no other process of Sophia gets meanwhile. A person's change in the
milliseconds between the two cannot be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.calls import Call
from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus, is_of_chat
from nodes.context import Context
from nodes.crm_sync.effects import change_effect
from nodes.crm_sync.fields import PROPERTIES_OF
from nodes.crm_sync.gone import Reference, gone
from nodes.crm_sync.last_call import is_later, tells_of_later_call
from nodes.crm_sync.moments import same_value
from nodes.crm_sync.policy import approval_of, ask_once
from nodes.state import Change, Resolution
from nodes.turns import Turn
from tools.hubspot.port import CrmGateway, ObjectType, Record
from tools.hubspot.properties import DEFINITIONS

DELETED = "it was deleted meanwhile"
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
    """How things stand: the records, what Sophia wrote there for other calls, and where a later call has written."""

    records: Mapping[str, Record]
    others: Sequence[Effect]
    outdated: frozenset[str | None]


async def update_once(update: Update) -> frozenset[Reference]:
    """Carries out what is still to be done, in one request; returns records that turned out to be deleted."""
    ledger = update.context.records.ledger
    async with update.context.turns.hold(f"{update.type}/{id}" for id in update.ids) as turn:
        rows = {row.key: row for row in await ledger.of_call(update.call.id)}
        todo = [change for change in update.changes if change.key not in rows or rows[change.key].status in OPEN]
        if not todo:
            return frozenset()
        look = await _look(update)
        judged = [(_judge(change, rows.get(change.key), look), change) for change in todo]
        await turn.keep()
        await _settle(update, judged, look, rows)
        missing = frozenset((update.type, change.object_id or "") for verdict, change in judged if verdict == "gone")
        to_send = [_on_top_of(change, look) for verdict, change in judged if verdict == "send"]
        if to_send:
            missing |= await _send(update, to_send, turn)
        return missing


async def _look(update: Update) -> Look:
    context = update.context
    others = await _of_other_calls(update)
    records = await context.crm.read(update.type, update.ids, PROPERTIES_OF[update.type])
    calls = await context.records.calls.all([row.call_id for row in others])
    later = {stored.call.id for stored in calls if is_later(stored.call, update.call)}
    outdated = {row.object_id for row in others if row.call_id in later}
    outdated |= {record.id for record in records.values() if tells_of_later_call(record, update.call)}
    return Look({id: record for id, record in records.items() if not record.archived}, others, frozenset(outdated))


async def _of_other_calls(update: Update) -> list[Effect]:
    """What was written to the records for other calls. What somebody ordered in a conversation is a person's work."""
    written = await update.context.records.ledger.of_records(update.type, update.ids)
    calls = [row for row in written if row.call_id != update.call.id and not is_of_chat(row.call_id)]
    return [row for row in calls if row.undoes is None and row.status in WRITTEN]


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
        # Who finds its value there already has changed nothing, and has nothing to take back.
        planned = _on_top_of(change, look) if verdict == "done" else change
        await records.ledger.plan([change_effect(update.call.id, planned)])
        if verdict == "done":
            await records.ledger.confirm(change.key, change.object_id)
        elif verdict == "changed":
            reason = "somebody else changed it since it was read"
            asked = _on_top_of(change, look)
            request = await approval_of(update.context, update.call.id, update.resolution, asked, reason)
            await ask_once(records.approvals, [request])
            await records.ledger.fail(change.key, f"{reason}: now a question to a person")
        else:
            reason = DELETED if verdict == "gone" else "a later call has been written already"
            await records.ledger.fail(change.key, reason)


async def _send(update: Update, changes: Sequence[Change], turn: Turn) -> frozenset[Reference]:
    ledger, crm = update.context.records.ledger, update.context.crm
    await ledger.plan([change_effect(update.call.id, change) for change in changes])
    await ledger.mark_sent([change.key for change in changes])
    await turn.keep()
    refused = await _write(crm, update.type, _values(changes))
    if refused:
        # The properties may be missing; or somebody has made them since, so what was refused may be taken now.
        await crm.ensure_properties(update.type, DEFINITIONS.get(update.type, ()))
        again = [change for change in changes if change.object_id in refused]
        await turn.keep()
        refused = await _write(crm, update.type, _values(again))
    missing = await gone(crm, ((update.type, id) for id in refused)) if refused else frozenset()
    await ledger.confirm_many({change.key: change.object_id for change in changes if change.object_id not in refused})
    for change in changes:
        id = change.object_id or ""
        if (update.type, id) in missing:
            await ledger.fail(change.key, DELETED)
        elif id in refused:
            await ledger.refuse(change.key, refused[id])
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
