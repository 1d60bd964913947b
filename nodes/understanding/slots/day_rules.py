"""The rules for days that are told by the calendar: dates, weekdays, months, quarters, halves, years.

Each turns what one pattern of periods.py found into the first and the last day, None where the calendar has none such.
A month, day or quarter without its year is the one nearest to today on the side of the question's tense.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from nodes.call_analysis.extractive.day_forms import MONTH_NAMES, ORDINALS, WEEKDAYS
from nodes.understanding.slots.spans import Days, around, month_of, valid_day, year_of

Tense = Literal["past", "future"]
Match = re.Match[str]

SHORT_DAYS: Final = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4}
DAY_NAMES: Final = {name: number for number, name in enumerate(WEEKDAYS)} | SHORT_DAYS
QUARTERS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
FEASTS: Final = {
    "ch": (25, 12),
    "x": (25, 12),
    "new": (1, 1),
    "boxing": (26, 12),
    "valentine": (14, 2),
    "hallow": (31, 10),
}
"""By the beginning of their names."""
LEAP_CYCLE: Final = 9
"""Years within which there is a 29th of February, whatever the century."""

_BEFORE_MAY: Final = re.compile(
    r"\b(?:in|of|since|by|before|after|until|till|during|for|from|between|and|to|through) $"
)
_BEFORE_YEAR: Final = re.compile(
    r"\b(?:in|of|for|during|since|before|after|until|till|by|from|to|through|year|and|between|throughout|all|vs\.?|"
    r"versus|with|or) $"
)


@dataclass(frozen=True)
class Today:
    """From when days are counted. `day_first` is whether 3/4 is in April."""

    day: date
    tense: Tense = "future"
    day_first: bool = False

    @property
    def step(self) -> int:
        """Which way the calendar is searched."""
        return 1 if self.tense == "future" else -1

    def is_on_side(self, day: date) -> bool:
        """Whether the day is today or lies on the side of the tense."""
        return (day - self.day).days * self.step >= 0


def said(match: Match, group: str) -> str | None:
    """What the group says; None where the form has no such group, or nothing was said for it."""
    return match.groupdict().get(group) or None


def any_of(names: Iterable[str]) -> str:
    """A pattern for any of these words, the longer before those that they begin with."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


def year_said(match: Match, today: Today) -> int | None:
    """The year of the form: 2027, 27, '27 or in words; None where none was said."""
    word = said(match, "year")
    if word is None:
        return None
    relative = {"this year": 0, "next year": 1, "last year": -1}
    if word in relative:
        return today.day.year + relative[word]
    return _full_year(word)


def iso(match: Match, _: Today) -> Days | None:
    return _single(valid_day(int(match["y"]), int(match["m"]), int(match["d"])))


def iso_month(match: Match, _: Today) -> Days | None:
    return month_of(int(match["y"]), int(match["m"])) if 1 <= int(match["m"]) <= 12 else None


def slashed(match: Match, today: Today) -> Days | None:
    """12/15 or 15/12/2026: the day first where the team writes so, or where it can be nothing else."""
    first, second = int(match["a"]), int(match["b"])
    day_first = first > 12 or (today.day_first and second <= 12)
    day, month = (first, second) if day_first else (second, first)
    return _single(_nearest(day, month, year_said(match, today), today))


def dotted(match: Match, today: Today) -> Days | None:
    return _single(_nearest(int(match["d"]), int(match["m"]), year_said(match, today), today))


def day_of_named_month(match: Match, today: Today) -> Days | None:
    month = MONTH_NAMES[match["month"]]
    return _single(_nearest(_number(match["nth"]), month, year_said(match, today), today))


def days_of_named_month(match: Match, today: Today) -> Days | None:
    """1 to 15 March: both in the same month, of the year that the last of them is in."""
    last = _nearest(_number(match["b"]), MONTH_NAMES[match["month"]], year_said(match, today), today)
    first = valid_day(last.year, last.month, _number(match["a"])) if last else None
    return (first, last) if first and last and first <= last else None


