"""Takes back what the asker did last in this conversation: what was written, what waits for an answer, or a fact.

"Last" is meant as it is said: where the last thing cannot be taken back, that is told, and nothing before it is
touched. What somebody else allowed is taken back only by who may allow it. The order is stored before anything is
done; the same turn, run again, finds it and goes on with it, and looks for nothing else to take back.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from core.errors import NotAllowed, NotUsable
from memory.approvals import Approval, ApprovalStatus
from memory.inbox import Delivery
from memory.ledger import Effect, EffectStatus
from nodes.acting.last import Last, last_of
from nodes.acting.order import Order
from nodes.acting.remembering import withdraw, withdraw_by_id
from nodes.acting.seeing import effect_audiences, may_be_told, refuse_foreign, seen
from nodes.acting.telling import State, told
from nodes.approval.naming import label_of
from nodes.approval.seeing import may_answer_now, request_audiences
from nodes.approval.state import request_of
from nodes.chat.shape import Done
from nodes.understanding.shape import Named
from nodes.undo.request import KIND, UndoReport, UndoRequest
from nodes.undo.undoing import preview_undo, report_of
from tools.hubspot.port import ObjectType

SOURCE = "chat"
WAITING = "approval:"
FACT = "fact:"
NOTHING = "there is nothing of yours in this conversation to take back"
WHAT = "what you did last here"
ADMIN_CAN = "An admin can take it back"
HERE: Final[Mapping[State, str]] = {
    "done": "that is taken back",
    "refused": "that stays as it is",
    "failed": "that is not taken back: ask me in a direct message why",
}
"""What is said where others read along who may not see what it was."""
STANDS = {"left": "stays", "stays": "stays", "waits": "is still to be taken back"}


async def undo(order: Order) -> Done:
    """Takes the last thing back, or says why it stays."""
    begun = await order.house.records.inbox.get(KIND, order.key("undo"))
    if begun is not None and not order.trial:
        return await _carry_out(order, begun)
    last = await last_of(order)
    if last is None:
        return told(order, "nothing", NOTHING)
    await _refuse_what_is_not_theirs(order, last.effects)
    request = _request(order, last)
    if order.trial:
        return await _foreseen(order, last, request)
    delivery, _ = await order.house.records.inbox.accept(KIND, request.id, request.model_dump(mode="json"), SOURCE)
    return await _carry_out(order, delivery)


def _request(order: Order, last: Last) -> UndoRequest:
    """The order as it is stored. What is no effect has a key that says what it is, and that no effect has."""
    keys = [effect.key for effect in reversed(last.effects)]
    keys += [f"{WAITING}{last.waiting.id}"] if last.waiting else []
    keys += [f"{FACT}{last.fact.id}"] if last.fact else []
    return UndoRequest(id=order.key("undo"), keys=tuple(keys), by=order.asked_by, asked_at=order.house.clock.now())


async def _foreseen(order: Order, last: Last, request: UndoRequest) -> Done:
    if last.fact is not None:
        return await withdraw(order, last.fact)
    if last.waiting is not None:
        return await _withdraw(order, last.waiting)
    return await _told(order, await preview_undo(order.house, request), last.effects, "would be taken back")


async def _carry_out(order: Order, delivery: Delivery) -> Done:
    """Has the stored order carried out, and says what has come of it by now."""
    if order.context.carry_out is not None:
        await order.context.carry_out(delivery)
    request = UndoRequest.model_validate(delivery.payload)
    kind, _, id = next(iter(request.keys), "").rpartition(":")
    if f"{kind}:" == WAITING:
        return await _withdraw(order, await request_of(order.house, id))
    if f"{kind}:" == FACT:
        return await withdraw_by_id(order, id)
    effects = await order.house.records.ledger.of_keys(request.keys)
    return await _told(order, await report_of(order.house, request), effects, "was taken back")


async def _told(order: Order, report: UndoReport, effects: Sequence[Effect], how: str) -> Done:
    """What came of it, effect by effect."""
    state: State = "done" if report.of("undone") else "refused" if report.of("stays") else "failed"
    if not await may_be_told(order, effect_audiences(order, effects)):
        return told(order, state, HERE[state])
    words = "; ".join(f"{item.what} {STANDS.get(item.outcome, how)}: {item.words}" for item in report.items)
    if len(effects) != 1 or state != "done":
        return told(order, state, words)
    (effect,) = effects
    before, after = [await _value(order, effect, value) for value in (effect.after, effect.before)]
    return told(order, state, words, key=effect.key, before=before, after=after)


async def _value(order: Order, effect: Effect, value: str | None) -> str | None:
    """A value that an effect wrote, or wrote over, by the name that people have for it."""
    if effect.action != "update":
        return value
    type: ObjectType = effect.object_type  # type: ignore[assignment]
    return await label_of(order.house.crm, type, effect.field or "", value) or value


async def _withdraw(order: Order, approval: Approval) -> Done:
    """Nobody need answer any more what the asker takes back before they did."""
    words = f"approval {approval.number}"
    if await may_be_told(order, request_audiences(order.house, order.house.crm, approval)):
        words += f" ({approval.label} of {approval.object_name})"
    if order.trial:
        return told(order, "done", f"{words} would be withdrawn: nothing was written yet", approval=approval.number)
    approvals = order.house.records.approvals
    left = await approvals.withdraw(approval.id, f"{order.asked_by} took it back")
    if left.status is not ApprovalStatus.WITHDRAWN:
        return told(order, "failed", f"{words} was answered in this moment: {left.status.value}")
    if order.context.open_approval is not None:
        await order.context.open_approval(approval.id)  # its thread has nothing to wait for
    return told(order, "done", f"{words} is withdrawn: nothing was written", approval=approval.number)


async def _refuse_what_is_not_theirs(order: Order, effects: Sequence[Effect]) -> None:
    """Raises where they may not change the record any more, or may not allow what somebody allowed."""
    for effect in effects:
        if effect.approval_id is not None:
            approval = await order.house.records.approvals.get(effect.approval_id)
            asker, crm = order.context.asker, order.house.crm
            if approval is None or not await may_answer_now(order.house, crm, asker, approval):
                raise NotAllowed(f"{WHAT} was allowed by {effect.asked_by}", next_step=_admin_can(effect))
        if effect.service == "hubspot" and effect.status is not EffectStatus.CONFIRMED:
            raise NotUsable(f"{WHAT} is still being carried out", next_step="Say it again in a moment.")
        if effect.service == "hubspot" and effect.action == "update":
            refuse_foreign(order, await seen(order, _named(effect)))


def _admin_can(effect: Effect) -> str:
    return f"{ADMIN_CAN}: sophia undo {effect.key[:8]}."


def _named(effect: Effect) -> Named:
    return Named.model_validate({"type": effect.object_type, "id": effect.object_id or "", "name": ""})
