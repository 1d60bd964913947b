"""The policy step: what Sophia may write by itself, what a person must allow, and what is never done.

Whatever no rule names is denied, and so is every deletion: a new kind of change is harmless until somebody rules on it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from langgraph.runtime import Runtime

from memory.approvals import Approval
from nodes.context import Context
from nodes.crm_sync.effects import change_effect
from nodes.crm_sync.fields import OWN_PROPERTIES
from nodes.state import CallState, Change, Decision
from tools.hubspot.port import ObjectType

Action = Literal["create", "update", "delete"]

CREATE: Mapping[ObjectType, Decision] = {"notes": "allow", "tasks": "allow"}
ASK: frozenset[tuple[ObjectType, str]] = frozenset(
    {
        ("deals", "dealstage"),
        ("deals", "amount"),
        ("deals", "closedate"),
        ("deals", "hubspot_owner_id"),
        ("companies", "hubspot_owner_id"),
        ("contacts", "hubspot_owner_id"),
    }
)


def decide(action: Action, object_type: ObjectType, field: str | None = None) -> Decision:
    """What the rules say about doing this to such a record, or to this property of it."""
    if action == "create":
        return CREATE.get(object_type, "deny")
    if action == "update" and field in OWN_PROPERTIES.get(object_type, frozenset()):
        return "allow"
    return "ask" if action == "update" and (object_type, field) in ASK else "deny"


async def policy(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Sorts the proposed changes: allowed ones go on, some wait for a person, denied ones are entered as failed."""
    records = runtime.context.records
    decided = [
        change.model_copy(update={"decision": decide(_action(change), change.object_type, change.field)})
        for change in state.get("changes", ())
    ]
    asked = [change for change in decided if change.decision == "ask"]
    if asked:
        waiting = {_subject(approval) for approval in await records.approvals.waiting()}
        requests = [approval_of(state["call_id"], change) for change in asked]
        await records.approvals.request([request for request in requests if _subject(request) not in waiting])
    denied = [change_effect(state["call_id"], change) for change in decided if change.decision == "deny"]
    for row in await records.ledger.plan(denied):
        await records.ledger.fail(row.key, "the policy does not allow this")
    return {"changes": tuple(change for change in decided if change.decision == "allow")}


def approval_of(call_id: str, change: Change, reason: str | None = None) -> Approval:
    """The request for a person's word on a change."""
    return Approval(
        id=change.key,
        call_id=call_id,
        object_type=change.object_type,
        object_id=change.object_id or "",
        field=change.field or "",
        label=change.label,
        current=change.before,
        current_label=change.before_label,
        proposed=change.after,
        proposed_label=change.after_label,
        quote=change.quote,
        evidence=change.evidence,
        reason=reason or change.reason,
    )


def _action(change: Change) -> Action:
    return "create" if change.object_id is None else "update"


def _subject(approval: Approval) -> tuple[str, str, str, str]:
    """What an approval is about: the same request from a second call need not be answered twice."""
    return (approval.object_type, approval.object_id, approval.field, approval.proposed)
