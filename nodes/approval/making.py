"""Makes a note or task that a person allowed to be made, once."""

from memory.approvals import Answer, Approval
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.context import Context
from nodes.crm_sync.creating import create_once
from tools.hubspot.port import ObjectType

TITLE = "hs_task_subject"


async def make_once(context: Context, approval: Approval, answer: Answer) -> str:
    """Makes the record and says how that ended."""
    type: ObjectType = approval.object_type  # type: ignore[assignment]
    effect = _effect(approval, answer, await _key(context, approval, answer))
    await create_once(context, type, [effect])
    row = await context.records.ledger.get(effect.key)
    if row is None or row.status is EffectStatus.FAILED:
        return f"not made: {row.reason if row else 'it was not planned'}"
    return "made" if row.approval_id == approval.id else "it was made already"


async def _key(context: Context, approval: Approval, answer: Answer) -> str:
    """The key that the record would have had without asking, so that no change of the rules makes two of it.

    Where it failed under that key before anybody was asked, the approved one has a key of its own.
    """
    row = await context.records.ledger.get(approval.id)
    failed_before = row is not None and row.status is EffectStatus.FAILED and row.approval_id != approval.id
    return effect_key(approval.id, "approved", str(answer.round)) if failed_before else approval.id


def _effect(approval: Approval, answer: Answer, key: str) -> Effect:
    payload = approval.payload
    if answer.value is not None:
        payload = {**payload, "properties": {**payload["properties"], TITLE: answer.value}}
    return Effect(
        key=key,
        call_id=approval.call_id,
        agent=approval.agent,
        service="hubspot",
        action="create",
        object_type=approval.object_type,
        after=answer.value or approval.proposed,
        payload=payload,
        approval_id=approval.id,
        asked_by=answer.by,
    )
