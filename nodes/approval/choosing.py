"""The question which record a call is about: which answers there are, and what follows from one.

An answer is carried out by working on the call once more; its resolve step takes the answer for what it looked for.
"""

import re
from collections.abc import Sequence

from core.errors import NotUsable, RecordConflict, Unavailable
from memory.approvals import Answer, Approval
from memory.calls import CallStatus
from memory.inbox import DeliveryStatus
from memory.ledger import effect_key
from nodes.context import Context
from nodes.state import Candidate
from tools.hubspot.port import CrmGateway, ObjectType

REFERENCE = re.compile(r"(deals|companies)/([\w-]+)", re.ASCII)
CALL = "call"
"""The kind of the deliveries that have a call worked on."""
EXAMPLE = "deals/123"
QUESTION_FIELD = "which record"
"""The field of an approval that asks which record a call is about, rather than for leave to change one."""


def question_id(call_id: str) -> str:
    """The id of the question about this call: there is one at most."""
    return effect_key(call_id, QUESTION_FIELD)


async def chosen_record(crm: CrmGateway, approval: Approval, text: str) -> str:
    """The reference, such as `deals/123`, of the record that is meant; raises NotUsable for one that is not there.

    `text` is such a reference, of any deal or company, or exactly the name of one of the candidates.
    """
    type, id = _reference(candidates_of(approval), text.strip())
    record = (await crm.read(type, [id], ())).get(id)
    if record is None or record.archived:
        raise NotUsable(f"HubSpot has no {type}/{id}", next_step=possibilities(approval))
    return f"{type}/{record.id}"


def only_candidate(approval: Approval) -> str | None:
    """The reference of the one record there is to choose from, None where there are none or several."""
    choices = candidates_of(approval)
    return f"{choices[0].type}/{choices[0].id}" if len(choices) == 1 else None


def possibilities(approval: Approval) -> str:
    """What to answer, in words."""
    listed = ", ".join(f"{one.type}/{one.id} ({one.name})" for one in candidates_of(approval))
    return f"Answer with one of {listed}." if listed else f"Answer with a deal, such as {EXAMPLE}."


def candidates_of(approval: Approval) -> tuple[Candidate, ...]:
    """The records that the question names."""
    return tuple(Candidate.model_validate(one) for one in approval.payload.get("candidates", ()))


def reference_of(text: str) -> tuple[ObjectType, str] | None:
    """Type and id of a reference such as `deals/123`."""
    match = REFERENCE.fullmatch(text)
    return (match[1], match[2]) if match else None  # type: ignore[return-value]


def _reference(choices: Sequence[Candidate], text: str) -> tuple[ObjectType, str]:
    meant = [(one.type, one.id) for one in choices if one.name == text]
    found = reference_of(text) or (meant[0] if len(meant) == 1 else None)
    if found is None:
        known = ", ".join(f"{one.type}/{one.id} ({one.name})" for one in choices) or f"any deal, such as {EXAMPLE}"
        raise NotUsable(f"“{text}” names no record; there is {known}")
    return found


async def settle_question(context: Context, approval: Approval, answer: Answer) -> str:
    """Does what follows from the answer and says it. Unavailable while somebody is at work on the call."""
    if answer.decision == "reject":
        reason = f"it is about no deal, said {answer.by}: {answer.reason}"
        await context.records.calls.set_status(approval.call_id, CallStatus.ANALYSED, reason)
        return reason
    await _run_again(context, approval.call_id)
    return f"the call is worked on again with {answer.value}"


async def _run_again(context: Context, call_id: str) -> None:
    """Makes the call's delivery due; one that was cleaned up is taken in anew."""
    inbox = context.records.inbox
    delivery, is_new = await inbox.accept(CALL, call_id, {}, "approval")
    if is_new or delivery.status is DeliveryStatus.RECEIVED:
        return
    try:
        await inbox.retry(delivery.id)
    except RecordConflict as conflict:
        raise Unavailable("Sophia", f"call {call_id} is being worked on at this moment") from conflict
