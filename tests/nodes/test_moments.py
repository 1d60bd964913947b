"""HubSpot's way with dates and times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from nodes.crm_sync.moments import hubspot_time, parse_time, same_value


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    moment = datetime(2026, 3, 10, 10, 3, 24, 999, tzinfo=timezone(timedelta(hours=-5)))
    assert hubspot_time(moment) == "2026-03-10T15:03:24Z"


@pytest.mark.parametrize(
    "text", ["2026-03-10T15:03:24Z", "2026-03-10T15:03:24.000Z", "2026-03-10T10:03:24-05:00", "1773155004000"]
)
def test_every_way_to_write_a_moment_is_read(text: str) -> None:
    assert parse_time(text) == datetime(2026, 3, 10, 15, 3, 24, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "soon", "2026-13-40", "99999999999999999999", "12"])
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert parse_time(text) is None


def test_a_day_is_its_beginning_in_utc() -> None:
    assert parse_time("2026-03-10") == datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, "", True),
        ("mixed", "mixed", True),
        ("2026-03-10", "2026-03-10T00:00:00Z", True),
        ("2026-03-10", "2026-03-11", False),
        ("mixed", "Mixed", False),
        ("mixed", None, False),
    ],
)
def test_two_values_are_the_same_when_hubspot_takes_them_for_the_same(
    one: str | None, other: str | None, same: bool
) -> None:
    assert same_value(one, other) is same
