"""When a promise is due: days as people say them ("by Thursday", "the twenty-second", "in two weeks"), as dates.

An own small resolver rather than dateparser: speech needs few forms, but needs them exactly (which "next Wednesday",
which of two days in one sentence, "not Friday"), and dateparser takes longer to import than a whole call takes here.
Every day is counted from the call's own local date. A day that has gone by, or a weekday named alone, means the
coming one; "next" before a weekday means the week after this one; a week ends on Friday.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nodes.call_analysis.extractive.day_forms import FORMS, WEEKDAYS

_NOT = re.compile(
    r"(?:\bnot(?: on| by| until)?|\bcan't do|\bcan't make|\binstead of|\bsince|\blast|\bno good|\bexcept|"
    r"\ba) (?:the )?$"
)
_FAILS = re.compile(r"^(?:'s| is| was)? (?:not|no good|out|bad|doesn't|won't|off)\b")
_DEADLINE = re.compile(r"\b(?:by|before|until|till)(?: the)? $")
_RANGE = re.compile(r"^\S+(?: \S+){0,3} (?:to|through|till|until|and) (?:the )?$")
LONGEST = timedelta(days=200)


@dataclass(frozen=True)
class Day:
    """A day that was named: where in the text, and whether it is told as a deadline ("by …")."""

    date: date
    start: int
    deadline: bool
    exact: bool = True
    numbered: bool = False
    """Whether the day is told by its number ("the third"), not by a weekday or a distance."""


def days_in(text: str, spoken_on: date) -> tuple[Day, ...]:
    """The days named in plain words (lower case, without punctuation), in order, none that is denied or long past."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []
    for pattern, read, exact in FORMS:
        for match in pattern.finditer(text):
            span = match.span()
            if any(span[0] < end and start < span[1] for start, end in taken):
                continue
            day = read(match, spoken_on)
            taken.append(span)
            if day is not None and not _denied(text, span) and spoken_on <= day <= spoken_on + LONGEST:
                numbered = exact and "nth" in match.groupdict()
                found.append(Day(day, span[0], bool(_DEADLINE.search(text[: span[0]])), exact, numbered))
    return _ranged(tuple(sorted(found, key=lambda day: day.start)), text)


def _ranged(days: tuple[Day, ...], text: str) -> tuple[Day, ...]:
    """Days of which a weekday that ends a range ("Monday to Friday") follows the day that begins it."""
    told: list[Day] = []
    for day in days:
        ends = told and text[day.start :].startswith(WEEKDAYS) and _RANGE.search(text[told[-1].start : day.start])
        if ends and day.date < told[-1].date:
            day = replace(day, date=told[-1].date + timedelta(days=(day.date - told[-1].date).days % 7))
        told.append(day)
    return tuple(told)


def due_in(text: str, spoken_on: date) -> date | None:
    """The day by which what is promised in these words is due: a deadline if one is named, else the last exact day."""
    days = days_in(text, spoken_on)
    exact = [day for day in days if day.exact]
    deadlines = [day for day in days if day.deadline]
    for wanted in ([day for day in exact if day.deadline], exact, deadlines, list(days)):
        if wanted:
            return _by_number(wanted[-1], days).date
    return None


def _by_number(told: Day, days: Sequence[Day]) -> Day:
    """The same weekday told by its number, where both are said: "by the Friday, the thirteenth"."""
    same = (day for day in days if day.numbered and day.date.weekday() == told.date.weekday())
    return told if told.numbered else next(same, told)


def due_among(texts: Sequence[str], spoken_on: date) -> date | None:
    """The day when several sentences make one promise: what is said last holds, an exact day before a bound."""
    named = [days for text in reversed(texts) if (days := days_in(text, spoken_on))]
    exact = next((text for text in reversed(texts) if any(day.exact for day in days_in(text, spoken_on))), None)
    if exact is not None:
        return due_in(exact, spoken_on)
    return named[0][-1].date if named else None


def _denied(text: str, span: tuple[int, int]) -> bool:
    return bool(_NOT.search(text[: span[0]]) or _FAILS.search(text[span[1] :]))
