"""The last step: puts the call into memory, and says in the database how far Sophia is with it.

From here on it needs no checkpoint. The status comes last: after a crash before it, all is kept once more, and changed
nowhere. What was planned again in a step that is behind the call is carried out first.
"""

from typing import Any

from langgraph.runtime import Runtime

from memory.cache.tags import call_tag
from memory.calls import CallStatus
from nodes.context import Context
from nodes.planned_again import carry_out_planned
from nodes.remembering import keep_in_memory
from nodes.state import CallOutcome, CallState


async def remember(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Stores the call's records as they turned out, and its state with the reason for whatever is out of the common."""
    await carry_out_planned(runtime.context, state["call_id"])
    calls, resolution = runtime.context.records.calls, state.get("resolution")
    await keep_in_memory(runtime.context, state["call_id"], resolution)
    outcome = CallOutcome(status=CallStatus.ANALYSED, reason=state.get("silence"))
    if resolution is not None:
        await calls.save_resolution(state["call_id"], resolution.model_dump(mode="json"))
        remarks = "; ".join(resolution.remarks) or None
        outcome = CallOutcome(status=CallStatus.ANALYSED, reason=remarks)
        if resolution.question:
            outcome = CallOutcome(status=CallStatus.UNRESOLVED, reason=resolution.question)
    await calls.set_status(state["call_id"], outcome.status, outcome.reason)
    await runtime.context.changed([call_tag(state["call_id"])])
    return {"outcome": outcome}
