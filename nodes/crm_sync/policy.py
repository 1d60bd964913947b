"""The policy step: asks the owner's rules about every proposed change, and does as they say.

What no rule allows is denied: a new kind of change is harmless until somebody rules on it. The text of a note that is
already there falls under the rules on making it. What is only possible is asked about, whatever the rules allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from memory.approvals import Approval, Approvals, ApprovalStatus
from nodes.approval.requesting import (
    Asking,
    Proof,
    asking_of,
    request_to_make,
    request_to_update,
)
from nodes.context import Context
from nodes.crm_sync.effects import change_effect
from nodes.policy.deciding import Verdict
from nodes.policy.intent import Intent, as_it_stands
from nodes.policy.offered import offered
from nodes.policy.refusing import refuse
from nodes.state import CallState, Change, Decision, Resolution
from tools.hubspot.port import Pipeline, Record


@dataclass(frozen=True)
class Decided:
    """A change, what is done about it, and what the person who is asked should know besides its own reason."""

    change: Change
    verdict: Verdict
    decision: Decision
    remark: str | None


async def policy(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Sorts the proposed changes: allowed ones go on, some wait for a person, denied ones are entered as failed."""
    context, resolution = runtime.context, state.get("resolution")
    decided = await _decide(context, state.get("changes", ()), resolution.deal if resolution else None)
    await _ask(context, state["call_id"], resolution, [one for one in decided if one.decision == "ask"])
    denied = [one for one in decided if one.decision == "deny"]
    effects = [(change_effect(state["call_id"], one.change), one.verdict.reason) for one in denied]
    await refuse(context.records.ledger, effects)
    return {"changes": tuple(one.change for one in decided if one.decision == "allow")}


async def approval_of(context: Context, call_id: str, resolution: Resolution, change: Change, reason: str) -> Approval:
    """The request for a person's word on a change that was allowed, and turned out to need one for this reason."""
    pipelines = await context.crm.pipelines() if resolution.deal else ()
    verdict = context.policy.decide(intent_of(change, resolution.deal, pipelines))
    return request_to_update(change, verdict, await asking_of(context, call_id, resolution), reason)


def intent_of(change: Change, deal: Record | None, pipelines: Sequence[Pipeline]) -> Intent:
    """What the change is about to do; `deal` is the deal of the call, with whose standing a rule may go."""
    is_note = change.object_type == "notes"  # its text is Sophia's own, whichever version of it
    intent = Intent(
        action="create" if is_note or change.object_id is None else "update",
        object_type=change.object_type,
        field=None if is_note else change.field,
        value=change.after,
        confidence=change.confidence,
        to_stage_label=change.after_label if change.field == "dealstage" else None,
    )
    another = change.object_type == "deals" and (deal is None or deal.id != change.object_id)
    return intent if another else as_it_stands(intent, deal, pipelines)


async def _decide(context: Context, changes: Sequence[Change], deal: Record | None) -> list[Decided]:
    pipelines = await context.crm.pipelines() if deal and changes else ()
    verdicts = [(change, context.policy.decide(intent_of(change, deal, pipelines))) for change in changes]
    allowed = [change for change, verdict in verdicts if verdict.decision == "allow" and change.object_type != "notes"]
    values = await offered(context.crm, allowed, deal)
    return [_decided(change, verdict, values.get(change.key, change)) for change, verdict in verdicts]


def _decided(change: Change, verdict: Verdict, as_offered: Change | None) -> Decided:
    """What is done about a change; one that HubSpot offers no such value for is asked about at least."""
    if as_offered is None:
        asked = change.model_copy(update={"decision": "ask"})
        return Decided(asked, verdict, "ask", f"“{change.after}” is not exactly one of HubSpot's options")
    decision = _decision(change, verdict)
    return Decided(as_offered.model_copy(update={"decision": decision}), verdict, decision, verdict.stated)


def _decision(change: Change, verdict: Verdict) -> Decision:
    """What the verdict comes to; nobody is asked to approve another version of a note that is already there."""
    if verdict.decision == "ask" and change.object_type == "notes" and change.object_id is not None:
        return "deny"
    return "ask" if verdict.decision == "allow" and change.possible else verdict.decision


async def _ask(context: Context, call_id: str, resolution: Resolution | None, asked: Sequence[Decided]) -> None:
    """Requests a person's word; on what another call has asked already, not once more."""
    if not asked:
        return
    approvals, asking = context.records.approvals, await asking_of(context, call_id, resolution)
    waiting = {_subject(approval) for approval in await approvals.waiting()}
    requests = [_request(asking, one) for one in asked]
    await ask_once(approvals, [request for request in requests if _subject(request) not in waiting])


async def ask_once(approvals: Approvals, requests: Sequence[Approval]) -> None:
    """Stores these requests; one of the same call about another value of the same property is not asked any more."""
    for new in await approvals.request(requests):
        if new.status is ApprovalStatus.WAITING and new.action == "update":
            for old in await _waiting_for_another(approvals, new):
                await approvals.withdraw(old.id, f"the call, analysed anew, speaks for {_proposed(new)}")


async def _waiting_for_another(approvals: Approvals, new: Approval) -> list[Approval]:
    waiting = (one for one in await approvals.of_call(new.call_id) if one.status is ApprovalStatus.WAITING)
    return [one for one in waiting if one.id != new.id and _place(one) == _place(new)]


def _place(approval: Approval) -> tuple[str, ...]:
    return (approval.action, approval.object_type, approval.object_id, approval.field)


def _proposed(approval: Approval) -> str:
    return f"“{approval.proposed_label or approval.proposed}”"


def _request(asking: Asking, decided: Decided) -> Approval:
    change, verdict = decided.change, decided.verdict
    if change.object_id is not None:
        return request_to_update(change, verdict, asking, _reason(decided))
    proof = Proof(change.quote, change.evidence, change.confidence, _reason(decided))
    return request_to_make(change_effect(asking.call_id, change), verdict, asking, proof)


def _reason(decided: Decided) -> str:
    return "; ".join(part for part in (decided.change.reason, decided.remark) if part)


def _subject(approval: Approval) -> tuple[str, ...]:
    """What an approval is about: the same request from a second call need not be answered twice."""
    if approval.action != "update":
        return (approval.id,)
    return (approval.object_type, approval.object_id, approval.field, approval.proposed)
