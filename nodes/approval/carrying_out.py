"""The carry-out step: does what was allowed, once, through the ledger."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from nodes.approval.choosing import settle_question
from nodes.approval.making import make_once
from nodes.approval.state import ApprovalState, request_of
from nodes.approval.writing import write_once
from nodes.context import Context


async def carry_out(state: ApprovalState, runtime: Runtime[Context]) -> Command[Literal["check", "close"]]:
    """Writes the property, makes the record, or has the call worked on again; goes back where things have changed."""
    context, answer = runtime.context, state["answer"]
    approval = await request_of(context, state["approval_id"])
    outcome: str | None = None
    if approval.answer == answer:
        if approval.action == "update":
            outcome = await write_once(context, approval, answer, state["value"], state["record_id"])
        elif approval.action == "create":
            outcome = await make_once(context, approval, answer)
        else:
            outcome = await settle_question(context, approval, answer)
    if outcome is None:
        return Command(goto="check")
    return Command(goto="close", update={"outcome": outcome})
