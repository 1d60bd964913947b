"""Carries out what was planned again: a service had refused it, a person has mended that and asked for another try.

The steps that planned it first are behind the call by then and do not look at it again. All that is needed stands in
the ledger's rows; the owner's rules and the records are looked at as they are now.
"""

from collections.abc import Sequence

from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus
from nodes.context import Context
from nodes.crm_sync.creating import create_once
from nodes.notification.posting import change_once, post_once
from nodes.policy.intent import Intent
from nodes.policy.rules import Action
from nodes.turns import Turn
from nodes.undo.sameness import same_property
from tools.hubspot.port import ObjectType, Record

OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})
CHANGED = "it was planned, but somebody has changed the record since"


async def carry_out_planned(context: Context, call_id: str) -> None:
    """Carries out the effects of a call that are open; usually there is none, and this costs one read.

    What a person allowed or ordered to be undone has a delivery of its own, and is left to that.
    """
    rows = [row for row in await context.records.ledger.of_call(call_id) if _is_open(row)]
    allowed = [row for row in rows if await _is_allowed(context, row)]
    for type in ("notes", "tasks"):
        if made := [row for row in allowed if (row.action, row.object_type) == ("create", type)]:
            await create_once(context, type, made)
    updates: dict[tuple[str, str], list[str]] = {}
    for row in allowed:
        if row.service == "slack":
            await (post_once(context, row) if row.action == "post" else change_once(context, row))
        elif row.action == "update":
            updates.setdefault((row.object_type, row.object_id or ""), []).append(row.key)
    for (object_type, id), keys in updates.items():
        await update_planned(context, object_type, id, keys)  # type: ignore[arg-type]


def _is_open(row: Effect) -> bool:
    return row.status in OPEN and row.approval_id is None and row.undoes is None


async def _is_allowed(context: Context, row: Effect) -> bool:
    """Whether the owner's rules still allow it, of a finding whose sureness nobody knows any more."""
    is_told, is_note = row.service == "slack", row.object_type == "notes"
    action: Action = "update" if row.action == "update" and not is_told and not is_note else "create"
    object_type, field = "messages" if is_told else row.object_type, None if is_note else row.field
    intent = Intent(action, object_type, field, agent=row.agent, value=row.after, asked_by=row.asked_by)
    verdict = context.policy.decide(intent)
    if verdict.decision != "allow":
        await context.records.ledger.fail(row.key, verdict.reason)
    return verdict.decision == "allow"


async def update_planned(context: Context, type: ObjectType, id: str, keys: Sequence[str]) -> None:
    """Writes to one record what was planned and still stands on the value that it was decided on, once.

    What may have been sent before a crash is read back. Unavailable leaves the rows as they are.
    """
    ledger = context.records.ledger
    async with context.turns.hold([f"{type}/{id}"]) as turn:
        rows = [row for row in await ledger.of_keys(keys) if row.status in OPEN]
        record = (await context.crm.read(type, [id], [row.field or "" for row in rows])).get(id)
        await turn.keep()
        to_send = [row for row in rows if await _stands(context, row, record)]
        if to_send:
            await _send(context, type, id, to_send, turn)


async def _stands(context: Context, row: Effect, record: Record | None) -> bool:
    """Whether the value is to be written; where not, the ledger says why."""
    ledger, value = context.records.ledger, record.get(row.field or "") if record else None
    if record is None or record.archived:
        await ledger.fail(row.key, "it was deleted meanwhile")
    elif same_property(row.field or "", row.after or "", value):
        await ledger.confirm(row.key, row.object_id)
    elif not same_property(row.field or "", row.before or "", value):
        await ledger.fail(row.key, CHANGED)
    else:
        return True
    return False


async def _send(context: Context, type: ObjectType, id: str, rows: Sequence[Effect], turn: Turn) -> None:
    ledger = context.records.ledger
    await ledger.mark_sent([row.key for row in rows])
    await turn.keep()
    try:
        answers = await context.crm.update(type, {id: {row.field or "": row.after or "" for row in rows}})
        refused = answers.get(id, "HubSpot did not say that it was done")
    except (Rejected, NotFound) as error:
        refused = str(error)
    if refused is None:
        await ledger.confirm_many({row.key: id for row in rows})
        return
    for row in rows:
        await ledger.refuse(row.key, refused)
