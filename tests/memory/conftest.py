"""A real SQLite file for each test, and a clock that the test moves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.database import Database, sqlite_url
from memory.records import Records


class MovableClock:
    """Tells the time that the test set."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "data")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def records(database: Database, clock: MovableClock) -> Records:
    return Records.over(database, clock)
