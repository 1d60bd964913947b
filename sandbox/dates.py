"""Moves the dates of recorded data, by whole weeks so that weekdays stay what they were."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$")
WEEK = timedelta(weeks=1)


def weeks_between(then: date, now: date) -> int:
    """Whole weeks from `then` to `now`, rounded towards the past."""
    return (now - then) // WEEK


def weeks_until_ended(ended: datetime, weeks_ago: int, now: datetime) -> int:
    """By how many weeks to move what ended then, so that it ended `weeks_ago` weeks before now, or a few days more."""
    return (now - weeks_ago * WEEK - ended) // WEEK


def moved(value: Any, weeks: int) -> Any:
    """The JSON value with every ISO date or date-time in it moved by so many weeks; the time of day stays."""
    if isinstance(value, str):
        return _moved_text(value, weeks)
    if isinstance(value, Mapping):
        return {key: moved(part, weeks) for key, part in value.items()}
    if isinstance(value, list):
        return [moved(part, weeks) for part in value]
    return value


def _moved_text(text: str, weeks: int) -> str:
    if not weeks or not ISO_DATE.match(text):
        return text
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:  # it only looks like a date (month 13, say): data as it was given
        return text
    return (day + weeks * WEEK).isoformat() + text[10:]