def day_of_month(match: Match, today: Today) -> Days | None:
    """ "The 15th": of this month, or of the nearest that has such a day on the side of the tense."""
    for ahead in range(3):
        month = around(today.day, "month", ahead * today.step)[0]
        found = valid_day(month.year, month.month, _number(match["nth"]))
        if found and today.is_on_side(found):
            return _single(found)
    return None


def named_month(match: Match, today: Today) -> Days | None:
    """A month by its name; "may" is one only behind a word that leads to a time."""
    month, which = MONTH_NAMES[match["month"]], said(match, "which")
    year = year_said(match, today)
    if month == 5 and not (year or which) and not _BEFORE_MAY.search(match.string[: match.start()]):
        return None
    return month_of(year or year_of_month(month, which, today), month)


def year_of_month(month: int, which: str | None, today: Today) -> int:
    """The year of a month that is told without one."""
    now = today.day
    if which in ("last", "previous", "past"):
        return now.year - (month >= now.month)
    if which in ("next", "coming"):
        return now.year + (month <= now.month)
    if which == "this":
        return now.year
    return now.year + (month < now.month) if today.tense == "future" else now.year - (month > now.month)


def feast(match: Match, today: Today) -> Days | None:
    """Christmas, New Year and others, which stand for days."""
    name, year = match["feast"], today.day.year
    fixed = next((found for said, found in FEASTS.items() if name.startswith(said)), None)
    if fixed is not None:
        return _single(_nearest(*fixed, None, today))
    moving = easter if name == "easter" else thanksgiving
    days = [moving(year + ahead * today.step) for ahead in range(2)]
    return _single(next((day for day in days if today.is_on_side(day)), None))


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    length = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + length - 7 * ((a + 11 * h + 22 * length) // 451) + 114, 31)
    return date(year, month, day + 1)


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def bare_year(match: Match, _: Today) -> Days | None:
    """2026, behind a word that leads to a time; else it is a number."""
    return year_of(int(match["y"])) if _BEFORE_YEAR.search(match.string[: match.start()]) else None


def fiscal_year(match: Match, _: Today) -> Days | None:
    return year_of(_full_year(match["y"]))


def quarter(match: Match, today: Today) -> Days | None:
    nth = said(match, "nth")
    number = QUARTERS[nth] if nth else int(match["q"])
    year = year_said(match, today)
    if year is None:
        now = (today.day.month + 2) // 3
        year = today.day.year + (number < now if today.tense == "future" else -(number > now))
    return around(date(year, number * 3, 1), "quarter")


def half(match: Match, today: Today) -> Days | None:
    number = 1 if match["half"] in ("1", "first") else 2
    year = year_said(match, today) or today.day.year
    return date(year, number * 6 - 5, 1), month_of(year, number * 6)[1]


def weekday(match: Match, today: Today) -> Days | None:
    """A weekday; "next" means the week after this one, and alone it is never today."""
    number, which = DAY_NAMES[match["day"]], said(match, "which")
    weeks = {"next week": 1, "last week": -1, "this week": 0}.get(
        said(match, "week") or "", 1 if which == "next" else None
    )
    if weeks is not None:
        return _single(around(today.day, "week", weeks)[0] + timedelta(days=number))
    if which in ("last", "past", "previous") or (today.tense == "past" and which not in ("this", "coming")):
        return _single(today.day - timedelta(days=(today.day.weekday() - number - 1) % 7 + 1))
    return _single(coming(today.day, number))


def coming(day: date, number: int) -> date:
    """The next day after this one that is the weekday of this number."""
    return day + timedelta(days=(number - day.weekday() - 1) % 7 + 1)


def _single(day: date | None) -> Days | None:
    return (day, day) if day else None


def _nearest(day: int, month: int, year: int | None, today: Today) -> date | None:
    """A day of a month; without a year the nearest on the side of the tense."""
    if year is not None:
        return valid_day(year, month, day)
    years = (today.day.year + ahead * today.step for ahead in range(LEAP_CYCLE))
    found = (valid_day(year, month, day) for year in years)
    return next((day for day in found if day and today.is_on_side(day)), None)


def _number(word: str) -> int:
    return ORDINALS[word] if word in ORDINALS else int(re.sub(r"\D", "", word))


def _full_year(word: str) -> int:
    number = int(word.lstrip("'"))
    return number if number > 99 else 2000 + number
