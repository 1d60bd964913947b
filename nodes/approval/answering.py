"""Takes an answer: from whom, to what, and whether it can be one. What follows from it the approval workflow does."""

from typing import Literal

from core.errors import NotAllowed, NotUsable, RecordConflict
from core.people import Person
from memory.approvals import Answer, Approval, ApprovalStatus, Decision
from memory.inbox import Delivery
from nodes.approval.choosing import only_candidate, possibilities
from nodes.approval.values import checked_value
from nodes.context import Context

Door = Literal["cli", "http", "slack", "chat"]

REASON_LIMIT = 2000


class Lapsed(RecordConflict):
    """The time for an answer is over."""


def may_answer(person: Person, approval: Approval) -> bool:
    """Whether this person's word counts here: that of an admin, and of whoever is asked."""
    return person.admin or (person.email is not None and person.email.strip().lower() in approval.approvers)


async def answer_approval(
    context: Context,
    approval: Approval,
    person: Person,
    decision: Decision,
    *,
    value: str | None = None,
    reason: str | None = None,
    via: Door,
    payload_hash: str,
    thread: str | None = None,
) -> tuple[Approval, Delivery]:
    """Stores the answer with the delivery that has it carried out; `payload_hash` is of what the person was shown.

    `thread` is the conversation that it was given in, where it was given in one.

    Raises NotAllowed for whoever may not answer, Lapsed when it is too late, RecordConflict when it was answered or
    has changed since it was shown, and NotUsable for a value that cannot be written or a rejection without a reason.
    Unavailable where the value cannot be checked now; then nothing was answered.
    """
    if not may_answer(person, approval):
        raise NotAllowed(
            f"approval {approval.number} is not yours to answer",
            next_step="Ask one of those who may, or an admin; `sophia approvals show` names them.",
        )
    refuse_late(context, approval)
    checked = None
    if approval.status is ApprovalStatus.WAITING and approval.payload_hash == payload_hash:
        checked = await _value(context, approval, decision, value, reason)
    answer = Answer(
        decision=decision,
        value=checked,
        reason=(reason or "").strip() or None,
        by=person.email or person.name,
        via=via,
        at=context.clock.now(),
        round=approval.round,
        thread=thread,
    )
    return await context.records.approvals.answer(approval.id, payload_hash, answer)


def refuse_late(context: Context, approval: Approval) -> None:
    """Raises Lapsed when the time for an answer is over, whether or not that has been entered yet."""
    waits = approval.status is ApprovalStatus.WAITING
    overdue = waits and approval.expires_at is not None and approval.expires_at <= context.clock.now()
    if overdue or approval.status is ApprovalStatus.EXPIRED:
        raise Lapsed(
            f"approval {approval.number} has expired: nobody answered in time",
            next_step="Change it in HubSpot yourself if it is still wanted.",
        )


async def _value(
    context: Context, approval: Approval, decision: Decision, value: str | None, reason: str | None
) -> str | None:
    """The value to be written instead of the proposed one, as HubSpot is to hold it."""
    if decision == "expire":
        raise NotAllowed("only time makes a request expire")
    if decision == "reject":
        _check_rejection(approval, value, reason)
        return None
    if len(reason or "") > REASON_LIMIT:
        raise NotUsable(f"a reason has at most {REASON_LIMIT} characters")
    if value is None and approval.action == "choose":
        value = only_candidate(approval)
        if value is None:
            raise NotUsable(f"approval {approval.number} asks which one", next_step=possibilities(approval))
    return None if value is None else await checked_value(context.crm, approval, value)


def _check_rejection(approval: Approval, value: str | None, reason: str | None) -> None:
    if value is not None:
        raise NotUsable("a rejection has no value", next_step="Approve with the value, or reject without one.")
    if not (reason or "").strip():
        raise NotUsable(f"rejecting approval {approval.number} needs a reason", next_step="Say why in a few words.")
    if len(reason or "") > REASON_LIMIT:
        raise NotUsable(f"a reason has at most {REASON_LIMIT} characters")
