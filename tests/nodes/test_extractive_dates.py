"""Days as people say them, counted from Tuesday, 10 March 2026."""

from datetime import date

import pytest

from nodes.call_analysis.extractive.dates import due_among, due_in

TUESDAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("i'll get it over by end of day thursday", date(2026, 3, 12)),
        ("by tuesday", date(2026, 3, 17)),
        ("by next wednesday", date(2026, 3, 18)),
        ("wednesday of next week", date(2026, 3, 18)),
        ("a week from today", date(2026, 3, 17)),
        ("a week from thursday", date(2026, 3, 19)),
        ("in two weeks", date(2026, 3, 24)),
        ("within three business days", date(2026, 3, 13)),
        ("tomorrow morning", date(2026, 3, 11)),
        ("right after this call", TUESDAY),
        ("by the end of the week", date(2026, 3, 13)),
        ("end of next week", date(2026, 3, 20)),
        ("end of the month", date(2026, 3, 31)),
        ("on the ninth at ten", date(2026, 4, 9)),
        ("the twenty-second and send you the login", date(2026, 3, 22)),
        ("march seventeenth works", date(2026, 3, 17)),
        ("the third of april", date(2026, 4, 3)),
        ("thursday the sixteenth", date(2026, 4, 16)),
        ("i'll re-send it in the next hour", TUESDAY),
        ("i'll fit it the first week of june", date(2026, 6, 1)),
        ("the first week of september", date(2026, 9, 7)),
        ("they meet monday and you'll have it by friday", date(2026, 3, 13)),
    ],
)
def test_a_spoken_day_becomes_a_date(said: str, day: date) -> None:
    assert due_in(said, TUESDAY) == day


@pytest.mark.parametrize(
    "said",
    [
        "since tuesday",
        "the first eight properties",
        "the second thing",
        " first i'll send the list ",
        "not friday",
        "at six thirty",
        "one of these days",
    ],
)
def test_what_names_no_coming_day_gives_no_date(said: str) -> None:
    assert due_in(said, TUESDAY) is None


def test_a_day_that_is_corrected_holds_as_corrected() -> None:
    said = ["i'll send you a revised fee by wednesday", "not wednesday you'll have it friday the twentieth"]
    assert due_among(said, TUESDAY) == date(2026, 3, 20)


def test_a_date_long_past_this_year_means_the_next() -> None:
    assert due_in("january the twelfth say", date(2026, 12, 3)) == date(2027, 1, 12)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("by close of business thursday", date(2026, 3, 12)),
        ("by friday week", date(2026, 3, 20)),
        ("a week today", date(2026, 3, 17)),
        ("three working days, so in three working days", date(2026, 3, 13)),
        ("the first monday in june", date(2026, 6, 1)),
        ("the second week of september", date(2026, 9, 14)),
        ("by the twentieth a week in hand", date(2026, 3, 20)),
        ("by twenty-fourth one day before theirs", date(2026, 3, 24)),
        ("i'll move the monday bookings out of there tonight", TUESDAY),
        ("before month end so wednesday the twenty-fifth it's there", date(2026, 3, 25)),
        ("by the friday then the twentieth", date(2026, 3, 20)),
        ("next week monday through wednesday", date(2026, 3, 18)),
    ],
)
def test_the_day_that_is_meant_wins_over_what_is_said_beside_it(said: str, day: date) -> None:
    assert due_in(said, TUESDAY) == day


def test_what_kind_of_day_it_is_names_no_day() -> None:
    assert due_in("that's a friday", TUESDAY) is None
