"""Which call is the later one."""

from datetime import datetime, timedelta

import pytest

from core.calls import Call
from nodes.crm_sync.last_call import call_day, is_later, tells_of_later_call
from tools.hubspot.port import Record


@pytest.mark.parametrize(
    ("last", "later"),
    [(None, False), ("2026-03-09", False), ("2026-03-10", False), ("2026-03-11", True), ("soon", False)],
)
def test_a_record_tells_of_a_later_day(call: Call, contact: Record, last: str | None, later: bool) -> None:
    held = contact.model_copy(update={"properties": {"last_call_date": last}})
    assert tells_of_later_call(held, call) is later


def test_a_call_without_a_date_is_never_the_later_one(call: Call, contact: Record) -> None:
    undated = call.model_copy(update={"started": None})
    assert call_day(undated) is None
    assert tells_of_later_call(contact, undated)
    assert not is_later(undated, call)


def test_of_two_calls_on_one_day_the_one_that_began_later_counts(call: Call) -> None:
    assert call.started is not None
    other = call.model_copy(update={"id": "1", "started": call.started + timedelta(minutes=1)})
    assert is_later(other, call)
    assert not is_later(call, other)
    assert not is_later(call, call)


def test_a_start_without_a_time_zone_is_no_start(call: Call) -> None:
    naive = call.model_copy(update={"started": datetime(2026, 3, 10, 10, 3)})  # noqa: DTZ001 - that is the point
    assert call_day(naive) is None
