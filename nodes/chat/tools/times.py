"""The time a question is about, as moments: recall finds what was said between two of them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from core.query import Query
from nodes.understanding.lexicon import Lexicon

STARTED: Final = "started"
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """From the first moment on, and before the second; None where that side is open."""

    since: datetime | None = None
    until: datetime | None = None


ANY_DAY: Final = Days()


def days_of(query: Query, lexicon: Lexicon) -> Days:
    """The days that a query of calls is about; its days are whole ones, in the portal's zone."""
    since: datetime | None = None
    until: datetime | None = None
    for one in query.filters:
        day = _day(one.value) if one.field == STARTED else None
        if day is None:
            continue
        begin = datetime.combine(day, time.min, lexicon.now.tzinfo)
        if one.op in ("gte", "eq", "gt"):
            since = begin + ONE_DAY if one.op == "gt" else begin
        if one.op in ("lte", "eq", "lt"):
            until = begin if one.op == "lt" else begin + ONE_DAY
    return Days(since, until)


def _day(value: object) -> date | None:
    """The day of a filter, which may hold a moment."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
