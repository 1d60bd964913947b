"""Sets a property that a person allowed to be set, once, and only over the value that the person was shown.

The last look and the write happen in one turn at the record. What may have been sent before a crash is read back.
"""

from core.errors import NotFound, Rejected
from memory.approvals import Answer, Approval
from memory.ledger import Effect, EffectStatus
from nodes.approval.looking import Look, look_at, write_key
from nodes.approval.naming import named
from nodes.context import Context
from nodes.crm_sync.fields import OWN_PROPERTIES
from nodes.turns import Turn
from tools.hubspot.port import CrmGateway, ObjectType
from tools.hubspot.properties import DEFINITIONS


async def write_once(context: Context, approval: Approval, answer: Answer, wanted: str, record_id: str) -> str | None:
    """Writes the value and says how that ended; None when the record is not as it was checked any more."""
    records = {f"{approval.object_type}/{id}" for id in (approval.object_id, record_id)}
    async with context.turns.hold(records) as turn:
        look = await look_at(context, approval, answer)
        if look.record is not None and look.record.id != record_id:
            return None
        standing = look.standing(wanted)
        if standing == "send":
            await _send(context, _effect(look, answer, wanted, record_id), turn)
        elif standing == "done":
            await context.records.ledger.confirm(write_key(approval, answer.round), record_id)
        elif standing != "settled":
            return None
        row = await context.records.ledger.get(write_key(approval, answer.round))
    return None if row is None else await _told(context.crm, row)


async def _send(context: Context, effect: Effect, turn: Turn) -> None:
    ledger, crm = context.records.ledger, context.crm
    await ledger.plan([effect])
    await ledger.mark_sent([effect.key])
    await turn.keep()
    refused = await _write(crm, effect)
    type: ObjectType = effect.object_type  # type: ignore[assignment]
    if refused and effect.field in OWN_PROPERTIES.get(type, ()):  # it may be missing: Sophia makes it
        await crm.ensure_properties(type, DEFINITIONS[type])
        await turn.keep()
        refused = await _write(crm, effect)
    await (ledger.fail(effect.key, refused) if refused else ledger.confirm(effect.key, effect.object_id))


async def _write(crm: CrmGateway, effect: Effect) -> str | None:
    """Sends the value; returns why it was refused, None when it was taken."""
    type: ObjectType = effect.object_type  # type: ignore[assignment]
    id, field = effect.object_id or "", effect.field or ""
    try:
        answers = await crm.update(type, {id: {field: effect.after or ""}})
    except (Rejected, NotFound) as error:
        return str(error)
    return answers.get(id, "HubSpot did not say that it was done")


def _effect(look: Look, answer: Answer, wanted: str, record_id: str) -> Effect:
    approval = look.approval
    return Effect(
        key=write_key(approval, answer.round),
        call_id=approval.call_id,
        agent=approval.agent,
        service="hubspot",
        action="update",
        object_type=approval.object_type,
        object_id=record_id,
        field=approval.field,
        before=look.value,
        after=wanted,
        approval_id=approval.id,
        asked_by=answer.by,
    )


async def _told(crm: CrmGateway, row: Effect) -> str:
    if row.status is EffectStatus.FAILED:
        return f"not written: {row.reason}"
    type: ObjectType = row.object_type  # type: ignore[assignment]
    before, after = [await named(crm, type, row.field or "", value) for value in (row.before, row.after)]
    return f"written: {before} → {after}" + (" (undone since)" if row.status is EffectStatus.UNDONE else "")
