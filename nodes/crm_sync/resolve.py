"""The resolve step: which deal, company and contacts a call is about, each confirmed by reading it in HubSpot.

Gong's CRM context comes first; where it names no deal, the customers' addresses lead to contacts, their company and
its open deals. Where that leaves more than one answer, or none, a person is asked: nothing is guessed.
"""

from typing import Any

from langgraph.runtime import Runtime

from core.calls import Call
from memory.approvals import Approval
from memory.ledger import effect_key
from nodes.context import Context
from nodes.crm_sync.search import find_records
from nodes.showing import call_name
from nodes.state import CallState, Resolution
from nodes.stored import call_of

QUESTION_FIELD = "which record"
"""The field of an approval that asks which record a call is about, rather than for leave to change one."""


async def resolve(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Finds the call's records, stores which they are, and asks a person where it cannot know."""
    context = runtime.context
    call = await call_of(context, state["call_id"])
    resolution = await find_records(call, context.crm, context.clock.now())
    await context.records.calls.save_resolution(call.id, resolution.model_dump(mode="json"))
    if resolution.question:
        await context.records.approvals.request([question_row(call, resolution)])
    return {"resolution": resolution}


def question_row(call: Call, resolution: Resolution) -> Approval:
    """The question as it waits for an answer: once per call, with what there is to choose from."""
    choices = resolution.candidates
    return Approval(
        id=effect_key(call.id, QUESTION_FIELD),
        call_id=call.id,
        object_type="calls",
        object_id=call.id,
        field=QUESTION_FIELD,
        label=f"Which deal is “{call_name(call)}” about?",
        proposed=",".join(f"{choice.type}/{choice.id}" for choice in choices),
        proposed_label=" or ".join(choice.name for choice in choices) or None,
        quote="",
        evidence=(),
        reason=resolution.question or "",
    )
