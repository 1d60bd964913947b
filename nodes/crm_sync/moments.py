"""Dates and times as HubSpot writes them, and whether two values say the same."""

from datetime import UTC, date, datetime, time


def hubspot_time(moment: datetime) -> str:
    """A moment for a date-time property: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def parse_time(text: str | None) -> datetime | None:
    """The moment a property holds, written as ISO 8601, as a day (its beginning in UTC) or in milliseconds."""
    if not text:
        return None
    try:
        if text.lstrip("-").isdigit() and len(text) >= len("1000000000"):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if len(text) == len("2026-03-10"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def same_value(one: str | None, other: str | None) -> bool:
    """Whether two property values are the same to HubSpot, which writes moments its own way and trims nothing else."""
    if (one or "") == (other or ""):
        return True
    first, second = parse_time(one), parse_time(other)
    return first is not None and first == second
