"""The resolve step: which deal, company and contacts a call is about, each confirmed by reading it in HubSpot.

Gong's CRM context comes first; where it names no deal, the customers' addresses lead to contacts, their company and
its open deals. Where that leaves more than one answer, or none, a person is asked: nothing is guessed. What a person
has answered takes the place of the search.
"""

from typing import Any

from langgraph.runtime import Runtime

from core.calls import Call
from memory.approvals import Approval, ApprovalStatus
from nodes.approval.choosing import question_id, reference_of
from nodes.approval.requesting import request_to_choose
from nodes.context import Context
from nodes.crm_sync.search import find_records, records_with
from nodes.state import CallState, Resolution
from nodes.stored import call_of
from tools.hubspot.port import ObjectType

BY_ITSELF = "the records of the call were found without it"


async def resolve(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Finds the call's records, stores which they are, and asks a person where it cannot know."""
    context = runtime.context
    call, approvals = await call_of(context, state["call_id"]), context.records.approvals
    asked = await approvals.get(question_id(call.id))
    resolution = await _resolution(context, call, asked)
    await context.records.calls.save_resolution(call.id, resolution.model_dump(mode="json"))
    if resolution.question:
        await approvals.request(
            [request_to_choose(call, resolution, context.policy.file.approvals, context.clock.now())]
        )
    elif asked is not None and asked.status is ApprovalStatus.WAITING:
        await approvals.withdraw(asked.id, BY_ITSELF)
    return {"resolution": resolution}


async def _resolution(context: Context, call: Call, asked: Approval | None) -> Resolution:
    """What a person answered, else what is found."""
    chosen = _chosen(asked)
    if chosen is not None:
        named = await records_with(call, context.crm, context.clock.now(), *chosen)
        if named is not None:
            return named
    found = await find_records(call, context.crm, context.clock.now())
    if chosen is not None:
        return _remarked(found, f"{'/'.join(chosen)}, which a person named, is not in HubSpot any more")
    if asked is not None and asked.status is ApprovalStatus.REJECTED and found.question:
        reason = asked.answer.reason if asked.answer else None
        settled = found.model_copy(update={"question": None, "candidates": ()})
        return _remarked(settled, f"a person said that it is about no deal: {reason}")
    return found


def _chosen(asked: Approval | None) -> tuple[ObjectType, str] | None:
    if asked is None or asked.status is not ApprovalStatus.APPROVED or asked.answer is None:
        return None
    return reference_of(asked.answer.value or "")


def _remarked(found: Resolution, remark: str) -> Resolution:
    return found.model_copy(update={"remarks": (*found.remarks, remark)})
