"""When something is to be done, as people say it on Friday, 20 November 2026 at 10 o'clock."""

from datetime import date, datetime

import pytest

from nodes.understanding.slots.moments import moment_in
from tests.nodes.understanding.portal import NOW


@pytest.mark.parametrize(
    ("words", "day", "clock"),
    [
        ("remind me Friday", date(2026, 11, 27), None),
        ("remind me on monday to send it", date(2026, 11, 23), None),
        ("tomorrow 3pm", date(2026, 11, 21), (15, 0)),
        ("on monday at 15:30", date(2026, 11, 23), (15, 30)),
        ("in two weeks", date(2026, 12, 4), None),
        ("in 3 days", date(2026, 11, 23), None),
        ("next week", date(2026, 11, 23), None),
        ("next month", date(2026, 12, 1), None),
        ("by the end of the month", date(2026, 11, 30), None),
        ("in 2 hours", date(2026, 11, 20), (12, 0)),
        ("in half an hour", date(2026, 11, 20), (10, 30)),
        ("at 4", date(2026, 11, 20), (16, 0)),
        ("at 9am", date(2026, 11, 21), (9, 0)),
        ("tomorrow morning", date(2026, 11, 21), (9, 0)),
        ("on 15 dec at noon", date(2026, 12, 15), (12, 0)),
        ("12/15", date(2026, 12, 15), None),
        ("in 5 business days", date(2026, 11, 27), None),
    ],
)
def test_moments_are_ahead_and_exact(words: str, day: date, clock: tuple[int, int] | None) -> None:
    moment = moment_in(words, NOW)
    assert moment is not None and moment.day == day
    at = datetime(day.year, day.month, day.day, *clock, tzinfo=NOW.tzinfo) if clock else None
    assert moment.at == at


def test_without_a_day_there_is_no_moment() -> None:
    assert moment_in("remind me about the price list", NOW) is None
