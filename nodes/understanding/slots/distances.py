"""The rules for days that are told by how far they are from today: this month, last 2 weeks, a week from Friday."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from nodes.call_analysis.extractive.day_forms import COUNTS, MONTH_NAMES
from nodes.understanding.slots.day_rules import DAY_NAMES, Match, Today, coming, said, year_of_month, year_said
from nodes.understanding.slots.spans import Days, Unit, around, month_of, moved, part_of, working_days_later

COUNT_WORDS: Final = COUNTS | {
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
    "few": 3,
    "a few": 3,
}
PARTS: Final = {
    "early": "early", "beginning of": "early", "start of": "early", "first part of": "early", "mid": "mid",
    "middle of": "mid", "late": "late", "later": "late", "end of": "end", "last days of": "end",
}  # fmt: skip
LETTERS: Final[dict[str, Unit]] = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}

UNITS: Final[dict[str, Unit]] = {
    "week": "week", "wk": "week", "month": "month", "mth": "month", "mo": "month", "quarter": "quarter",
    "qtr": "quarter", "year": "year", "yr": "year",
}  # fmt: skip

CLOSE: Final = timedelta(days=6)
"""How near to the end of a month "at the end of" it is."""


def whole(match: Match, today: Today) -> Days | None:
    """This month, next quarter; "the past month" goes back from today."""
    unit = unit_of(match["unit"])
    if match["which"].endswith("past"):
        return moved(today.day, unit, -1), today.day
    return around(today.day, unit, _ahead(match["which"]))


def weekend(match: Match, today: Today) -> Days | None:
    monday = around(today.day, "week", _ahead(match["which"]))[0]
    return monday + timedelta(days=5), monday + timedelta(days=6)


def to_date(match: Match, today: Today) -> Days | None:
    return around(today.day, _unit_in(match))[0], today.day


def rest(match: Match, today: Today) -> Days | None:
    return today.day, around(today.day, unit_of(match["unit"]))[1]


def part(match: Match, today: Today) -> Days | None:
    """Early March, the end of next quarter: a third, or the last days."""
    days, which = _whole_of(match, today), PARTS[match["part"]]
    return _ending(days) if which == "end" else part_of(days, which)


def half_of_month(match: Match, today: Today) -> Days | None:
    first, last = _whole_of(match, today)
    middle = first + timedelta(days=14)
    return (first, middle) if match["half"] == "first" else (middle + timedelta(days=1), last)


def end(match: Match, today: Today) -> Days | None:
    """End of month as one word: EOM, month-end."""
    return _ending(around(today.day, _unit_in(match)))


def one_end(match: Match, today: Today) -> Days | None:
    """The first or last day of a month, quarter, …"""
    first, last = _whole_of(match, today)
    return (first, first) if match["which_day"] == "first" else (last, last)


def back(match: Match, today: Today) -> Days | None:
    return later(today.day, match["unit"], -count_of(match)), today.day


def forward(match: Match, today: Today) -> Days | None:
    """In 30 days; of what lies behind ("not touched in 30 days") they are the days before today."""
    if today.tense == "past" and match[0].startswith(("in ", "within ")) and "next" not in match[0]:
        return back(match, today)
    return today.day, later(today.day, match["unit"], count_of(match))


def ago(match: Match, today: Today) -> Days | None:
    """Three days ago is that day, two weeks ago that whole week."""
    return around(later(today.day, match["unit"], -count_of(match)), unit_of(match["unit"]))


def week_from(match: Match, today: Today) -> Days | None:
    begins = {"today": 0, "now": 0, "tomorrow": 1}
    word = match["day"]
    day = today.day + timedelta(days=begins[word]) if word in begins else coming(today.day, DAY_NAMES[word])
    found = day + timedelta(weeks=count_of(match))
    return found, found


def days_off(count: int) -> Callable[[Match, Today], Days | None]:
    """The rule for the day so many days from today."""
    return lambda _, today: around(today.day, "day", count)


def unit_of(word: str) -> Unit:
    """The unit of the calendar that a word is for; hours are of days."""
    return UNITS.get(word.rstrip("s"), "day")


def count_of(match: Match) -> int:
    """How many, one where nothing is said."""
    word = said(match, "count") or "1"
    return COUNT_WORDS[word] if word in COUNT_WORDS else int(word)


def later(day: date, unit: str, count: int) -> date:
    """The day so many units, by the word for them, later or earlier."""
    if unit.startswith(("hour", "hr")):
        return day + timedelta(days=int(count / 24))
    if unit.startswith("fortnight"):
        return day + timedelta(weeks=2 * count)
    if unit.startswith(("business", "working")) and count > 0:
        return working_days_later(day, count)
    return moved(day, unit_of(unit), count)


def _ahead(which: str) -> int:
    word = which.removeprefix("the ")
    return {"next": 1, "nxt": 1, "coming": 1, "last": -1, "previous": -1, "past": -1}.get(word, 0)


def _unit_in(match: Match) -> Unit:
    letter = said(match, "letter")
    return LETTERS[letter] if letter else unit_of(match["unit"])


def _whole_of(match: Match, today: Today) -> Days:
    named = said(match, "month")
    if named is None:
        return around(today.day, unit_of(match["unit"]), _ahead(said(match, "which") or "this"))
    month = MONTH_NAMES[named]
    return month_of(year_said(match, today) or year_of_month(month, None, today), month)


def _ending(days: Days) -> Days:
    return max(days[0], days[1] - CLOSE), days[1]
