"""Carries out an order to take back effects: record by record, the newest effect first.

Whatever stops it (an outage, a crash), the same order is carried out again: what it has done by then is read in the
ledger, what it may have done is read back in HubSpot.
"""

from collections.abc import Mapping, Sequence

from memory.approvals import ApprovalStatus
from memory.ledger import Effect
from nodes.context import Context
from nodes.undo import removing, values
from nodes.undo.cases import cases_of, subject
from nodes.undo.request import UndoItem, UndoReport, UndoRequest
from tools.hubspot.port import ObjectType

WAITS = "it has not been taken back yet"

Group = tuple[str, ObjectType, str]
"""Effects that are taken back in one turn: ("update", type, record id), ("create", type, ""), or ("", …) for others."""


async def run_undo(context: Context, request: UndoRequest) -> UndoReport:
    """Takes back what the order names, and withdraws what its call still asks; said again, it does no more.

    Raises Unavailable and Unauthorized when HubSpot cannot be asked: the order stays, and is tried again.
    """
    items: list[UndoItem] = []
    for (action, type, id), keys in (await _groups(context, request)).items():
        if action == "update":
            items += await values.put_back(context, request, type, id, keys)
        elif action == "create":
            items += await removing.remove(context, request, type, keys)
        else:
            items += (await cases_of(context.records.ledger, request, keys))[1]
    return UndoReport(items=_in_order(items, request), withdrawn=await _withdraw(context, request))


async def preview_undo(context: Context, request: UndoRequest) -> UndoReport:
    """What `run_undo` would do now; writes nothing, neither in HubSpot nor in the ledger."""
    items: list[UndoItem] = []
    for (action, type, id), keys in (await _groups(context, request)).items():
        if action == "update":
            items += await values.preview(context, request, type, id, keys)
        elif action == "create":
            items += await removing.preview(context, request, type, keys)
        else:
            items += (await cases_of(context.records.ledger, request, keys))[1]
    waiting = await _waiting(context, request)
    return UndoReport(items=_in_order(items, request), withdrawn=waiting)


async def report_of(context: Context, request: UndoRequest) -> UndoReport:
    """What has come of the order by now, as the ledger knows; asks nobody."""
    cases, settled = await cases_of(context.records.ledger, request, request.keys)
    waits = [UndoItem(key=one.effect.key, what=subject(one.effect), outcome="waits", words=WAITS) for one in cases]
    withdrawn = await _withdrawn(context, request)
    return UndoReport(items=_in_order([*settled, *waits], request), withdrawn=withdrawn)


async def _groups(context: Context, request: UndoRequest) -> Mapping[Group, Sequence[str]]:
    groups: dict[Group, list[str]] = {}
    for effect in await context.records.ledger.of_keys(request.keys):
        groups.setdefault(_group(effect), []).append(effect.key)
    return groups


def _group(effect: Effect) -> Group:
    type: ObjectType = effect.object_type  # type: ignore[assignment]
    if effect.service == "hubspot" and effect.action == "update":
        return "update", type, effect.object_id or ""
    return ("create" if effect.action == "create" else "", type, "")


def _in_order(items: Sequence[UndoItem], request: UndoRequest) -> tuple[UndoItem, ...]:
    return tuple(sorted(items, key=lambda item: request.keys.index(item.key)))


async def _waiting(context: Context, request: UndoRequest) -> tuple[int, ...]:
    if request.call_id is None:
        return ()
    asked = await context.records.approvals.of_call(request.call_id)
    return tuple(one.number or 0 for one in asked if one.status is ApprovalStatus.WAITING)


async def _withdraw(context: Context, request: UndoRequest) -> tuple[int, ...]:
    """Withdraws what waits; returns also what this order withdrew before it was interrupted."""
    if request.call_id is None:
        return ()
    approvals = context.records.approvals
    for approval in await approvals.of_call(request.call_id):
        if approval.status is ApprovalStatus.WAITING:
            await approvals.withdraw(approval.id, _why(request))
    return await _withdrawn(context, request)


async def _withdrawn(context: Context, request: UndoRequest) -> tuple[int, ...]:
    asked = await context.records.approvals.of_call(request.call_id or "")
    return tuple(one.number or 0 for one in asked if one.outcome == _why(request))


def _why(request: UndoRequest) -> str:
    return f"the call was taken back by {request.by} (order {request.id})"
