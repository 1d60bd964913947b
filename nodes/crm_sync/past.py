"""What a call has written and asked before: a call that is analysed anew improves on it and repeats none of it.

One value is one effect: the first for a property of a record has a key made of call, record and property, each other
value a key of its own. So a second value is neither taken for the first nor sent twice. What a person took back stays
taken back, and what a person was asked is not asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.approvals import Approval
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.context import Context
from nodes.crm_sync.moments import same_value
from tools.hubspot.port import Record

WRITTEN = frozenset({EffectStatus.SENT, EffectStatus.CONFIRMED})


@dataclass(frozen=True)
class Past:
    """The effects of a call in the order they were planned, and what people were asked because of it."""

    effects: Sequence[Effect] = ()
    asked: Sequence[Approval] = ()

    def updates(self, type: str, id: str, field: str) -> list[Effect]:
        """What Sophia wrote, or meant to write, by itself into this property."""
        place = ("update", type, id, field)
        own = (row for row in self.effects if row.undoes is None and row.approval_id is None)
        return [row for row in own if (row.action, row.object_type, row.object_id, row.field) == place]

    def made(self, key: str) -> Effect | None:
        """The effect with this key."""
        return next((row for row in self.effects if row.key == key), None)

    def has_written(self, type: str, id: str, field: str) -> bool:
        """Whether this property was written for the call, by Sophia alone or because a person allowed it."""
        place = (type, id, field)
        done = (row for row in self.effects if row.undoes is None and row.status in WRITTEN)
        return any((row.object_type, row.object_id, row.field) == place for row in done)

    def key(self, call_id: str, type: str, id: str, field: str, value: str) -> str:
        """The key for writing, or asking about, this value: the one it has already, or a new one."""
        rows, asked = self.updates(type, id, field), self._asked(type, id, field)
        if rows and (rows[-1].status is EffectStatus.UNDONE or same_value(rows[-1].after, value)):
            return rows[-1].key
        for approval in asked:
            if same_value(approval.proposed, value):
                return approval.id
        if not rows and not asked:
            return effect_key(call_id, type, id, field)
        return effect_key(call_id, type, id, field, str(len(rows) + len(asked)), value)

    def stands_on(self, record: Record, field: str, value: str) -> str | None:
        """The value that a new one is to replace: what the call wrote last, so that an edit since is noticed."""
        rows = self.updates(record.type, record.id, field)
        last = rows[-1] if rows else None
        if last is None or same_value(last.after, value):
            return record.get(field)
        return last.after if last.status in WRITTEN else last.before

    def _asked(self, type: str, id: str, field: str) -> list[Approval]:
        place = ("update", type, id, field)
        return [one for one in self.asked if (one.action, one.object_type, one.object_id, one.field) == place]


NO_PAST = Past()
"""Of a call that nothing was done for."""


async def past_of(context: Context, call_id: str) -> Past:
    """The past of this call."""
    records = context.records
    return Past(await records.ledger.of_call(call_id), await records.approvals.of_call(call_id))
