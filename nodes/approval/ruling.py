"""Whether the owner's rules still let through what a person allowed: they may have been edited since it was asked."""

from memory.approvals import Approval
from nodes.approval.naming import label_of
from nodes.context import Context
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
    )
    deal = record if type == "deals" else await _deal_of_call(context, approval.call_id)
    verdict = context.policy.decide(await with_standing(context.crm, intent, deal))
    return f"not written: {verdict.reason}" if verdict.decision == "deny" else None


async def _deal_of_call(context: Context, call_id: str) -> Record | None:
    stored = await context.records.calls.get(call_id)
    known = stored.resolution if stored else None
    return Resolution.model_validate(known).deal if known else None
