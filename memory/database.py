"""The database: SQLite in a file of the data folder by default, PostgreSQL by URL.

A piece of work is a function of a session. It runs in a thread of ours, whole and in one transaction, so the event
loop neither waits for the disk nor holds a transaction open between two awaits; what reads and what writes queue apart.
The threads are our own since the loop's default ones may all be busy analysing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from sqlalchemy import URL, Executable, Result, delete, inspect, make_url, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session
from sqlmodel import col
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from core.errors import ConfigurationError, Unavailable
from memory.backend import Backend
from memory.outages import outages_told
from memory.tables import CursorRow, Table

if TYPE_CHECKING:
    from sqlalchemy import Table as SqlTable

T = TypeVar("T")

READERS = 3
"""Reads at once: with a page cache behind them more would only wait for the interpreter."""

WRITE_ATTEMPTS = 20
LONGEST_PAUSE_S = 0.05
"""How often and how soon a write is done again that another one has overtaken; ours take milliseconds."""

PROBE = "probe"
PROBE_SIZE = 64 * 1024
"""Bytes of a write that only tries whether one is taken: a full disk may still have room for a very small one."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver Sophia works with, whatever the URL names."""


def sqlite_url(data_dir: Path) -> str:
    """The URL of the embedded database in this folder."""
    return f"sqlite:///{data_dir / 'sophia.db'}"


class Database:
    """An open database at the newest schema."""

    def __init__(self, url: URL, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine(url, READERS + backend.writers)
        self._writers = ThreadPoolExecutor(backend.writers, "database-write")
        self._readers = ThreadPoolExecutor(READERS, "database-read")
        self._refused = False

    @classmethod
    async def open(cls, url: str) -> Self:
        """Opens the database, makes the folder of a file, and brings its schema up to date.

        Raises ConfigurationError when the URL cannot be used, nobody can write there, or a newer Sophia has been
        at work on it. Several processes may open the same database at once.
        """
        parsed = parse_url(url)
        database = cls(parsed, _backend(parsed))
        try:
            await asyncio.get_running_loop().run_in_executor(database._writers, database._prepare)
        except BaseException:
            await database.close()
            raise
        return database

    async def read(self, work: Callable[[Session], T]) -> T:
        """Carries out work that changes nothing and returns what it returns.

        Raises Unavailable when the database is away, full or busy; so does `write`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Carries out work in one transaction and returns what it returns; an error undoes all of it.

        Rows that the work reads and then changes, or reads `with_for_update`, nobody else changes in between: where
        another write came first, the work is carried out again on the new state, so it may do nothing but use its
        session. Work that has begun is carried to its end even when the caller is cancelled meanwhile. After
        Unavailable with `maybe_done` the write may have been done or not: every write must bear being repeated.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, work)

    async def check(self) -> None:
        """Raises Unavailable when nothing can be read, or the last write was refused and one would be still."""
        await self.read(lambda session: session.execute(select(1)).scalar())
        if self._refused:
            await self.write(self._put_probe)
            await self.write(lambda session: session.execute(delete(CursorRow).where(col(CursorRow.name) == PROBE)))

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Reading"]:
        """For a few reads one after another, each on its own."""
        yield Reading(self)

    def insert(self, row: type[Table]) -> sqlite.Insert:
        """An INSERT that can say ON CONFLICT, in this database's own words."""
        return self._backend.insert(cast("SqlTable", inspect(row).local_table))

    async def close(self) -> None:
        """Ends what was begun and closes every connection."""
        await asyncio.to_thread(self._close)

    def _prepare(self) -> None:
        from memory.migration import upgrade  # Alembic is slow to import, and only needed here

        try:
            upgrade(self._engine)
        except DBAPIError as error:
            raise self._backend.refusal(self._engine.url, error) from error

    def _read(self, work: Callable[[Session], T]) -> T:
        with outages_told(self._backend.explain), Session(self._engine) as session:
            return work(session)

    def _write(self, work: Callable[[Session], T]) -> T:
        attempts = Retrying(
            retry=retry_if_exception(self._backend.is_overtaken),
            stop=stop_after_attempt(WRITE_ATTEMPTS),
            wait=wait_random(0, LONGEST_PAUSE_S),
            reraise=True,
        )
        try:
            with outages_told(self._backend.explain, writing=True):
                result: T = attempts(self._transact, work)
        except Unavailable:
            self._refused = True
            raise
        self._refused = False
        return result

    def _transact(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            connection = session.connection(execution_options=self._backend.write_options)
            if self._backend.begin is not None:
                connection.exec_driver_sql(self._backend.begin)
            return work(session)

    def _put_probe(self, session: Session) -> None:
        probe = {"name": PROBE, "value": "-" * PROBE_SIZE, "updated_at": datetime.now(UTC)}
        session.execute(self.insert(CursorRow).values(**probe).on_conflict_do_nothing())

    def _close(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._engine.dispose()


class Reading:
    """Statements that change nothing, carried out one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def execute(self, statement: Executable) -> Result[Any]:
        """The rows of a statement, all fetched."""
        return await self._database.read(partial(_fetch, statement))

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, None without any."""
        return (await self.execute(statement)).scalar()


def parse_url(url: str) -> URL:
    """The URL with the driver Sophia works with; raises ConfigurationError, which never shows a password."""
    try:
        parsed = make_url(url)
    except ArgumentError:  # its message holds the whole URL
        raise _unusable("is not a URL") from None
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise _unusable(f"names {backend}, which Sophia does not speak")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise _unusable("names no file, and what is only in memory is lost")
    return parsed.set(drivername=DRIVERS[backend])


def _backend(url: URL) -> Backend:
    if url.get_backend_name() == "sqlite":
        from memory.sqlite import SQLITE

        return SQLITE
    try:  # only the driver that is used is loaded
        from memory.postgres import POSTGRES
    except ImportError as error:  # psycopg is there but finds no libpq on this machine
        raise ConfigurationError(
            f"the driver for PostgreSQL cannot be loaded: {error}",
            next_step="Install libpq (Debian: libpq5), or leave SOPHIA_DATABASE_URL empty for SQLite.",
        ) from error
    return POSTGRES


def _fetch(statement: Executable, session: Session) -> Result[Any]:
    return session.execute(statement).freeze()()


def _unusable(problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the database URL {problem}",
        next_step="Set SOPHIA_DATABASE_URL to postgresql://user:password@host/name, or leave it empty for SQLite.",
    )
