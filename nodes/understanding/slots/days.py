"""Ranges of days in a question: a period with what leads to it ("since", "before", "by", "between"), as filters.

Which field the days are of follows from the object and from the verb beside them: created, closed, completed, due.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.query import Filter, Operator, QueryObject
from nodes.understanding.slots.day_rules import Tense, Today, any_of
from nodes.understanding.slots.distances import COUNT_WORDS, later
from nodes.understanding.slots.part import Text, pattern
from nodes.understanding.slots.periods import Period, period_at

ONE_DAY: Final = timedelta(days=1)
DAY_FIRST_ZONES: Final = ("Europe/", "Australia/", "Africa/", "Asia/", "Pacific/Auckland", "Atlantic/")
"""Where 3/4 is in April."""

_WORD: Final = re.compile(r"(?<![\w/.-])[a-z\d]")
_LEADS: Final[tuple[tuple[str, str], ...]] = (
    ("no later than|on or before|not after|by the end of|by|until|till|til|up to|through|thru|up until", "by"),
    ("no earlier than|on or after|not before|since|starting from|starting on|starting|as of|from|beginning", "since"),
    ("after|later than|past|beyond|following", "after"),
    ("before|earlier than|prior to|ahead of", "before"),
    ("on|in|during|for|within|over|throughout|at|of|dated|around|as|between", "within"),
)
_LEAD: Final = re.compile(rf"\b(?P<lead>{'|'.join(words for words, _ in _LEADS)})(?: about| the)? $")
_TO: Final = re.compile(r",? ?(?:to|until|till|til|through|thru|and|-|–) ?(?:the )?")
_ONWARDS: Final = re.compile(r" (?:onwards?|on|or later|and later|or after|forward)\b(?! the\b)")
_OR_EARLIER: Final = re.compile(r" or (?:earlier|before|sooner)\b")
_ENDS: Final = re.compile(r"\bend\b|^eo")
"""Before the end of a month is by its last day."""
_COUNT: Final = rf"\d{{1,3}}|{any_of(COUNT_WORDS)}"
_UNITS: Final = r"(?P<unit>(?:business |working )?days?|weeks?|months?|quarters?|years?|hours?)"
_OLDER: Final = pattern(
    rf"(?:older than|over|more than|for over|for more than|longer than|"
    rf"(?:for )?at least) (?P<count>{_COUNT})\+? {_UNITS}"
    r"(?: ago| old| back)?|(?P<count2>\d{1,3})\+ (?P<unit2>days?|weeks?|months?) (?:ago|old)"
)
_NEWER: Final = pattern(
    rf"(?:less than|under|fewer than|newer than|younger than|in under) (?P<count>{_COUNT}) {_UNITS}(?: ago| old)?"
)
_PAST: Final = re.compile(
    r"\b(?:was|were|did|had|since|closed|won|lost|created|added|happened|signed|spoke|spoken|talked|met|said|"
    r"ago|held|"
    r"came|sold|made|logged|completed|finished|churned|changed|updated|modified|sent|went|touched|contacted|heard|"
    r"reached|been|called)\b"
)
_COMING: Final = re.compile(r"\b(?:will|closing|closes|close|due|upcoming|expected|going to|expire|expiring)\b")
_LATE: Final = pattern(
    r"overdue|missed|past[ -]due|(?:past|after|beyond) (?:its|their|the) (?:close|closing|due) dates?|"
    r"running late|late|"
    r"should(?:'ve| have) (?:been )?(?:closed|signed|landed|done|finished|completed)(?: (?:already|by now|"
    r"long ago))?|"
    r"(?:(?:with|whose|having) )?(?:an? |the |their |its )?(?:close|closing|due) dates? (?:that |which )?(?:is |are |"
    r"lies? )?(?:already )?(?:in the past|(?:(?:has|have) )?(?:passed|gone by|lapsed)|behind us)|slipped|slipping"
)
_UPCOMING: Final = pattern(r"upcoming|coming up|still to come|in (?:the )?future")


@dataclass(frozen=True)
class Range:
    """Days from `first` to `last`, both included; None where one side is open."""

    first: date | None
    last: date | None
    start: int
    end: int

    def filters(self, field: str) -> tuple[Filter, ...]:
        """The range as conditions on a field."""
        sides: tuple[tuple[Operator, date | None], ...] = (("gte", self.first), ("lte", self.last))
        return tuple(Filter(field=field, op=op, value=day.isoformat()) for op, day in sides if day)


@dataclass(frozen=True)
class Bound(Range):
    """A range told by a day that it leaves out: before or after it."""

    def filters(self, field: str) -> tuple[Filter, ...]:
        if self.first is None and self.last is not None:
            return (Filter(field=field, op="lt", value=(self.last + ONE_DAY).isoformat()),)
        if self.first is not None and self.last is None:
            return (Filter(field=field, op="gt", value=(self.first - ONE_DAY).isoformat()),)
        return super().filters(field)


def ranges_in(text: Text, today: date, object: QueryObject | None, *, day_first: bool = False) -> tuple[Range, ...]:
    """All ranges of days in a question, in order. `object` tells which way a month without a year lies."""
    found: list[Range] = list(_told_by_age(text, today))
    for start in _WORD.finditer(text.plain):
        at = start.start()
        if any(other.start <= at < other.end for other in found):
            continue
        tense = tense_at(text, at, object)
        period = period_at(text.plain, at, Today(today, tense, day_first))
        if period is not None and text.is_free(period.start, period.end):
            found.append(_led(text, period, Today(today, tense, day_first)))
    return tuple(sorted(found, key=lambda days: days.start))


def tense_at(text: Text, at: int, object: QueryObject | None) -> Tense:
    """Whether what a time is said of lies behind or ahead: by the words before it, else by what is asked for."""
    said = [(match.end(), "past") for match in _PAST.finditer(text.plain[:at])]
    said += [(match.end(), "future") for match in _COMING.finditer(text.plain[:at])]
    if said:
        return "past" if max(said)[1] == "past" else "future"
    return "past" if object in ("calls", "notes", "contacts", "companies") else "future"


def is_day_first(zone: object) -> bool:
    """Whether the team writes the day before the month, by the zone it is in."""
    return str(zone).startswith(DAY_FIRST_ZONES)


def late_in(text: Text) -> re.Match[str] | None:
    """Where the question says overdue, in whatever words."""
    return next(text.free(_LATE), None)


def upcoming_in(text: Text) -> re.Match[str] | None:
    """Where it says upcoming."""
    return next(text.free(_UPCOMING), None)


def _is_start(text: Text, period: Period, today: Today) -> bool:
    """Whether "from" this day on is meant: of what is ahead and begins on a day; "from last week" is in it."""
    single = period.first == period.last
    return today.tense == "future" and single and "last" not in text.plain[period.start : period.end]


def _led(text: Text, period: Period, today: Today) -> Range:
    """The period with what leads to it and what it leads to."""
    lead = _LEAD.search(text.before(period.start))
    word = lead["lead"] if lead else None
    how = next((how for words, how in _LEADS if word in words.split("|")), "within")
    start = lead.start() if lead else period.start
    between = re.search(r"\bbetween (?:the )?$", text.before(period.start))
    other = _other_end(text, period, today) if between or word in ("from", None, "since", "starting", "on") else None
    if other is not None:
        begins = between.start() if between else start
        first = _year_before(period, other, today)
        return Range(first, other.last, begins, other.end)
    if word == "from" and not _is_start(text, period, today):
        how = "within"
    return _bounded(text, period, how, start)


def _year_before(period: Period, other: Period, today: Today) -> date:
    """The first day, a year earlier where a day without a year was read as lying behind the last."""
    first = period.first
    return first.replace(year=first.year - 1) if first > other.last and (first.month, first.day) != (2, 29) else first


def _other_end(text: Text, period: Period, today: Today) -> Period | None:
    joint = _TO.match(text.plain, period.end)
    other = period_at(text.plain, joint.end(), today) if joint else None
    if other is None or (
        joint and "and" in joint[0] and not re.search(r"\b(?:between|from) (?:the )?$", text.before(period.start))
    ):
        return None
    if (
        other.last < period.first
        and other.first == other.last
        and period.first == period.last
        and today.tense == "future"
    ):
        moved = period_at(text.plain, other.start, Today(period.first, "future", today.day_first))
        return moved if moved and moved.last >= period.first else other
    return other


def _bounded(text: Text, period: Period, how: str, start: int) -> Range:
    onwards = _ONWARDS.match(text.plain, period.end)
    earlier = _OR_EARLIER.match(text.plain, period.end)
    if how == "before" and not _ENDS.search(text.plain[period.start : period.end]):
        return Bound(None, period.first - ONE_DAY, start, period.end)
    if how == "after":
        return Bound(period.last + ONE_DAY, None, start, period.end)
    if how == "since" or onwards:
        return Range(period.first, None, start, onwards.end() if onwards else period.end)
    if how in ("by", "before") or earlier:
        return Range(None, period.last, start, earlier.end() if earlier else period.end)
    return Range(period.first, period.last, start, period.end)


def _told_by_age(text: Text, today: date) -> Iterator[Range]:
    """Older than 30 days, less than a week ago."""
    for match in text.free(_OLDER):
        count, unit = match["count"] or match["count2"], match["unit"] or match["unit2"]
        if _is_length(match):
            continue
        yield Bound(None, later(today, unit, -_number(count)) - ONE_DAY, match.start(), match.end())
    for match in text.free(_NEWER):
        if _is_length(match):
            continue
        yield Range(later(today, match["unit"], -_number(match["count"])), today, match.start(), match.end())


def _is_length(match: re.Match[str]) -> bool:
    """Whether hours are meant that something took, not how long ago it was."""
    return (match["unit"] or "").startswith("hour") and not match[0].endswith(("ago", "old", "back"))


def _number(word: str) -> int:
    return COUNT_WORDS[word] if word in COUNT_WORDS else int(word)
