"""Requests for a person's word, as every door tells them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from core.analysis import Frozen
from core.people import Person
from memory.approvals import Answer, Approval
from memory.calls import StoredCall
from memory.records import Records
from nodes.approval.answering import may_answer
from nodes.approval.finding import reference_of
from nodes.showing import call_name, minute


class ApprovalView(Frozen):
    """A request as a door tells it.

    `reference` is how a person names it: its number and, from the second round on, the round (`12.2`). `record` is
    type/id, `minute` where in the call the quote was said. `payload_hash` must come back with an answer: it stands for
    what was shown here.
    """

    reference: str
    number: int | None
    id: str
    round: int
    payload_hash: str
    status: str
    call_id: str
    call: str | None
    requester: str
    action: str
    record: str
    record_name: str | None
    field: str
    label: str
    current: str | None
    current_label: str | None
    proposed: str
    proposed_label: str | None
    candidates: tuple[dict[str, Any], ...]
    quote: str
    minute: str | None
    reason: str
    confidence: float | None
    approvers: tuple[str, ...]
    expires_at: datetime | None
    asked_at: datetime | None
    answer: Answer | None
    outcome: str | None
    closed_at: datetime | None


def theirs(person: Person, approvals: Iterable[Approval]) -> list[Approval]:
    """Those of the requests that this person may answer, which are those they may see."""
    return [approval for approval in approvals if may_answer(person, approval)]


async def views(records: Records, approvals: Sequence[Approval]) -> list[ApprovalView]:
    """The requests as they are told, each with the call it is of."""
    calls = {stored.call.id: stored for stored in await records.calls.all([one.call_id for one in approvals])}
    return [view(approval, calls.get(approval.call_id)) for approval in approvals]


def view(approval: Approval, stored: StoredCall | None) -> ApprovalView:
    """One request as it is told."""
    return ApprovalView(
        reference=reference_of(approval),
        call=call_name(stored.call) if stored else None,
        record=f"{approval.object_type}/{approval.object_id}".rstrip("/"),
        record_name=approval.object_name,
        candidates=tuple(approval.payload.get("candidates", ())),
        minute=_minute(approval, stored),
        asked_at=approval.created_at,
        answer=approval.answers[-1] if approval.answers else None,
        **approval.model_dump(include=SAME, exclude={"answer"}),
    )


SAME = {
    *("number", "id", "round", "payload_hash", "status", "call_id", "action", "field", "label", "current"),
    *("current_label", "proposed", "proposed_label", "quote", "reason", "confidence", "approvers", "expires_at"),
    *("outcome", "closed_at", "requester"),
}


def _minute(approval: Approval, stored: StoredCall | None) -> str | None:
    """Where in the call the first sentence of the evidence begins."""
    if stored is None or stored.transcript is None or not approval.evidence:
        return None
    turn, sentence = approval.evidence[0]
    turns = stored.transcript.turns
    if turn >= len(turns) or sentence >= len(turns[turn].sentences):
        return None
    return minute(turns[turn].sentences[sentence].start_ms)
