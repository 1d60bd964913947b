"""Answers a request for a person's word, as every door does: by its number, by who may, to what was shown.

The number, the decision and, where another value is allowed, that value come as changes of the action (NUMBER,
DECISION, VALUE); its words are the reason. A number that is none, and one that is not theirs to answer, read the same;
where others read along who may not see what it is about, nothing of it is told, and it is answered elsewhere.
"""

from typing import Final

from core.errors import NotAllowed, NotUsable, RecordConflict
from memory.approvals import KIND as APPROVAL
from memory.approvals import Approval, Decision
from memory.inbox import Delivery
from memory.ledger import EffectStatus
from nodes.acting.order import Order, thread_in
from nodes.acting.telling import OR_SAY, told, undo_of
from nodes.approval.answering import answer_approval
from nodes.approval.finding import find, reference_of, refuse_unseen
from nodes.approval.looking import write_key
from nodes.approval.seeing import NOT_HERE, may_answer_now, request_audiences
from nodes.attached import allows_all
from nodes.chat.shape import Done

NUMBER: Final = "number"
DECISION: Final = "decision"
VALUE: Final = "value"
DECISIONS: Final[dict[str, Decision]] = {"approve": "approve", "reject": "reject"}
KEPT: Final = "the answer is kept, and will be carried out"


async def answer(order: Order) -> Done:
    """Stores the answer, has it carried out at once where that can be, and says how it ended."""
    given = {change.field: change.value for change in order.action.changes}
    decision = DECISIONS.get(given.get(DECISION) or "")
    reference = (given.get(NUMBER) or "").strip() or await _only_one(order)
    if decision is None or not reference:
        raise NotUsable("it is not clear what is answered", next_step="Say “approve 12” or “reject 12 because …”.")
    approval = await _theirs(order, reference)
    if order.trial:
        refuse_unseen(approval, reference)
        return _told(order, approval, "done", f"{_about(approval)} would be {_done(decision)}")
    delivery = await _given_before(order, approval, decision)
    if delivery is None:
        refuse_unseen(approval, reference)
        delivery = await _give(order, approval, decision, given.get(VALUE))
    if order.context.carry_out is not None:
        await order.context.carry_out(delivery)
    return await _ended(order, approval, decision)


async def _only_one(order: Order) -> str | None:
    """The number of the one request that this conversation showed and that waits for the asker: "approve it"."""
    record = order.action.record
    shown = [
        one
        for one in await order.house.records.approvals.waiting()
        if thread_in(one.payload) == order.thread and await _is_theirs(order, one)
    ]
    meant = [one for one in shown if record is None or (one.object_type, one.object_id) == (record.type, record.id)]
    return str(meant[0].number) if len(meant) == 1 else None


async def _theirs(order: Order, reference: str) -> Approval:
    """The request of this number; raises NotAllowed alike for what is not there, not theirs, and not for the place."""
    approval = await _found(order, reference)
    if approval is not None and await _is_for_place(order, approval):
        return approval
    raise NotAllowed(NOT_HERE if order.is_overheard else f"there is no approval {reference} for you to answer")


async def _found(order: Order, reference: str) -> Approval | None:
    try:
        approval = await find(order.house.records, reference)
    except (NotUsable, RecordConflict):
        return None
    return approval if await _is_theirs(order, approval) else None


async def _is_theirs(order: Order, approval: Approval) -> bool:
    return await may_answer_now(order.house, order.house.crm, order.context.asker, approval)


async def _is_for_place(order: Order, approval: Approval) -> bool:
    """Whether all who read along may see what it is about: the answer to them tells of it."""
    if not order.is_overheard:
        return True
    return allows_all(order.context.scope, await request_audiences(order.house, order.house.crm, approval))


async def _given_before(order: Order, approval: Approval, decision: Decision) -> Delivery | None:
    """The delivery of this very answer, where they gave it before: the turn was run again, or they say it twice."""
    given = approval.answer
    if given is None or (given.decision, given.by) != (decision, order.asked_by):
        return None
    return await order.house.records.inbox.get(APPROVAL, f"{approval.id}:{approval.round}")


async def _give(order: Order, approval: Approval, decision: Decision, value: str | None) -> Delivery:
    _, delivery = await answer_approval(
        order.house,
        approval,
        order.person,
        decision,
        value=value,
        reason=order.action.words,
        via="chat",
        payload_hash=approval.payload_hash,
        thread=order.thread,
    )
    return delivery


async def _ended(order: Order, approval: Approval, decision: Decision) -> Done:
    """What came of it by now."""
    now = await order.house.records.approvals.get(approval.id) or approval
    if now.closed_at is None and now.round > approval.round:
        words = f"{_about(now)} is asked again as {reference_of(now)}: {now.reason}"
        return _told(order, now, "asked", words)
    if now.closed_at is None:
        return _told(order, now, "done", f"{_about(now)} is {_done(decision)}: {KEPT}")
    row = await order.house.records.ledger.get(write_key(now, now.round))
    undo = undo_of(row.key) if row is not None and row.status is EffectStatus.CONFIRMED else None
    back = f". To take it back: `{undo}`, {OR_SAY}" if undo else ""
    state = "failed" if row is not None and row.status is EffectStatus.FAILED else "done"
    done = _told(order, now, state, f"{_about(now)} is {_done(decision)}: {now.outcome}{back}")
    return done.model_copy(update={"undo": undo, "key": row.key if row is not None else None})


def _told(order: Order, approval: Approval, state: str, words: str) -> Done:
    about = {
        "label": approval.label,
        "before": approval.current_label or approval.current,
        "after": approval.proposed_label or approval.proposed,
        "approval": approval.number,
    }
    return told(order, state, words, **about)  # type: ignore[arg-type]


def _about(approval: Approval) -> str:
    named = " of ".join(part for part in (approval.label, approval.object_name) if part)
    return f"{reference_of(approval)} ({named})"


def _done(decision: Decision) -> str:
    return "approved" if decision == "approve" else "rejected"
