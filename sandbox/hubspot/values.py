"""Property values: what HubSpot takes for each type of property, and what it makes of it."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sandbox.store import Document

Given = str | int | float | bool | None
"""A value as a client may send it; on the way out every value is a string."""

LONGEST = 65_536
EMAIL = re.compile(r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+$")
EPOCH_MS = re.compile(r"^-?\d{10,14}$")


@dataclass(frozen=True)
class Refused(Exception):
    """A value that its property does not take; `code` is HubSpot's name for why."""

    code: str
    message: str


def as_text(given: Given) -> str:
    """A value as it goes over the wire; nothing becomes the empty string, which clears a property."""
    if given is None:
        return ""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    return str(given)


def normal(definition: Document, text: str, options: Collection[str] | None) -> str:
    """The value as HubSpot keeps it; raises Refused. `options` are those of an enumeration, None when any will do."""
    if text == "":
        return text
    match definition["type"]:
        case "number":
            return _number(text)
        case "date":
            return _moment(text).date().isoformat()
        case "datetime":
            return iso(_moment(text))
        case "bool":
            return _chosen(text.lower(), {"true", "false"})
        case "enumeration":
            return _all_chosen(definition, text, options)
        case _:
            return _string(definition, text)


def iso(moment: datetime) -> str:
    """A moment as HubSpot writes it: UTC, milliseconds only where there are any."""
    moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime | None:
    """The moment that a date, date-time or number of milliseconds names; None when it names none."""
    try:
        return _moment(text)
    except Refused:
        return None


def number_of(text: str) -> float | None:
    """The number that is written here; None when none is."""
    try:
        return float(_number(text))
    except Refused:
        return None


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError as error:
        raise Refused("INVALID_DOUBLE", f"{text} was not a valid number.") from error
    if not math.isfinite(value):
        raise Refused("INVALID_DOUBLE", f"{text} was not a valid number.")
    return text.strip()


def _moment(text: str) -> datetime:
    try:
        if EPOCH_MS.match(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Refused("INVALID_LONG", f"{text} was not a valid date or time.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _chosen(text: str, options: Collection[str]) -> str:
    if text not in options:
        listed = ", ".join(sorted(options))
        raise Refused("INVALID_OPTION", f"{text} was not one of the allowed options: [{listed}]")
    return text


def _all_chosen(definition: Document, text: str, options: Collection[str] | None) -> str:
    if options is None:
        return text
    several = definition["fieldType"] == "checkbox"
    for part in text.split(";") if several else [text]:
        _chosen(part, options)
    return text


def _string(definition: Document, text: str) -> str:
    if len(text) > LONGEST:
        raise Refused("VALUE_TOO_LONG", f"the value is longer than {LONGEST} characters.")
    if definition["name"] != "email":
        return text
    if not EMAIL.match(text):
        raise Refused("INVALID_EMAIL", f"Email address {text} is invalid")
    return text.lower()
