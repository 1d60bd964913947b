"""How things stand with what a person allowed: the record as it is now, and what is known of our own write."""

from dataclasses import dataclass
from typing import Literal

from memory.approvals import Answer, Approval
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.context import Context
from nodes.crm_sync.moments import same_value
from tools.hubspot.port import ObjectType, Record

Standing = Literal["settled", "gone", "done", "already", "changed", "send"]
"""What to do: nothing more (`settled`); the record is `gone`; our write went out before a crash and is `done`; somebody
else wrote the same `already`; the value has `changed` since people were asked; or `send` it."""

RULED_BY = ("amount", "dealstage", "pipeline")
"""What of a deal the rules may go by."""

OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})


@dataclass(frozen=True)
class Look:
    """One look: `record` None is one that is not there any more, `row` None a write that was never planned."""

    approval: Approval
    record: Record | None
    row: Effect | None

    @property
    def value(self) -> str | None:
        """What the property holds now."""
        return self.record.get(self.approval.field) if self.record else None

    def standing(self, wanted: str) -> Standing:
        """How things stand with writing this value."""
        if self.row is not None and self.row.status not in OPEN:
            return "settled"
        if self.record is None:
            return "gone"
        if same_value(self.value, wanted):
            return "done" if self.row is not None and self.row.status is EffectStatus.SENT else "already"
        return "send" if same_value(self.value, self.approval.current) else "changed"


async def look_at(context: Context, approval: Approval, answer: Answer) -> Look:
    """Reads the record and the ledger. A record that was merged into another is that other one."""
    type: ObjectType = approval.object_type  # type: ignore[assignment]
    names = sorted({approval.field, *(RULED_BY if type == "deals" else ())})
    found = (await context.crm.read(type, [approval.object_id], names)).get(approval.object_id)
    record = None if found is None or found.archived else found
    return Look(approval, record, await context.records.ledger.get(write_key(approval, answer.round)))


def write_key(approval: Approval, round: int) -> str:
    """The key under which the value that was allowed in this round is written."""
    return effect_key(approval.id, "approved", str(round))
