"""Which record is to be changed where the words name what it belongs to: the one open deal of a company, its one task.

Only what the asker may see is looked at, so that nobody learns from "which one?" what there is besides.
"""

from collections.abc import Sequence
from typing import Final

from core.errors import NotUsable
from core.rights.rights import refusal
from nodes.acting.order import Order, action_in
from nodes.acting.seeing import READ, SINGULAR, is_for, name_of, seen
from nodes.acting.values import DONE, STATUS
from nodes.attached import BELONGS_TO
from nodes.crm_sync.deals import is_open
from nodes.understanding.shape import Named
from tools.hubspot.port import ObjectType, Record

MOST_LOOKED_AT: Final = 100
MOST_NAMED: Final = 5


async def named_record(order: Order) -> Named:
    """The record that the action is about; raises NotUsable where that is not clear, NotAllowed where there is none."""
    action = order.action
    if action.record is not None:
        return action.record
    if (begun := await _begun(order)) is not None:
        return begun
    same = [one for one in action.about if one.type == action.object]
    if len(same) == 1:
        return same[0]
    owners = [one for one in action.about if one.type in BELONGS_TO]
    if action.object not in READ or len(owners) != 1:
        what = SINGULAR.get(action.object, "record")
        raise NotUsable(f"it is not clear which {what} is meant", next_step="Give its name.")
    return await _only_one(order, action.object, owners[0])  # type: ignore[arg-type]


async def _begun(order: Order) -> Named | None:
    """The record that this very order was begun on: by now it may be open no more."""
    records, mine = order.house.records, action_in(order.mark)
    effects = await records.ledger.of_call(order.call_id)
    found = [(row.object_type, row.object_id) for row in effects if action_in(row.payload) == mine]
    asked = await records.approvals.of_call(order.call_id)
    found += [(one.object_type, one.object_id) for one in asked if action_in(one.payload) == mine]
    return next((Named.model_validate({"type": type, "id": id, "name": ""}) for type, id in found if id), None)


async def _only_one(order: Order, type: ObjectType, owner: Named) -> Named:
    """The one open record of this type that belongs to another."""
    record = await seen(order, owner)
    linked = await order.house.crm.associated(record.type, [record.id], type)
    found = await _open(order, type, linked.get(record.id, ())[-MOST_LOOKED_AT:])
    if not found:
        raise refusal(f"open {SINGULAR[type]} of {name_of(record)}")
    if len(found) > 1:
        names = ", ".join(f"“{name_of(one)}”" for one in found[:MOST_NAMED])
        raise NotUsable(f"{name_of(record)} has {len(found)} open {type}: {names}", next_step="Say which one.")
    return Named(type=type, id=found[0].id, name=name_of(found[0]))


async def _open(order: Order, type: ObjectType, ids: Sequence[str]) -> list[Record]:
    """Those of these records that are still worked on, and for the asker and the place."""
    found = await order.house.crm.read(type, ids, sorted({*READ[type], STATUS})) if ids else {}
    pipelines = await order.house.crm.pipelines() if type == "deals" else ()
    working = [
        record
        for record in found.values()
        if not record.archived and record.get(STATUS) != DONE and (type != "deals" or is_open(record, pipelines))
    ]
    return [record for record in working if await is_for(order, record)]
