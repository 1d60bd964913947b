"""What there is to tell about a call, gathered from the records: the message is made of this and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis import CallAnalysis
from core.calls import Call
from memory.approvals import Approval, ApprovalStatus
from memory.ledger import Effect, EffectStatus
from nodes.approval.choosing import QUESTION_FIELD
from nodes.context import Context
from nodes.state import Resolution
from nodes.stored import analysed
from tools.hubspot.port import Account


@dataclass(frozen=True)
class Story:
    """A call, what was found, which records it is about, what was done, what failed, and what waits for a person."""

    call: Call
    analysis: CallAnalysis
    resolution: Resolution
    account: Account
    done: Sequence[Effect]
    failed: Sequence[Effect]
    waiting: Sequence[Approval]
    asked: Approval | None = None
    """The question which deal it is, while it waits for an answer."""


async def story_of(context: Context, call_id: str, resolution: Resolution) -> Story:
    """The story as the records tell it now."""
    call, analysis = await analysed(context, call_id)
    effects = [row for row in await context.records.ledger.of_call(call_id) if row.service == "hubspot"]
    approvals = await context.records.approvals.of_call(call_id)
    waiting = [approval for approval in approvals if approval.status is ApprovalStatus.WAITING]
    return Story(
        call=call,
        analysis=analysis,
        resolution=resolution,
        account=await context.crm.account(),
        done=[row for row in effects if row.status is EffectStatus.CONFIRMED],
        failed=[row for row in effects if row.status is EffectStatus.FAILED],
        waiting=[approval for approval in waiting if approval.field != QUESTION_FIELD],
        asked=next((approval for approval in waiting if approval.field == QUESTION_FIELD), None),
    )
