"""The ask step: waits at an interrupt until somebody has answered."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from memory.approvals import Answer, Approval
from nodes.approval.state import ApprovalState, request_of
from nodes.context import Context

SHOWN = frozenset(
    {
        *("id", "number", "call_id", "action", "object_type", "object_id", "object_name", "field", "label"),
        *("current", "current_label", "proposed", "proposed_label", "quote", "reason", "round", "payload_hash"),
    }
)
"""What whoever looks at the interrupt is shown of a request."""


async def ask(state: ApprovalState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Puts the request to people and waits for the answer that is stored; does nothing else."""
    approval = await request_of(runtime.context, state["approval_id"])
    return {"answer": interrupt(asked(approval), response_schema=Answer)}


def asked(approval: Approval) -> dict[str, Any]:
    """What is asked, as plain data."""
    return approval.model_dump(mode="json", include=set(SHOWN))
