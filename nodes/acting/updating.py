"""Sets properties of deals, companies, contacts and tasks by a person's order, each once.

The value is decided on over the record as it was just read. It is planned in the ledger over that value, and written in
the record's turn only where the record still holds it: whoever was quicker is not written over.
"""

from core.errors import NotUsable
from memory.ledger import Effect, EffectStatus
from nodes.acting.asking import ask_to_update, asked_before
from nodes.acting.finding import named_record
from nodes.acting.finishing import finished
from nodes.acting.order import Order
from nodes.acting.ruling import agent_of, ruled
from nodes.acting.seeing import name_of, refuse_foreign, seen
from nodes.acting.telling import carried_out, denied, joined, told
from nodes.acting.values import DONE, STATUS, Wanted, in_words, wanted_of
from nodes.chat.shape import Done
from nodes.planned_again import CHANGED, update_planned
from nodes.policy.intent import Intent
from nodes.portal_zone import zone_of
from nodes.understanding.shape import FieldChange
from tools.hubspot.port import Record

CHANGEABLE = frozenset({"deals", "companies", "contacts", "tasks"})


async def update(order: Order) -> Done:
    """Makes every change of the order to its record."""
    return await _change_all(order, order.action.changes)


async def complete(order: Order) -> Done:
    """Ticks off a task."""
    if order.action.object != "tasks":
        raise NotUsable("only a task can be completed", next_step="Say which task.")
    return await _change_all(order, (FieldChange(field=STATUS, value=DONE),))


async def _change_all(order: Order, changes: tuple[FieldChange, ...]) -> Done:
    named = await named_record(order)
    record = await seen(order, named, (change.field for change in changes))
    if record.type not in CHANGEABLE:
        raise NotUsable(f"the text of {record.type} is not changed from here", next_step="Change it in HubSpot.")
    refuse_foreign(order, record)
    if not changes:
        raise NotUsable(f"it was not said what to change of {name_of(record)}", next_step="Say which value is new.")
    done = joined(order, [await _change(order, record, change) for change in changes])
    named = named.model_copy(update={"id": record.id, "name": name_of(record)})
    return done.model_copy(update={"action": done.action.model_copy(update={"record": named})})


async def _change(order: Order, record: Record, change: FieldChange) -> Done:
    """One property: what was begun with it before, else what is to be done about it as things stand now."""
    wanted = await wanted_of(order, record, change)
    key = order.key("update", record.type, record.id, wanted.field, wanted.after)
    row = await order.house.records.ledger.get(key)
    if row is not None and not order.trial and row.status is not EffectStatus.PLANNED:
        return await _write(order, record, wanted, row)
    if not order.trial and (asked := await asked_before(order, key)) is not None:
        return asked
    if wanted.is_there and row is None:
        return _nothing(order, record, wanted)
    effect = _effect(order, record, wanted, key)
    intent = Intent("update", record.type, wanted.field, value=wanted.after, to_stage_label=wanted.to_stage)
    verdict = await ruled(order, intent, [record])
    if verdict.decision == "deny":
        what = f"change the {wanted.label.lower()} of {record.type}"
        return denied(order, verdict, f"set {wanted.label} of {name_of(record)}", what)
    if verdict.decision == "ask":
        return await ask_to_update(order, record, wanted, verdict, key)
    if order.trial:
        return told(order, "done", f"{_said(record, wanted)} would be set", **_about(wanted))
    return await _write(order, record, wanted, effect)


async def _write(order: Order, record: Record, wanted: Wanted, effect: Effect) -> Done:
    """Writes what was decided, unless it was written before; says what the ledger says then."""
    ledger = order.house.records.ledger
    await ledger.plan([effect])
    row = await finished(order, effect.key, lambda: update_planned(order.house, record.type, record.id, [effect.key]))
    if row.reason == CHANGED:
        return await _overtaken(order, record, wanted, row)
    words = await _before_of(order, record, wanted, row)
    return carried_out(
        order,
        row,
        f"{wanted.label} of {name_of(record)}: {words} → {wanted.after_words}",
        **{**_about(wanted), "before": words},
    )


async def _before_of(order: Order, record: Record, wanted: Wanted, row: Effect) -> str:
    """What was there before it was written, which is not what is there when a turn is run again."""
    crm = order.house.crm
    spec = (await crm.fields(record.type)).get(wanted.field)
    return await in_words(crm, record, spec, wanted.field, row.before, zone_of(await crm.account()))


async def _overtaken(order: Order, record: Record, wanted: Wanted, row: Effect) -> Done:
    """Somebody was quicker: what is there now is told, and left."""
    crm = order.house.crm
    now = (await crm.read(record.type, [record.id], [wanted.field])).get(record.id, record)
    spec = (await crm.fields(record.type)).get(wanted.field)
    value = await in_words(crm, record, spec, wanted.field, now.get(wanted.field), zone_of(await crm.account()))
    words = (
        f"{wanted.label} of {name_of(record)} was changed by somebody else meanwhile: it is {value} by now, "
        "and I left it so. Say it again if you still want it changed"
    )
    return told(order, "failed", words, label=wanted.label, before=value, key=row.key)


def _nothing(order: Order, record: Record, wanted: Wanted) -> Done:
    return told(
        order, "nothing", f"{wanted.label} of {name_of(record)} is {wanted.before_words} already", **_about(wanted)
    )


def _effect(order: Order, record: Record, wanted: Wanted, key: str) -> Effect:
    return Effect(
        key=key,
        call_id=order.call_id,
        agent=agent_of(record.type),
        service="hubspot",
        action="update",
        object_type=record.type,
        object_id=record.id,
        field=wanted.field,
        before=wanted.before,
        after=wanted.after,
        payload=order.mark,
        asked_by=order.asked_by,
    )


def _said(record: Record, wanted: Wanted) -> str:
    return f"{wanted.label} of {name_of(record)}: {wanted.before_words} → {wanted.after_words}"


def _about(wanted: Wanted) -> dict[str, str]:
    return {"label": wanted.label, "before": wanted.before_words, "after": wanted.after_words}
