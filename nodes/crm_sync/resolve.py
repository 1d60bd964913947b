"""The resolve step: which deal, company and contacts a call is about, each confirmed by reading it in HubSpot.

Gong's CRM context comes first; where it names no deal, the customers' addresses lead to contacts, their company and
its open deals. Where that leaves more than one answer, or none, a person is asked: nothing is guessed. What a person
has answered takes the place of the search. So do the records on which the call's note stands already: a deal that was
opened or closed since is no reason to write about the call elsewhere, too.
"""

from typing import Any

from langgraph.runtime import Runtime

from core.calls import Call
from memory.approvals import Approval, ApprovalStatus
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from nodes.approval.choosing import question_id, reference_of
from nodes.approval.requesting import request_to_choose
from nodes.context import Context
from nodes.crm_sync.note_versions import NOTE_STAYS, note_key
from nodes.crm_sync.search import find_records, records_with
from nodes.state import CallState, Resolution
from nodes.stored import call_of
from tools.hubspot.port import ObjectType

FORGOTTEN = "what was done for it is not kept any more (SOPHIA_KEEP_LEDGER_DAYS): nothing is written anew"
BY_ITSELF = "the records of the call were found without it"


async def resolve(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Finds the call's records, stores which they are, and asks a person where it cannot know."""
    context = runtime.context
    if await _is_forgotten(context, state["call_id"]):
        return {"resolution": None, "silence": FORGOTTEN}
    call, approvals = await call_of(context, state["call_id"]), context.records.approvals
    asked = await approvals.get(question_id(call.id))
    resolution = await _resolution(context, call, asked)
    await context.records.calls.save_resolution(call.id, resolution.model_dump(mode="json"))
    if resolution.question:
        await approvals.request(
            [request_to_choose(call, resolution, context.policy.file.approvals, context.clock.now())]
        )
    elif asked is not None and asked.status is ApprovalStatus.WAITING:
        await approvals.withdraw(asked.id, BY_ITSELF)
    return {"resolution": resolution}


async def _is_forgotten(context: Context, call_id: str) -> bool:
    """Whether the call was carried through so long ago that the ledger does not know any more what was done.

    Without that nothing could be told from what was done already: it would be done a second time.
    """
    stored = await context.records.calls.get(call_id)
    is_done = stored is not None and stored.status is CallStatus.ANALYSED
    return is_done and not await context.records.ledger.of_call(call_id)


async def _resolution(context: Context, call: Call, asked: Approval | None) -> Resolution:
    """What a person answered, else what is found."""
    chosen = _chosen(asked)
    if chosen is not None:
        named = await records_with(call, context.crm, context.clock.now(), *chosen)
        if named is not None:
            return named
    elif (kept := await _kept(context, call)) is not None:
        return kept
    found = await find_records(call, context.crm, context.clock.now())
    if chosen is not None:
        return _remarked(found, f"{'/'.join(chosen)}, which a person named, is not in HubSpot any more")
    if asked is not None and asked.status is ApprovalStatus.REJECTED and found.question:
        reason = asked.answer.reason if asked.answer else None
        settled = found.model_copy(update={"question": None, "candidates": ()})
        return _remarked(settled, f"a person said that it is about no deal: {reason}")
    return found


async def _kept(context: Context, call: Call) -> Resolution | None:
    """The deal or company that the call's note was made on, read anew; None when there is none, or it is gone."""
    stored, note = await context.records.calls.get(call.id), await context.records.ledger.get(note_key(call.id))
    if stored is None or stored.resolution is None or note is None or note.status is not EffectStatus.CONFIRMED:
        return None
    before = Resolution.model_validate(stored.resolution)
    record = before.deal or before.company
    if record is None or before.question:
        return None
    read = await records_with(call, context.crm, context.clock.now(), record.type, record.id)
    if read is None or _ids(read) != _ids(before):
        return read
    # What was said of the same records still holds, save for the note, which is tried again.
    said = [remark for remark in before.remarks if not remark.startswith(NOTE_STAYS)]
    return read.model_copy(update={"remarks": tuple(said)})


def _ids(resolution: Resolution) -> set[str]:
    return {record.id for record in (resolution.deal, resolution.company) if record is not None}


def _chosen(asked: Approval | None) -> tuple[ObjectType, str] | None:
    if asked is None or asked.status is not ApprovalStatus.APPROVED or asked.answer is None:
        return None
    return reference_of(asked.answer.value or "")


def _remarked(found: Resolution, remark: str) -> Resolution:
    return found.model_copy(update={"remarks": (*found.remarks, remark)})
