"""What a property is to hold, checked against what the portal offers, beside what it holds now, both in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from core.errors import NotUsable
from nodes.acting.order import Order
from nodes.approval.naming import label_of
from nodes.approval.values import value_for
from nodes.crm_sync.moments import hubspot_time, parse_time, same_value
from nodes.follow_up.step import END_OF_BUSINESS
from nodes.policy.offered import STAGE
from nodes.portal_zone import zone_of
from nodes.querying.fields import CURRENCY
from nodes.querying.plain import money_text, number_text
from nodes.querying.values import read_value
from nodes.showing import day
from nodes.understanding.shape import FieldChange
from tools.hubspot.port import CrmGateway, FieldSpec, Record

DUE: Final = "hs_timestamp"
"""When a task is due, and when a note was written."""
STATUS: Final = "hs_task_status"
DONE: Final = "COMPLETED"

LEAST_TIME: Final = timedelta(hours=1)
"""What is due today is due no sooner than so, however late it is."""

MONEY: Final = frozenset({"amount"})


@dataclass(frozen=True)
class Wanted:
    """A property, the value it has and the one it is to have, as HubSpot holds them and in words."""

    field: str
    label: str
    before: str | None
    after: str
    before_words: str
    after_words: str
    to_stage: str | None = None
    is_there: bool = False


async def wanted_of(order: Order, record: Record, change: FieldChange) -> Wanted:
    """What the change comes to for this record; raises NotUsable for a value that the property cannot hold."""
    crm, type = order.house.crm, record.type
    spec = (await crm.fields(type)).get(change.field)
    zone = zone_of(await crm.account())
    after = await _value(order, record, change, zone)
    before = record.get(change.field)
    to_stage = await label_of(crm, type, STAGE, after) if change.field == STAGE else None
    return Wanted(
        field=change.field,
        label=spec.label if spec else change.field,
        before=before,
        after=after,
        before_words=await in_words(crm, record, spec, change.field, before, zone),
        after_words=await in_words(crm, record, spec, change.field, after, zone),
        to_stage=to_stage,
        is_there=_is_there(before, after, change.value or "", spec, zone),
    )


async def _value(order: Order, record: Record, change: FieldChange, zone: tzinfo) -> str:
    """The value as HubSpot is to hold it: of what was given, else of its name; nothing is guessed."""
    text = (change.value or change.label or "").strip()
    if not text:
        raise NotUsable(f"nothing was said for {change.field} to hold", next_step="Say the new value.")
    if record.type == "tasks" and change.field == DUE:
        return hubspot_time(due_moment(text, order.house.clock.now(), zone))
    try:
        return await value_for(order.house.crm, record.type, record.id, change.field, text)
    except NotUsable:
        if change.label is None or change.label in (text, ""):
            raise
        return await value_for(order.house.crm, record.type, record.id, change.field, change.label)


def due_moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """When a task is due: the end of business of a day, or the moment given, where the portal is; never in the past."""
    today = now.astimezone(zone)
    try:
        if len(text) == len("2026-03-10"):
            due = datetime.combine(date.fromisoformat(text), END_OF_BUSINESS, zone)
            end = datetime.combine(due.date(), time(23, 59), zone)
            due = max(due, min(today + LEAST_TIME, end)) if due.date() == today.date() else due
        else:
            moment = datetime.fromisoformat(text)
            due = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise NotUsable(f"“{text}” is no day: write it like 2026-03-31") from None
    if due < now:
        raise NotUsable(f"{day(due)} has passed", next_step="Name a day to come.")
    return due


def next_working_day(now: datetime, zone: tzinfo) -> date:
    """The day after today that is neither Saturday nor Sunday."""
    following = now.astimezone(zone).date() + timedelta(days=1)
    while following.weekday() > 4:
        following += timedelta(days=1)
    return following


async def in_words(
    crm: CrmGateway, record: Record, spec: FieldSpec | None, field: str, value: str | None, zone: tzinfo
) -> str:
    """A value of the record as people read it: a name, a day, an amount with its thousands in the record's currency."""
    if not value:
        return "nothing"
    if named := await label_of(crm, record.type, field, value):
        return named
    moment = parse_time(value) if spec is not None and spec.type in ("date", "datetime") else None
    if moment is not None:
        return _when(moment, spec, zone, with_time=record.type == "tasks")
    if spec is not None and spec.type == "number":
        return await _number(crm, record, field, value)
    return value


def _when(moment: datetime, spec: FieldSpec | None, zone: tzinfo, *, with_time: bool) -> str:
    if spec is not None and spec.type == "date":
        return day(moment)
    local = moment.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}" if with_time else day(local)


async def _number(crm: CrmGateway, record: Record, field: str, value: str) -> str:
    number = read_value("number", value)
    if not isinstance(number, Decimal):
        return value
    if field not in MONEY:
        return number_text(number)
    return money_text(number, record.get(CURRENCY) or (await crm.account()).currency)


def _is_there(before: str | None, after: str, text: str, spec: FieldSpec | None, zone: tzinfo) -> bool:
    """Whether the property says that already; where only a day was named, any time of that day does."""
    if same_value(before, after):
        return True
    moment = parse_time(before)
    is_day = len(text) == len("2026-03-10") and spec is not None and spec.type == "datetime"
    return is_day and moment is not None and moment.astimezone(zone).date().isoformat() == text
