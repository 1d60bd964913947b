"""Days as people name them, on any day of any year: always in order, and in the month or year they belong to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.query import QueryObject
from nodes.call_analysis.extractive.day_forms import MONTHS, WEEKDAYS
from nodes.understanding.slots.day_rules import Tense, Today
from nodes.understanding.slots.days import ranges_in
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.periods import period_at
from nodes.understanding.slots.slots import query_from
from nodes.understanding.slots.spans import around, moved
from tests.nodes.understanding.portal import lexicon

ANY_DAY = st.dates(date(2019, 1, 1), date(2035, 12, 31))
TENSE = st.sampled_from(("past", "future"))
FORMS = st.sampled_from(
    (
        "this month", "next quarter", "last 2 weeks", "in march", "q3", "monday", "next friday", "15 dec", "29 feb",
        "feb 29", "1 and 15 march", "today", "this year so far", "in the next 30 days", "end of the month", "eom",
        "yesterday", "two weeks ago", "three months ago", "tomorrow", "the 31st", "early march", "h2", "fy27",
        "rest of the year", "past month", "last quarter", "next year", "this weekend", "second half of december",
        "mid next month", "a week from tuesday", "12/31", "31.12.", "the last 3 quarters", "new year's eve",
    )
)  # fmt: skip


@given(ANY_DAY, TENSE, FORMS)
def test_a_period_ends_no_earlier_than_it_begins(day: date, tense: Tense, form: str) -> None:
    at = 3 if form.startswith("in march") else 0
    period = period_at(form, at, Today(day, tense))
    assert period is not None and period.first <= period.last


@given(ANY_DAY, st.sampled_from(MONTHS), TENSE)
def test_a_month_is_that_month_and_lies_on_the_side_of_the_tense(day: date, month: str, tense: Tense) -> None:
    period = period_at(f"in {month}", 3, Today(day, tense))
    assert period is not None
    assert period.first.day == 1 and (period.last + timedelta(days=1)).day == 1
    assert period.first.month == period.last.month == MONTHS.index(month) + 1
    assert period.last >= day if tense == "future" else period.first <= day


@given(ANY_DAY, st.sampled_from(WEEKDAYS), TENSE)
def test_a_weekday_is_within_a_week_and_never_today(day: date, name: str, tense: Tense) -> None:
    period = period_at(name, 0, Today(day, tense))
    assert period is not None and period.first == period.last
    assert period.first.weekday() == WEEKDAYS.index(name)
    assert 1 <= abs((period.first - day).days) <= 7
    assert (period.first > day) == (tense == "future")


@given(ANY_DAY, st.sampled_from(("week", "month", "quarter", "year")), st.integers(-30, 30))
def test_units_follow_each_other_without_a_gap(day: date, unit: str, ahead: int) -> None:
    first, last = around(day, unit, ahead)  # type: ignore[arg-type]
    after = around(day, unit, ahead + 1)  # type: ignore[arg-type]
    assert first <= last and after[0] == last + timedelta(days=1)
    assert around(first, unit) == around(last, unit) == (first, last)  # type: ignore[arg-type]


@given(ANY_DAY, st.integers(0, 40))
def test_going_forth_and_back_by_months_stays_in_the_month(day: date, count: int) -> None:
    forth = moved(day, "month", count)
    assert (forth.year * 12 + forth.month) - (day.year * 12 + day.month) == count
    assert moved(forth, "month", -count).month == day.month


@pytest.mark.parametrize(
    ("today", "words", "tense", "first", "last"),
    [
        (date(2026, 12, 31), "next month", "future", date(2027, 1, 1), date(2027, 1, 31)),
        (date(2026, 12, 31), "this week", "future", date(2026, 12, 28), date(2027, 1, 3)),
        (date(2027, 1, 1), "last quarter", "past", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), "yesterday", "past", date(2026, 12, 31), date(2026, 12, 31)),
        (date(2028, 1, 31), "february", "future", date(2028, 2, 1), date(2028, 2, 29)),
        (date(2028, 3, 31), "last 1 month", "past", date(2028, 2, 29), date(2028, 3, 31)),
        (date(2026, 3, 1), "29 feb", "future", date(2028, 2, 29), date(2028, 2, 29)),
        (date(2026, 11, 20), "the 31st", "future", date(2026, 12, 31), date(2026, 12, 31)),
        (date(2026, 11, 20), "q1", "future", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2026, 11, 20), "q1", "past", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 11, 20), "q4", "future", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 11, 20), "next friday", "future", date(2026, 11, 27), date(2026, 11, 27)),
        (date(2026, 11, 20), "2026-12-01", "future", date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 11, 20), "12/15", "future", date(2026, 12, 15), date(2026, 12, 15)),
        (date(2026, 11, 20), "15.12.", "future", date(2026, 12, 15), date(2026, 12, 15)),
    ],
)
def test_periods_at_the_edges(today: date, words: str, tense: Tense, first: date, last: date) -> None:
    period = period_at(words, 0, Today(today, tense))
    assert period is not None and (period.first, period.last) == (first, last)


@pytest.mark.parametrize(
    "words", ["31 february", "2026-13-01", "2026-02-30", "13/45", "may close", "second", "q5", "2026 units", "marching"]
)
def test_what_the_calendar_does_not_have_is_no_day(words: str) -> None:
    period = period_at(words, 0, Today(date(2026, 11, 20)))
    assert period is None or period.first.month == 2  # "february" is left of its 31st


@pytest.mark.parametrize(
    ("said", "today", "day"),
    [
        ("by easter", date(2026, 11, 20), date(2027, 3, 28)),
        ("by easter", date(2030, 1, 1), date(2030, 4, 21)),
        ("by easter", date(2024, 1, 1), date(2024, 3, 31)),
        ("by thanksgiving", date(2026, 11, 20), date(2026, 11, 26)),
        ("by thanksgiving", date(2026, 11, 27), date(2027, 11, 25)),
        ("by boxing day", date(2026, 11, 20), date(2026, 12, 26)),
    ],
)
def test_feasts_are_days(said: str, today: date, day: date) -> None:
    (found,) = ranges_in(Text.of(said), today, "deals")
    assert found.last == day


@pytest.mark.parametrize(
    ("zone", "today", "week"),
    [
        ("Pacific/Auckland", "2026-11-23", "2026-11-23"),  # already Monday
        ("America/Chicago", "2026-11-22", "2026-11-16"),  # still Sunday
        ("Pacific/Kiritimati", "2026-11-23", "2026-11-23"),
        ("UTC", "2026-11-22", "2026-11-16"),
    ],
)
def test_a_day_is_that_of_the_portals_zone(zone: str, today: str, week: str) -> None:
    now = datetime(2026, 11, 22, 12, 30, tzinfo=UTC).astimezone(ZoneInfo(zone))
    there = replace(lexicon(), now=now)
    (due, _) = query_from("tasks for today", None, there).query.filters
    (begins, _) = query_from("calls this week", None, there).query.filters
    assert (due.value, begins.value) == (today, week)


@pytest.mark.parametrize(
    ("question", "object", "bounds"),
    [
        ("closing before 15 Dec", "deals", ["lt 2026-12-15"]),
        ("closing by Friday", "deals", ["lte 2026-11-27"]),
        ("closing after q1", "deals", ["gt 2027-03-31"]),
        ("since Monday", "calls", ["gte 2026-11-16"]),
        ("since March", "calls", ["gte 2026-03-01"]),
        ("between 1 and 15 March", "deals", ["gte 2027-03-01", "lte 2027-03-15"]),
        ("between march 1 and april 15", "deals", ["gte 2027-03-01", "lte 2027-04-15"]),
        ("from 1 dec to 15 jan", "deals", ["gte 2026-12-01", "lte 2027-01-15"]),
        ("from monday to wednesday", "calls", ["gte 2026-11-16", "lte 2026-11-18"]),
        ("before the end of the year", "deals", ["lte 2026-12-31"]),
        ("older than 90 days", "deals", ["lt 2026-08-22"]),
        ("less than a week ago", "calls", ["gte 2026-11-13", "lte 2026-11-20"]),
        ("more than two weeks ago", "calls", ["lt 2026-11-06"]),
        ("from november on", "deals", ["gte 2026-11-01"]),
        ("from last week", "notes", ["gte 2026-11-09", "lte 2026-11-15"]),
        ("we may close it", "deals", []),
    ],
)
def test_what_leads_to_a_day_bounds_it(question: str, object: QueryObject, bounds: list[str]) -> None:
    found = ranges_in(Text.of(question), date(2026, 11, 20), object)
    assert [f"{one.op} {one.value}" for days in found for one in days.filters("x")] == bounds
