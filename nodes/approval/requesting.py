"""Makes the request for a person's word of a change: with whom it is, until when, and what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.analysis import SentenceRef
from core.calls import Call
from memory.approvals import Approval
from memory.ledger import Effect
from nodes.approval.choosing import QUESTION_FIELD, question_id
from nodes.context import Context
from nodes.crm_sync.deals import record_name
from nodes.policy.deciding import Verdict
from nodes.policy.offered import OWNER
from nodes.policy.rules import ApprovalRules
from nodes.showing import call_name
from nodes.state import Change, Resolution
from tools.hubspot.port import Record

ASKED_FOR = {"owner", "admin"}
"""Among a verdict's approvers, what is no address: the record's owner, and admins, who may answer anything."""
MADE = {"notes": "Note", "tasks": "Task"}


@dataclass(frozen=True)
class Asking:
    """What is known when people are asked: the call, its records, the owners' addresses by id, and the moment."""

    call_id: str
    records: Sequence[Record]
    addresses: dict[str, str]
    now: datetime


async def asking_of(context: Context, call_id: str, resolution: Resolution | None) -> Asking:
    """The circumstances of a call's requests."""
    owners = await context.crm.owners()
    addresses = {owner.id: owner.email.strip().lower() for owner in owners if owner.email and not owner.archived}
    return Asking(call_id, resolution.records if resolution else (), addresses, context.clock.now())


@dataclass(frozen=True)
class Proof:
    """What a request rests on: the sentence, where it is, how sure the finding is, and why it is proposed."""

    quote: str
    evidence: tuple[SentenceRef, ...]
    confidence: float | None
    reason: str


def request_to_update(change: Change, verdict: Verdict, asking: Asking, reason: str | None = None) -> Approval:
    """The request to set a property; `reason` replaces the change's own."""
    about = [record for record in asking.records if (record.type, record.id) == (change.object_type, change.object_id)]
    return Approval(
        id=change.key,
        call_id=asking.call_id,
        object_type=change.object_type,
        object_id=change.object_id or "",
        object_name=change.object_name,
        field=change.field or "",
        label=change.label,
        current=change.before,
        current_label=change.before_label,
        proposed=change.after,
        proposed_label=change.after_label,
        quote=change.quote,
        evidence=change.evidence,
        confidence=change.confidence,
        reason=reason or change.reason,
        approvers=approvers_of(verdict, [*about, *asking.records], asking),
        expires_at=asking.now + verdict.expires_after,
    )


def request_to_make(effect: Effect, verdict: Verdict, asking: Asking, proof: Proof) -> Approval:
    """The request to make the note or task that this effect would make."""
    first = next(iter(asking.records), None)
    return Approval(
        id=effect.key,
        call_id=asking.call_id,
        agent=effect.agent,
        requester=effect.agent,
        action="create",
        object_type=effect.object_type,
        object_id="",
        object_name=record_name(first) if first else None,
        field="",
        label=MADE.get(effect.object_type, effect.object_type),
        proposed=effect.after or "",
        payload=effect.payload,
        quote=proof.quote,
        evidence=proof.evidence,
        confidence=proof.confidence,
        reason=proof.reason,
        approvers=approvers_of(verdict, asking.records, asking),
        expires_at=asking.now + verdict.expires_after,
    )


def request_to_choose(call: Call, resolution: Resolution, rules: ApprovalRules, now: datetime) -> Approval:
    """The question which record a call is about, with what there is to choose from: once per call.

    Where the rules name the owner, that is whoever held the call: which deal it is, nobody knows yet.
    """
    choices, host = resolution.candidates, call.primary()
    named = [host.email.strip().lower()] if "owner" in rules.approvers and host is not None and host.email else []
    return Approval(
        id=question_id(call.id),
        call_id=call.id,
        action="choose",
        object_type="calls",
        object_id=call.id,
        object_name=call_name(call),
        field=QUESTION_FIELD,
        label=f"Which deal is “{call_name(call)}” about?",
        proposed=",".join(f"{choice.type}/{choice.id}" for choice in choices),
        proposed_label=" or ".join(choice.name for choice in choices) or None,
        payload={"candidates": [choice.model_dump(mode="json") for choice in choices]},
        quote="",
        evidence=(),
        reason=resolution.question or "",
        approvers=tuple(dict.fromkeys([*(one for one in rules.approvers if one not in ASKED_FOR), *named])),
        expires_at=now + timedelta(days=rules.expire_after_days),
    )


def approvers_of(verdict: Verdict, records: Iterable[Record], asking: Asking) -> tuple[str, ...]:
    """Addresses of those who are asked. The owner is that of the first of these records that has one."""
    found = [name for name in verdict.approvers if name not in ASKED_FOR]
    if "owner" in verdict.approvers:
        owners = (asking.addresses.get(record.get(OWNER) or "") for record in records)
        found += [address for address in owners if address][:1]
    return tuple(dict.fromkeys(found))
