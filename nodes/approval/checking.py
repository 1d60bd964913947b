"""The check step: holds an answer against the record as it is by now.

People allow what they were shown. Where the record holds another value by then, or the allowed one cannot be written,
they are asked once more, with what it is now; where there is nothing left to write, that is the end.
"""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from core.errors import NotUsable
from memory.approvals import Answer, Approval
from memory.ledger import Effect, EffectStatus
from nodes.approval.choosing import chosen_record
from nodes.approval.looking import OPEN, Look, look_at, write_key
from nodes.approval.naming import label_of, named
from nodes.approval.ruling import denied
from nodes.approval.state import ApprovalState, request_of
from nodes.approval.values import checked_value
from nodes.context import Context
from nodes.showing import day
from tools.hubspot.port import ObjectType

Way = Command[Literal["ask", "carry_out", "close"]]

GONE = "the record was deleted meanwhile"
CHANGED = "somebody else changed it since people were asked"


async def check(state: ApprovalState, runtime: Runtime[Context]) -> Way:
    """Decides whether the answer is carried out, has nothing left to do, or must be asked for once more."""
    context, answer = runtime.context, state["answer"]
    approval = await request_of(context, state["approval_id"])
    if approval.answer != answer:  # it was asked again already, before the process died
        await abandon(context, approval, answer.round, CHANGED)
        return Command(goto="ask")
    if approval.action == "choose":
        return await _check_choice(context, approval, answer)
    if answer.decision != "approve":
        return _close(ended_without_effect(approval, answer))
    if approval.action == "create":
        return await _check_creation(context, approval, answer)
    return await _check_update(context, approval, answer)


def ended_without_effect(approval: Approval, answer: Answer) -> str:
    """What to say of an answer from which nothing follows."""
    if answer.decision == "expire":
        return "nobody answered in time" + (f", by {day(approval.expires_at)}" if approval.expires_at else "")
    return f"rejected by {answer.by}: {answer.reason}"


async def abandon(context: Context, approval: Approval, round: int, reason: str) -> None:
    """Closes what was planned, and maybe sent, for a round that is over."""
    row = await context.records.ledger.get(write_key(approval, round))
    if row is not None and row.status in OPEN:
        await context.records.ledger.fail(row.key, reason)


async def _check_update(context: Context, approval: Approval, answer: Answer) -> Way:
    look = await look_at(context, approval, answer)
    try:
        wanted = await _wanted(context, look, answer)
    except NotUsable as unusable:
        return await _ask_again(context, look, answer, str(unusable))
    standing = look.standing(wanted)
    if standing == "changed":
        return await _ask_again(context, look, answer, await _what_changed(context, look, wanted))
    if standing in ("gone", "already"):
        outcome = GONE if standing == "gone" else await _nothing_to_write(context, look, wanted)
        await abandon(context, approval, answer.round, outcome)
        return _close(outcome)
    if not _is_sent(look.row) and (forbidden := await denied(context, approval, wanted, look.record)):
        await abandon(context, approval, answer.round, forbidden)
        return _close(forbidden)
    record_id = look.record.id if look.record else approval.object_id
    return Command(goto="carry_out", update={"value": wanted, "record_id": record_id})


async def _check_creation(context: Context, approval: Approval, answer: Answer) -> Way:
    rows = await context.records.ledger.of_keys([approval.id, write_key(approval, answer.round)])
    if any(_is_sent(row) for row in rows):
        return Command(goto="carry_out")
    forbidden = await denied(context, approval, answer.value or approval.proposed, None)
    return _close(forbidden) if forbidden else Command(goto="carry_out")


def _is_sent(row: Effect | None) -> bool:
    """Whether it may have been carried out already: then it is too late for a change of the rules."""
    return row is not None and row.status in (EffectStatus.SENT, EffectStatus.CONFIRMED)


async def _wanted(context: Context, look: Look, answer: Answer) -> str:
    """What is to be written: as it was planned, else as the person gave it or it was proposed, and can be written."""
    if look.row is not None:
        return look.row.after or ""
    text = answer.value or look.approval.proposed
    return text if look.record is None else await checked_value(context.crm, look.approval, text)


async def _check_choice(context: Context, approval: Approval, answer: Answer) -> Way:
    if answer.decision == "expire":
        return _close(ended_without_effect(approval, answer))
    if answer.decision == "approve":
        try:
            await chosen_record(context.crm, approval, answer.value or "")
        except NotUsable as unusable:
            await context.records.approvals.ask_again(approval.id, None, None, str(unusable))
            return Command(goto="ask")
    return Command(goto="carry_out")


async def _ask_again(context: Context, look: Look, answer: Answer, why: str) -> Way:
    approval = look.approval
    label = await label_of(context.crm, _type(approval), approval.field, look.value)
    await context.records.approvals.ask_again(approval.id, look.value, label, why)
    await abandon(context, approval, answer.round, why)
    return Command(goto="ask")


async def _what_changed(context: Context, look: Look, wanted: str) -> str:
    approval, crm = look.approval, context.crm
    now = await named(crm, _type(approval), approval.field, look.value)
    allowed = await named(crm, _type(approval), approval.field, wanted)
    before = approval.current_label or approval.current
    return f"{approval.label} is {now} by now, no longer {f'“{before}”' if before else 'empty'}; allowed was {allowed}"


async def _nothing_to_write(context: Context, look: Look, wanted: str) -> str:
    approval = look.approval
    return f"it holds {await named(context.crm, _type(approval), approval.field, wanted)} already: nothing was written"


def _type(approval: Approval) -> ObjectType:
    return approval.object_type  # type: ignore[return-value]


def _close(outcome: str) -> Way:
    return Command(goto="close", update={"outcome": outcome})
