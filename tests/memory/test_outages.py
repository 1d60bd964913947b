"""A database that is away, full or busy is told in words, and works again as soon as it is back."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from core.errors import Unavailable
from memory.checkpoints import open_checkpoints
from memory.database import Database, parse_url
from memory.sqlite import sqlite_outage
from tests.servers import PostgresServer

THREAD: RunnableConfig = {"configurable": {"thread_id": "call:1", "checkpoint_ns": ""}}
ENTER = text("INSERT INTO sync_cursor VALUES (:name, '0', '2026-01-01')")
COUNT = text("SELECT count(*) FROM sync_cursor")


def _count(session: Session) -> Any:
    return session.scalar(COUNT)


def _enter(session: Session, name: str = "a") -> None:
    session.execute(ENTER, {"name": name})


def _add_one(session: Session) -> None:
    value = int(session.scalar(text("SELECT value FROM sync_cursor WHERE name = 'a'")))
    session.execute(text("UPDATE sync_cursor SET value = :value WHERE name = 'a'"), {"value": str(value + 1)})


def _failing_with(code: str) -> Any:
    statement = text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'made for the test'; END $$")
    return lambda session: session.execute(statement)


async def test_writes_that_read_first_lose_nothing_to_each_other(database: Database, url: str) -> None:
    await database.write(_enter)
    other = await Database.open(url)
    await asyncio.gather(*(one.write(_add_one) for one in (database, other) for _ in range(15)))
    await other.close()
    assert await database.read(lambda session: session.scalar(text("SELECT value FROM sync_cursor"))) == "30"


async def test_errors_of_the_statement_itself_are_no_outage(database: Database) -> None:
    await database.write(_enter)
    with pytest.raises(IntegrityError):
        await database.write(_enter)
    with pytest.raises(DBAPIError, match="no_such_table"):
        await database.read(lambda session: session.execute(text("SELECT * FROM no_such_table")))


async def test_while_postgresql_is_away_it_is_told_and_afterwards_the_next_call_works(
    postgresql_database: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.checkpoints.postgres.CONNECT_TIMEOUT_S", 0.5)
    database = await Database.open(postgresql_database)
    async with open_checkpoints(postgresql_database) as saver:
        await saver.aput(THREAD, empty_checkpoint(), {}, {})
        await database.write(_enter)
        postgres_server.stop("immediate")
        try:
            for call in (
                lambda: database.read(_count),
                lambda: database.write(_enter),
                lambda: saver.aget_tuple(THREAD),
                lambda: saver.aput(THREAD, empty_checkpoint(), {}, {}),
                lambda: saver.adelete_thread("call:1"),
                lambda: saver.idle_threads("call:", datetime.now(UTC)),
            ):
                with pytest.raises(Unavailable, match=r"database: PostgreSQL .* see that it runs"):
                    await call()
        finally:
            postgres_server.start()
        assert await database.read(_count) == 1
        assert await saver.idle_threads("call:", datetime.now(UTC)) == ["call:1"]
    await database.close()


async def test_a_transaction_that_a_restart_cut_off_may_be_done_again(
    postgresql_database: str, postgres_server: PostgresServer
) -> None:
    database = await Database.open(postgresql_database)
    times = 0

    def work(session: Session) -> None:
        nonlocal times
        times += 1
        _enter(session)
        if times == 1:
            postgres_server.restart("immediate")
        _enter(session, "b")

    with pytest.raises(Unavailable, match="PostgreSQL is away") as outage:
        await database.write(work)
    assert outage.value.maybe_done
    await database.write(work)
    assert await database.read(_count) == 2
    await database.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("53100", "disk of PostgreSQL is full: free some space"),
        ("53300", "no connection left"),
        ("40001", "others keep changing"),
        ("25006", "only lets itself be read"),
        ("57P01", "is away"),
    ],
)
async def test_what_postgresql_lacks_is_told(postgresql_database: str, code: str, words: str) -> None:
    database = await Database.open(postgresql_database)
    with pytest.raises(Unavailable, match=words):
        await database.write(_failing_with(code))
    await database.close()


async def test_a_full_disk_is_told_and_nothing_is_lost(sqlite_database: str) -> None:
    database = await Database.open(sqlite_database)
    async with open_checkpoints(sqlite_database) as saver:
        place = await saver.aput(THREAD, empty_checkpoint(), {}, {})
        await saver.conn.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]

        def fill(session: Session) -> None:
            session.execute(text("PRAGMA max_page_count=1"))
            _enter(session)
            _enter(session, "long" * 10_000)

        with pytest.raises(Unavailable, match="database: the disk is full: free some space") as outage:
            await database.write(fill)
        assert not outage.value.maybe_done
        with pytest.raises(Unavailable, match="the disk is full"):
            await saver.aput_writes(place, [("a", 1), ("b", "long" * 10_000)], "task")
        assert await database.read(_count) == 0
        kept = await saver.aget_tuple(THREAD)
        assert kept is not None
        assert kept.pending_writes == []
        await saver.conn.execute("PRAGMA max_page_count=1000000")  # type: ignore[attr-defined]
        await saver.aput_writes(place, [("b", "long" * 10_000)], "task")
    await database.close()


@pytest.fixture
def disk() -> Iterator[dict[str, int]]:
    """How many pages a SQLite file may have, held at every use of a connection."""
    room = {"pages": 2**30}

    def bound(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room['pages']}").fetchall()

    event.listen(Pool, "checkout", bound)
    yield room
    event.remove(Pool, "checkout", bound)


async def test_a_database_that_refused_a_write_is_not_well_until_it_takes_one(
    sqlite_database: str, disk: dict[str, int]
) -> None:
    database = await Database.open(sqlite_database)
    disk["pages"] = 1
    await database.check()  # nobody has missed the room yet
    with pytest.raises(Unavailable):
        await database.write(lambda session: _enter(session, "long" * 10_000))
    with pytest.raises(Unavailable, match="the disk is full"):
        await database.check()
    disk["pages"] = 2**30
    await database.check()
    assert await database.read(_count) == 0
    await database.close()


async def test_a_file_that_another_program_keeps_locked_is_told(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.sqlite.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr("memory.checkpoints.sqlite.BUSY_TIMEOUT_S", 0.05)
    database = await Database.open(sqlite_database)
    async with open_checkpoints(sqlite_database) as saver:
        other = create_engine(parse_url(sqlite_database))
        with other.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="another program keeps it locked"):
                await database.write(_enter)
            with pytest.raises(Unavailable, match="another program keeps it locked"):
                await saver.aput(THREAD, empty_checkpoint(), {}, {})
        other.dispose()
        await database.write(_enter)
        await saver.aput(THREAD, empty_checkpoint(), {}, {})
    await database.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, "cannot be read or written"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "may only be read"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, "cannot be opened"),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, "keeps it locked"),
    ],
)
def test_extended_codes_of_sqlite_count_as_their_primary_one(code: int, words: str) -> None:
    error = sqlite3.OperationalError("whatever")
    error.sqlite_errorcode = code
    outage = sqlite_outage(error)
    assert outage is not None
    assert words in outage.words
