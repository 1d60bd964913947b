"""Days in a row as the calendar has them: weeks from Monday, months, quarters, years, and distances in any of them."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "quarter", "year"]
Days = tuple[date, date]
"""The first and the last day, both included."""

MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def around(day: date, unit: Unit, ahead: int = 0) -> Days:
    """The week, month, … that the day is in, or one so many ahead of it."""
    if unit == "day":
        return (day + timedelta(days=ahead),) * 2
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=ahead)
        return monday, monday + timedelta(days=6)
    months = MONTHS_IN[unit]
    begins = (day.year * 12 + day.month - 1) // months * months + ahead * months
    return of_month(begins)[0], of_month(begins + months - 1)[1]


def of_month(number: int) -> Days:
    """The month of this number, counted from the year 0."""
    year, month = divmod(number, 12)
    return date(year, month + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1])


def month_of(year: int, month: int) -> Days:
    """A month of a year, January being 1."""
    return of_month(year * 12 + month - 1)


def year_of(year: int) -> Days:
    """A year: the fiscal one is the calendar's."""
    return date(year, 1, 1), date(year, 12, 31)


def moved(day: date, unit: Unit, count: int) -> date:
    """The day so many units later, or earlier: the last of a month where that month is shorter."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + count * MONTHS_IN[unit], 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def working_days_later(day: date, count: int) -> date:
    """The day so many working days later."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def part_of(days: Days, part: str) -> Days:
    """The early, middle or late third of days in a row."""
    first, last = days
    length = (last - first).days + 1
    third = length // 3
    if part == "early":
        return first, first + timedelta(days=third - 1)
    if part == "mid":
        return first + timedelta(days=third), last - timedelta(days=length - 2 * third)
    return last - timedelta(days=length - 2 * third - 1), last


def valid_day(year: int, month: int, day: int) -> date | None:
    """The date, None where the calendar has none such."""
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)
