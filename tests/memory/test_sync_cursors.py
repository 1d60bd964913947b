"""A walk goes on where it stopped, and the time of a record is the machine's only where it must be."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from core.clock import FixedClock
from memory.database import Database
from memory.records import Records


async def test_a_cursor_is_what_was_last_set(records: Records) -> None:
    assert await records.cursors.get("gong") is None
    await records.cursors.set("gong", "page 1")
    await records.cursors.set("gong", "page 2")
    await records.cursors.set("hubspot", "page 9")
    assert await records.cursors.get("gong") == "page 2"


async def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    records = Records.over(database, FixedClock(datetime(2026, 11, 20, 9, 0)))  # noqa: DTZ001 - the point of it
    with pytest.raises(StatementError, match="without a time zone"):
        await records.cursors.set("gong", "page 1")


async def test_a_lease_runs_out_although_the_clock_of_the_records_stands_still(database: Database) -> None:
    records = Records.over(database, FixedClock(datetime(2020, 1, 1, tzinfo=UTC)))
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    assert delivery.due_at > datetime(2026, 1, 1, tzinfo=UTC)
    assert await records.inbox.claim(delivery.id, "dead", timedelta(microseconds=1)) is not None
    assert await records.inbox.claim(delivery.id, "alive", timedelta(seconds=30)) is not None
