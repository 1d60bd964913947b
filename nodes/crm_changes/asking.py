"""Requests that wait for a person, over records that changed meanwhile: they show what is so now, or are taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.approvals import Approval, ApprovalStatus
from memory.ledger import effect_key
from nodes.approval.naming import label_of
from nodes.context import Context
from nodes.crm_changes.handled import Handled
from nodes.crm_changes.looking import Look
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.moments import same_value
from tools.hubspot.port import Record

HOLDS_IT = "HubSpot holds that already"
NEW_VALUE = "the record was changed in HubSpot after this was asked"
SINGULAR = {"contacts": "contact", "companies": "company", "deals": "deal"}


@dataclass(frozen=True)
class Review:
    """The requests that wait about the records of a look."""

    context: Context
    look: Look

    async def all(self) -> Handled:
        """Goes through them; one that was answered meanwhile stays as it is."""
        handled = Handled()
        for approval in self.look.waiting:
            handled += await self._one(approval)
        return handled

    async def _one(self, approval: Approval) -> Handled:
        survivor = self.look.survivors.get(approval.object_id)
        record = self.look.records.get(approval.object_id)
        if approval.action == "update" and survivor is not None:
            return await self._move(approval, survivor)
        if record is None and survivor is None:
            return await self._withdraw(approval, f"the {self._what} was deleted in HubSpot")
        if approval.action == "update" and record is not None:
            return await self._compare(approval, record)
        return Handled()

    async def _compare(self, approval: Approval, record: Record) -> Handled:
        value = record.get(approval.field)
        if same_value(value, approval.current):
            return Handled()
        if same_value(value, approval.proposed):
            return await self._withdraw(approval, HOLDS_IT)
        label = await label_of(self.context.crm, record.type, approval.field, value)
        shown = await self.context.records.approvals.restate(approval.id, value, label, NEW_VALUE)
        return Handled(restated=int(shown.round > approval.round))

    async def _move(self, approval: Approval, record: Record) -> Handled:
        """Asks about the record that a merge left, unless that one is as proposed, or the same is asked already."""
        approvals = self.context.records.approvals
        why = f"the {self._what} was merged into {record_name(record)}"
        if same_value(record.get(approval.field), approval.proposed):
            return await self._withdraw(approval, f"{why}, which is so already")
        if _asked(approval, await approvals.of_records(record.type, [record.id])):
            return await self._withdraw(approval, f"{why}, where the same is asked already")
        await approvals.request([await self._about(approval, record)])
        withdrawn = await self._withdraw(approval, f"{why}: it is asked there")
        return Handled(moved=withdrawn.withdrawn)

    async def _about(self, approval: Approval, record: Record) -> Approval:
        value = record.get(approval.field)
        return Approval(
            id=effect_key(approval.id, record.id),
            call_id=approval.call_id,
            agent=approval.agent,
            object_type=approval.object_type,
            object_id=record.id,
            object_name=record_name(record),
            field=approval.field,
            label=approval.label,
            current=value,
            current_label=await label_of(self.context.crm, record.type, approval.field, value),
            proposed=approval.proposed,
            proposed_label=approval.proposed_label,
            payload=approval.payload,
            quote=approval.quote,
            evidence=approval.evidence,
            confidence=approval.confidence,
            reason=approval.reason,
            requester=approval.requester,
            approvers=approval.approvers,
            expires_at=approval.expires_at,
        )

    async def _withdraw(self, approval: Approval, why: str) -> Handled:
        left = await self.context.records.approvals.withdraw(approval.id, why)
        return Handled(withdrawn=int(left.status is ApprovalStatus.WITHDRAWN))

    @property
    def _what(self) -> str:
        return SINGULAR.get(self.look.type, "record")


def _asked(approval: Approval, others: Sequence[Approval]) -> bool:
    """Whether the same change of the other record waits for a person already, by another request."""
    return any(
        other.status is ApprovalStatus.WAITING
        and (other.field, other.proposed) == (approval.field, approval.proposed)
        and other.id != effect_key(approval.id, other.object_id)
        for other in others
    )
