"""The close step: says on the request how it ended. From here on it needs no checkpoint."""

from typing import Any

from langgraph.runtime import Runtime

from nodes.approval.state import ApprovalState
from nodes.context import Context


async def close(state: ApprovalState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Stores the outcome; said twice, it changes nothing."""
    await runtime.context.records.approvals.close(state["approval_id"], state["outcome"])
    return {}
