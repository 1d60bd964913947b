"""A real database for each test, a SQLite file and a PostgreSQL, and a clock that the test moves."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.database import Database, sqlite_url
from memory.records import Records
from tests.servers import PostgresServer


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


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database that is empty; each test that asks for it runs on both kinds."""
    fixture = f"{request.param}_database"
    address: str = request.getfixturevalue(fixture)
    return address


@pytest.fixture
def is_to_be_open(request: pytest.FixtureRequest) -> bool:
    """Whether the test begins with the database open: then its schema need not be made once more."""
    return "database" in request.fixturenames


@pytest.fixture
def sqlite_database(tmp_path: Path, empty_database: Path, is_to_be_open: bool) -> str:
    if is_to_be_open:
        shutil.copytree(empty_database, tmp_path / "data", dirs_exist_ok=True)
    return sqlite_url(tmp_path / "data")


@pytest.fixture
def postgresql_database(postgres_server: PostgresServer, empty_postgresql: str, is_to_be_open: bool) -> str:
    return postgres_server.new_database(like=empty_postgresql if is_to_be_open else None)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def records(database: Database, clock: MovableClock) -> Records:
    return Records.over(database, clock)
