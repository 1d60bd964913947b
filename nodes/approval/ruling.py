"""Whether the owner's rules still let through what a person allowed: they may have been edited since it was asked."""

from memory.approvals import Approval
from memory.ledger import is_of_chat
from nodes.approval.naming import label_of
from nodes.context import Context
from nodes.crm_sync.fields import DEAL_PROPERTIES
from nodes.policy.intent import Intent, with_standing
from nodes.policy.offered import STAGE
from nodes.state import Resolution
from tools.hubspot.port import ObjectType, Record


async def denied(context: Context, approval: Approval, value: str, record: Record | None) -> str | None:
    """Why the rules deny this by now; None when they do not. `record` is the one to be written, as it is now."""
    type: ObjectType = approval.object_type  # type: ignore[assignment]
    to_stage = await label_of(context.crm, type, approval.field, value) if approval.field == STAGE else None
    intent = Intent(
        action="create" if approval.action == "create" else "update",
        object_type=type,
        field=approval.field or None,
        agent=approval.agent,
        value=value,
        confidence=approval.confidence,
        to_stage_label=to_stage,
        asked_by=approval.requester if "@" in approval.requester else None,
    )
    deal = record if type == "deals" else await _deal_of(context, approval)
    verdict = context.policy.decide(await with_standing(context.crm, intent, deal))
    return f"not written: {verdict.reason}" if verdict.decision == "deny" else None


async def _deal_of(context: Context, approval: Approval) -> Record | None:
    """The deal of the call; of what was asked for in a conversation, the one that is to be made belongs to."""
    if is_of_chat(approval.call_id):
        return await _associated_deal(context, approval)
    stored = await context.records.calls.get(approval.call_id)
    known = stored.resolution if stored else None
    return Resolution.model_validate(known).deal if known else None


async def _associated_deal(context: Context, approval: Approval) -> Record | None:
    ids = [id for type, id in approval.payload.get("associations", ()) if type == "deals"]
    found = await context.crm.read("deals", ids[:1], DEAL_PROPERTIES) if ids else {}
    return next((deal for deal in found.values() if not deal.archived), None)
