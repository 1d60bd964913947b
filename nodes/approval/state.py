"""What the approval workflow carries from step to step. The request itself lives in `Context.records.approvals`."""

from typing import Required, TypedDict

from core.errors import RecordConflict
from memory.approvals import Answer, Approval
from nodes.context import Context


class ApprovalState(TypedDict, total=False):
    """The channels of the workflow.

    `answer` is the one that the interrupt gave back, `value` what it allows as HubSpot is to hold it, `record_id` the
    record that it is written to (another one than was asked about where the two were merged), and `outcome` how it
    ended, in words.
    """

    approval_id: Required[str]
    answer: Answer
    value: str
    record_id: str
    outcome: str


CHECKPOINTED: tuple[type, ...] = (Answer,)
"""Every type of ours that a checkpoint of this workflow may give back."""


async def request_of(context: Context, approval_id: str) -> Approval:
    """The request as it is stored; raises RecordConflict when there is none."""
    approval = await context.records.approvals.get(approval_id)
    if approval is None:
        raise RecordConflict(f"there is no approval {approval_id}", next_step="`sophia approvals` lists what waits.")
    return approval
