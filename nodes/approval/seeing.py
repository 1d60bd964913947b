"""Whom a request for a person's word may be told to, and whose answer counts in a conversation.

A request tells of records: who was asked once and may not see them by now is told nothing of it, and answers nothing.
"""

from typing import Any, Final

from core.rights.rights import Asker
from core.scope import owned_by
from memory.approvals import Approval
from nodes.approval.answering import may_answer
from nodes.approval.choosing import candidates_of
from nodes.attached import Audiences, Reads, allows_all, audiences_of_id, owner_audiences
from nodes.audiences import call_audience
from nodes.context import Context
from nodes.policy.offered import OWNER
from nodes.state import Resolution
from tools.hubspot.port import ObjectType

NOT_HERE: Final = "What waits for your word I tell only you: ask me in a direct message."


async def may_answer_now(context: Context, crm: Reads, asker: Asker, approval: Approval) -> bool:
    """Whether they are asked, are still somebody here, and may still see what it is about."""
    if asker.role is None or not may_answer(asker.person, approval):
        return False
    return asker.reads_all or allows_all(asker.scope, await request_audiences(context, crm, approval))


async def request_audiences(context: Context, crm: Reads, approval: Approval) -> Audiences:
    """All audiences that the request carries: those of its record, of what it would make, or of its call's question."""
    if approval.action == "choose":
        return await _question_audiences(context, crm, approval)
    if approval.action == "create":
        return await made_audiences(crm, approval.payload)
    type: ObjectType = approval.object_type  # type: ignore[assignment]
    return await audiences_of_id(context, crm, type, approval.object_id)


async def made_audiences(crm: Reads, payload: dict[str, Any]) -> Audiences:
    """Those of the records that a note or task is made for; of its owner's where it belongs to none."""
    keys = [(type, id) for type, id in payload.get("associations", ())]
    if keys:
        return Audiences((await owner_audiences(crm, keys)).values())
    return Audiences({owned_by(payload.get("properties", {}).get(OWNER))})


async def _question_audiences(context: Context, crm: Reads, approval: Approval) -> Audiences:
    """That of the call, and those of the records there are to choose from."""
    stored = await context.records.calls.get(approval.call_id)
    if stored is None:
        return Audiences({None})
    resolution = Resolution.model_validate(stored.resolution) if stored.resolution else None
    choices = await owner_audiences(crm, [(one.type, one.id) for one in candidates_of(approval)])
    return Audiences({await call_audience(context, stored.call, resolution), *choices.values()})
