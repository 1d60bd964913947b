"""Makes tasks and notes by a person's order, each once.

A task is on the list of who asks, or of the colleague who is named and whom they may act for; it is due at the end of
business of the day that was named, where the portal is. A note belongs to records that are the asker's to change.
"""

from collections.abc import Sequence
from html import escape

from core.errors import NotAllowed, NotUsable
from memory.ledger import Effect, EffectStatus
from nodes.acting.asking import ask_to_make, asked_before
from nodes.acting.finishing import finished
from nodes.acting.order import Order
from nodes.acting.ruling import agent_of, ruled
from nodes.acting.seeing import name_of, refuse_foreign, seen
from nodes.acting.telling import carried_out, denied, told
from nodes.acting.values import DUE, due_moment, next_working_day
from nodes.approval.values import value_for
from nodes.attached import BELONGS_TO
from nodes.chat.shape import Done
from nodes.crm_sync.creating import create_once
from nodes.crm_sync.effects import new_record_payload
from nodes.crm_sync.moments import hubspot_time, parse_time
from nodes.follow_up.step import SUBJECT_LIMIT
from nodes.policy.intent import Intent
from nodes.policy.offered import OWNER
from nodes.portal_zone import zone_of
from nodes.showing import day, shorten
from nodes.understanding.shape import Named
from tools.hubspot.port import ObjectType, Record

SUBJECT = "hs_task_subject"
PRIORITY = "hs_task_priority"
NOTE_LIMIT = 5000
MADE_HERE = frozenset({"tasks", "notes"})


async def create(order: Order) -> Done:
    """Makes the task or note; nothing else is made from a conversation."""
    kind = order.action.object
    if kind not in MADE_HERE:
        return denied(order, await ruled(order, Intent("create", kind)), f"make one of the {kind}", f"make {kind}")
    named = [*order.action.about, *([order.action.record] if order.action.record else [])]
    records = [await seen(order, one) for one in named if one.type in BELONGS_TO]
    properties = await (_task(order, records) if kind == "tasks" else _note(order, records))
    return await _make(order, kind, properties, records)  # type: ignore[arg-type]


async def _make(order: Order, type: ObjectType, properties: dict[str, str], records: Sequence[Record]) -> Done:
    """What was begun with it before, else what the policy says of it."""
    effect = _effect(order, type, properties, records)
    row = await order.house.records.ledger.get(effect.key)
    if row is not None and not order.trial and row.status is not EffectStatus.PLANNED:
        return await _write(order, type, row, records)
    if not order.trial and (asked := await asked_before(order, effect.key)) is not None:
        return asked
    verdict = await ruled(order, Intent("create", type), records)
    if verdict.decision == "deny":
        return denied(order, verdict, f"make the {type.removesuffix('s')}", f"make {type}")
    if verdict.decision == "ask":
        return await ask_to_make(order, effect, records, verdict)
    if order.trial:
        return told(order, "done", f"{await _said(order, effect, records)} would be made", after=effect.after)
    return await _write(order, type, effect, records)


async def _write(order: Order, type: ObjectType, effect: Effect, records: Sequence[Record]) -> Done:
    row = await finished(order, effect.key, lambda: create_once(order.house, type, [effect]))
    words = f"{await _said(order, row, records)} is made"
    done = carried_out(order, row, words, label=type.removesuffix("s").capitalize(), after=row.after)
    return _with_new(done, type, row)


def _with_new(done: Done, type: ObjectType, row: Effect) -> Done:
    """With the task that was made as the record of the action: it is what "it" means in what is said next."""
    if type != "tasks" or row.remote_id is None or row.status is not EffectStatus.CONFIRMED:
        return done
    new = Named(type="tasks", id=row.remote_id, name=row.after or "the task")
    return done.model_copy(update={"action": done.action.model_copy(update={"record": new})})


