"""What somebody did last in a conversation: the ledger, approvals and facts tell it, not what was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from memory.approvals import Approval, ApprovalStatus
from memory.facts import Fact
from memory.ledger import Effect, EffectStatus
from nodes.acting.order import Order, action_in, thread_in

LATEST: Final = 200
"""Effects of the asker that are looked through for the last one of this conversation."""
STANDING: Final = frozenset({EffectStatus.PLANNED, EffectStatus.SENT, EffectStatus.CONFIRMED})
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Last:
    """What was done last: the effects of one action, a request that still waits, or a fact; `at` is when."""

    at: datetime
    effects: Sequence[Effect] = ()
    waiting: Approval | None = None
    fact: Fact | None = None


async def last_of(order: Order) -> Last | None:
    """The last thing that stands of what the asker did in this conversation; about the record that is named, if any."""
    found = [
        *await _acted(order),
        *await _asked(order),
        *await _stated(order),
    ]
    return max(found, key=lambda last: last.at, default=None)


async def _acted(order: Order) -> list[Last]:
    """The last action that stands: all effects of it."""
    effects = [row for row in await _effects(order) if row.status in STANDING and _is_meant(order, row)]
    if not effects:
        return []
    action = effects[-1].approval_id or action_in(effects[-1].payload)
    same = [row for row in effects if (row.approval_id or action_in(row.payload)) == action]
    return [Last(at=_moment(same[-1]), effects=same)]


async def _effects(order: Order) -> list[Effect]:
    """What was written for the asker here, at once or because somebody allowed it, in the order of planning."""
    ledger = order.house.records.ledger
    mine = await ledger.asked_for(order.asked_by, LATEST)
    answered = await _answered_here(order, [row.approval_id for row in mine if row.approval_id])
    own = [row for row in mine if thread_in(row.payload) == order.thread or row.approval_id in answered]
    allowed = [
        row
        for approval in await _requests(order)
        for row in await ledger.of_call(approval.call_id)
        if row.approval_id == approval.id and row.undoes is None
    ]
    return sorted({row.key: row for row in [*own, *allowed]}.values(), key=_moment)


async def _answered_here(order: Order, ids: Sequence[str]) -> set[str]:
    """Those of these requests that were answered in this conversation."""
    found = await order.house.records.approvals.of_ids(ids)
    return {one.id for one in found if any(answer.thread == order.thread for answer in one.answers)}


async def _asked(order: Order) -> list[Last]:
    waiting = [one for one in await _requests(order) if one.status is ApprovalStatus.WAITING]
    return [Last(at=one.created_at, waiting=one) for one in waiting if one.created_at and _is_about(order, one)]


async def _requests(order: Order) -> list[Approval]:
    """What the asker asked for here and a person's word was needed for."""
    found = await order.house.records.approvals.requested_by(order.asked_by)
    return [one for one in found if thread_in(one.payload) == order.thread]


async def _stated(order: Order) -> list[Last]:
    memory, person = order.house.memory, order.person
    facts = await memory.facts.said_in(order.thread) if memory is not None and order.action.record is None else []
    own = [fact for fact in facts if (fact.email, fact.by) == (person.email, person.name)]
    return [Last(at=fact.at, fact=fact) for fact in own]


def _is_meant(order: Order, effect: Effect) -> bool:
    """Whether it is on the record that is named, where one is."""
    record = order.action.record
    if record is None:
        return True
    linked = [list(one) for one in effect.payload.get("associations", ())]
    own = (effect.object_type, effect.remote_id if effect.action == "create" else effect.object_id)
    return own == (record.type, record.id) or [record.type, record.id] in linked


def _is_about(order: Order, approval: Approval) -> bool:
    record = order.action.record
    return record is None or (approval.object_type, approval.object_id) == (record.type, record.id)


def _moment(effect: Effect) -> datetime:
    return effect.created_at or LONG_AGO
