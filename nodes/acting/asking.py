"""Puts an action to a person, where the policy wants one asked: as every other request, with what was said as quote.

There is no call and no evidence: the person who asks stands for it, and is named as the requester.
"""

from collections.abc import Sequence
from dataclasses import replace

from memory.approvals import Approval, ApprovalStatus
from memory.ledger import Effect
from nodes.acting.order import Order
from nodes.acting.ruling import agent_of
from nodes.acting.seeing import name_of
from nodes.acting.telling import State, sentence, told
from nodes.acting.values import Wanted
from nodes.approval.answering import may_answer
from nodes.approval.finding import reference_of
from nodes.approval.requesting import Asking, Proof, asking_of, request_to_make, request_to_update
from nodes.chat.shape import Done
from nodes.crm_sync.moments import same_value
from nodes.policy.deciding import Verdict
from nodes.showing import shorten
from nodes.state import Change
from tools.hubspot.port import Record

QUOTE_LIMIT = 500
ADMIN = "an admin"


async def ask_to_update(order: Order, record: Record, wanted: Wanted, verdict: Verdict, key: str) -> Done:
    """Asks for a person's word on a new value; on what waits for one already, not once more."""
    change = Change(
        key=key,
        object_type=record.type,
        object_id=record.id,
        object_name=name_of(record),
        field=wanted.field,
        label=wanted.label,
        before=wanted.before,
        before_label=wanted.before_words if wanted.before else None,
        after=wanted.after,
        after_label=wanted.after_words,
        quote=_quote(order),
        reason=_reason(order, verdict),
    )
    request = request_to_update(change, verdict, await _asking(order, [record]))
    return await _ask(order, await _waiting_for(order, request) or request)


async def ask_to_make(order: Order, effect: Effect, records: Sequence[Record], verdict: Verdict) -> Done:
    """Asks for a person's word on a note or task."""
    proof = Proof(_quote(order), (), None, _reason(order, verdict))
    return await _ask(order, request_to_make(effect, verdict, await _asking(order, records), proof))


async def asked_before(order: Order, key: str) -> Done | None:
    """What became of what this very order asked before its turn was run again; None where it asked nothing."""
    approval = await order.house.records.approvals.get(key)
    if approval is None:
        return None
    if approval.status is ApprovalStatus.WAITING:
        return await _waits(order, approval)
    outcome = approval.outcome or "the answer is being carried out"
    state: State = "done" if approval.status is ApprovalStatus.APPROVED else "refused"
    about = {"label": approval.label, "before": _before(approval), "after": _after(approval)}
    words = f"approval {approval.number} was answered already ({approval.status.value}): {outcome}"
    return told(order, state, words, approval=approval.number, **about)


async def _asking(order: Order, records: Sequence[Record]) -> Asking:
    return replace(await asking_of(order.house, order.call_id, None), records=records)


async def _waiting_for(order: Order, request: Approval) -> Approval | None:
    """What asks for the same already, whoever it was that asked."""
    approvals = order.house.records.approvals
    for other in await approvals.of_records(request.object_type, [request.object_id]):
        same = (other.action, other.field) == (request.action, request.field)
        waits = other.status is ApprovalStatus.WAITING and other.id != request.id
        if waits and same and same_value(other.proposed, request.proposed):
            return other
    return None


async def _ask(order: Order, request: Approval) -> Done:
    """Stores the request; on trial only says who would be asked."""
    if order.trial:
        about = {"label": request.label, "before": _before(request), "after": _after(request)}
        return told(
            order, "asked", f"{_what(request)} would wait for {await _who(order, request)} to allow it", **about
        )
    payload = {**request.payload, **order.mark}
    marked = request.model_copy(
        update={"requester": order.asked_by, "agent": agent_of(request.object_type), "payload": payload}
    )
    stored = request if request.number else (await order.house.records.approvals.request([marked]))[0]
    return await _waits(order, stored)


async def _waits(order: Order, approval: Approval) -> Done:
    """Brings the request to where it waits, and says who may answer it and how."""
    if order.context.open_approval is not None and not order.trial:
        await order.context.open_approval(approval.id)
    number = reference_of(approval)
    how = f"say “approve {number}” or “reject {number} because …”, or `sophia approvals approve {number}`"
    words = f"{_what(approval)} needs a person's word. {sentence(f'{await _who(order, approval)} may answer: {how}')}"
    about = {"label": approval.label, "before": _before(approval), "after": _after(approval)}
    return told(order, "asked", words, approval=approval.number, key=approval.id, **about)


async def _who(order: Order, approval: Approval) -> str:
    """Who may answer, by name: the asker, too, where that is so."""
    names = {
        (owner.email or "").strip().lower(): owner.name or owner.email or ""
        for owner in await order.house.crm.owners()
        if not owner.archived
    }
    own = order.person.email
    others = [names.get(address, address) for address in approval.approvers if address != own]
    mine = ["you"] if may_answer(order.person, approval) else []
    found = [*mine, *others, *([] if order.person.admin else [ADMIN])]
    return " or ".join(found)


def _quote(order: Order) -> str:
    return shorten(order.words, QUOTE_LIMIT)


def _reason(order: Order, verdict: Verdict) -> str:
    asked = f"{order.person.name} asked for it"
    return f"{asked}; {verdict.stated}" if verdict.stated else asked


def _what(approval: Approval) -> str:
    if approval.action == "create":
        return f"the {approval.label.lower()} “{shorten(_after(approval), QUOTE_LIMIT)}”"
    return f"{approval.label} of {approval.object_name}, {_before(approval) or 'nothing'} → {_after(approval)},"


def _before(approval: Approval) -> str | None:
    return (approval.current_label or approval.current) if approval.action == "update" else None


def _after(approval: Approval) -> str:
    return approval.proposed_label or approval.proposed