def _effect(order: Order, type: ObjectType, properties: dict[str, str], records: Sequence[Record]) -> Effect:
    """The row of the ledger; what it is about, what it says and its day tell it apart from others of the turn.

    The day is the one that was named: the moment that comes of it would be another one if the turn were run later.
    """
    about = tuple((record.type, record.id) for record in records)
    said = properties.get(SUBJECT) or order.action.words or ""
    named = _given(order)
    return Effect(
        key=order.key(
            "create", type, said, *(f"{of}/{id}" for of, id in about), properties.get(OWNER, ""), named.get(DUE, "")
        ),
        call_id=order.call_id,
        agent=agent_of(type),
        service="hubspot",
        action="create",
        object_type=type,
        after=shorten(said, SUBJECT_LIMIT),
        payload={**new_record_payload(properties, about), **order.mark},
        asked_by=order.asked_by,
    )


async def _task(order: Order, records: Sequence[Record]) -> dict[str, str]:
    given = _given(order)
    subject = shorten(given.get(SUBJECT) or order.action.words or _subject_of(records), SUBJECT_LIMIT)
    if not subject:
        raise NotUsable("it was not said what is to be done", next_step="Say what to be reminded of.")
    crm, now = order.house.crm, order.house.clock.now()
    zone = zone_of(await crm.account())
    due = due_moment(given.get(DUE) or next_working_day(now, zone).isoformat(), now, zone)
    properties = {
        SUBJECT: subject[:1].upper() + subject[1:],
        "hs_task_body": f"<p>Asked for in a conversation by {escape(order.person.name)}.</p>",
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        DUE: hubspot_time(due),
    }
    if owner := await _owner(order, given.get(OWNER)):
        properties[OWNER] = owner
    if priority := given.get(PRIORITY):
        properties[PRIORITY] = await value_for(crm, "tasks", "", PRIORITY, priority)
    return properties


def _given(order: Order) -> dict[str, str]:
    """What was named, by its field."""
    return {change.field: change.value for change in order.action.changes if change.value}


def _subject_of(records: Sequence[Record]) -> str:
    return f"Follow up on {', '.join(map(name_of, records))}" if records else ""


async def _owner(order: Order, named: str | None) -> str | None:
    """On whose list it goes: the asker's own, or that of somebody whose records they may change."""
    if named is None:
        return order.owner_id
    owner = await value_for(order.house.crm, "tasks", "", OWNER, named)
    if owner != order.owner_id and not order.context.asker.may_change(owner):
        raise NotAllowed(
            "you may put no task on that colleague's list", next_step="Ask them, for instance with a message."
        )
    return owner


async def _note(order: Order, records: Sequence[Record]) -> dict[str, str]:
    text = (order.action.words or "").strip()
    if not text or len(text) > NOTE_LIMIT:
        raise NotUsable(f"a note has a text of at most {NOTE_LIMIT} letters", next_step="Say what to write down.")
    if not records:
        raise NotUsable("it was not said what the note is about", next_step="Name a deal, a company or a person.")
    for record in records:
        refuse_foreign(order, record)
    lines = "<br>".join(escape(line) for line in text.splitlines())
    properties = {
        "hs_note_body": f"<p>{lines}</p><p>Written down in a conversation by {escape(order.person.name)}.</p>",
        DUE: hubspot_time(order.house.clock.now()),
    }
    return properties | ({OWNER: order.owner_id} if order.owner_id else {})


async def _said(order: Order, effect: Effect, records: Sequence[Record]) -> str:
    """What is made, for whom, until when, and on which records."""
    properties = effect.payload.get("properties", {})
    about = f" on {', '.join(map(name_of, records))}" if records else ""
    if effect.object_type == "notes":
        return f"the note “{effect.after}”{about}"
    due = parse_time(properties.get(DUE))
    zone = zone_of(await order.house.crm.account())
    when = f", due {day(due.astimezone(zone))}, {due.astimezone(zone):%H:%M}" if due else ""
    return f"the task “{effect.after}”{about}{await _whose(order, properties.get(OWNER))}{when}"


async def _whose(order: Order, owner_id: str | None) -> str:
    if owner_id == order.owner_id:
        return "" if owner_id else " for nobody yet"
    owners = {owner.id: owner.name or owner.email for owner in await order.house.crm.owners()}
    return f" for {owners.get(owner_id or '') or 'nobody yet'}"
