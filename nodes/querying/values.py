"""Values as they are compared: numbers, days, moments, texts and choices, read from HubSpot's strings or a query's."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Literal

from core.query import Scalar
from nodes.crm_sync.moments import parse_time

Kind = Literal["text", "number", "day", "moment", "choice", "flag", "link"]
"""What sort of value a field holds; a link is the id of a record."""

Value = str | bool | Decimal | date | datetime
Values = Sequence[Value]
"""What a field holds: nothing, one value, or several where it takes several."""

DAY_LETTERS = len("2026-12-31")


def read_value(kind: Kind, given: Scalar | None) -> Value | None:
    """A value as it is compared, None where there is none, or none of this kind."""
    if given is None or given == "":
        return None
    match kind:
        case "number":
            return _number(given)
        case "day" | "moment":
            return _time(kind, str(given))
        case "flag":
            return str(given).lower() == "true"
        case _:
            return str(given)


def is_equal(held: Value, wanted: Value, zone: tzinfo) -> bool:
    """Whether they are the same: texts in any case, a moment and a day where the moment is on that day in the zone."""
    one, other = _alike(held, wanted, zone)
    return type(one) is type(other) and one == other


def is_before(held: Value, wanted: Value, zone: tzinfo) -> bool:
    """Whether the one comes before the other; never for what cannot be compared."""
    one, other = _alike(held, wanted, zone)
    return type(one) is type(other) and one < other  # type: ignore[operator]


def day_in(value: Value, zone: tzinfo) -> date | None:
    """The day of a day or moment."""
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    return value if isinstance(value, date) else None


def sort_key(value: Value | None, zone: tzinfo) -> tuple[int, float, str]:
    """A value's place among others of its field; what has none comes first."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, bool | Decimal):
        return (1, float(value), "")
    if isinstance(value, datetime):
        return (1, value.timestamp(), "")
    number = _number(value) if isinstance(value, str) else None
    if number is not None:
        return (1, float(number), "")
    day = day_in(value, zone)
    return (1, float(day.toordinal()), "") if day else (2, 0.0, str(value).casefold())


def plain_number(value: Decimal) -> int | float:
    """A number as JSON has it: whole ones whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def _number(given: Scalar) -> Decimal | None:
    try:
        value = Decimal(str(given).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 100 else None


def _time(kind: Kind, text: str) -> Value | None:
    """A day as a day, also where a moment is asked for: it stands for all its moments."""
    moment = parse_time(text)
    if moment is None:
        return None
    return moment.date() if kind == "day" or len(text) == DAY_LETTERS else moment


def _alike(held: Value, wanted: Value, zone: tzinfo) -> tuple[Value, Value]:
    """Both as days where one is no more than a day; texts without their case."""
    if isinstance(held, datetime) and isinstance(wanted, datetime):
        return held, wanted
    if isinstance(held, date) and isinstance(wanted, date):
        return day_in(held, zone) or held, day_in(wanted, zone) or wanted
    if isinstance(held, str) and isinstance(wanted, str):
        return held.casefold(), wanted.casefold()
    return held, wanted
