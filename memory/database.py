"""The database: SQLite in a file of the data folder by default, PostgreSQL by URL.

A piece of work is a function of a session. It runs in a thread of ours, whole and in one transaction, so the event
loop neither waits for the disk nor holds a transaction open between two awaits; what reads and what writes queue apart.
The threads are our own since the loop's default ones may all be busy analysing.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from sqlalchemy import URL, Engine, Executable, Result, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from core.errors import ConfigurationError
from memory.tables import Table

if TYPE_CHECKING:
    from sqlalchemy import Table as SqlTable
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

T = TypeVar("T")

BUSY_TIMEOUT_S = 15
"""How long a statement waits for another process's write; ours take milliseconds."""

SWITCH_PAUSE_S = 0.01

READERS = 3
"""Reads at once: with a page cache behind them more would only wait for the interpreter."""

POSTGRES_WRITERS = 5
"""Writes at once where the database can do more than one."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver Sophia works with, whatever the URL names."""


def sqlite_url(data_dir: Path) -> str:
    """The URL of the embedded database in this folder."""
    return f"sqlite:///{data_dir / 'sophia.db'}"


class Database:
    """An open database at the newest schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer at a time: those of this process queue in order rather than poll for its lock.
        self._writers = ThreadPoolExecutor(1 if self._is_sqlite else POSTGRES_WRITERS, "database-write")
        self._readers = ThreadPoolExecutor(READERS, "database-read")

    @classmethod
    async def open(cls, url: str) -> Self:
        """Opens the database, makes its folder, and brings its schema up to date.

        Raises ConfigurationError when the URL cannot be used, nobody can write there, or a newer Sophia has been
        at work on it. Several processes may open the same database at once.
        """
        parsed = parse_url(url)
        _make_folder(parsed)
        database = cls(_engine(parsed))
        try:
            await asyncio.get_running_loop().run_in_executor(database._writers, database._prepare)
        except BaseException:
            await database.close()
            raise
        return database

    async def read(self, work: Callable[[Session], T]) -> T:
        """Carries out work that changes nothing and returns what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Carries out work in one transaction and returns what it returns; an error undoes all of it.

        Work that has begun is carried to its end even when the caller is cancelled meanwhile.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, work)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Reading"]:
        """For a few reads one after another, each on its own."""
        yield Reading(self)

    def insert(self, row: type[Table]) -> sqlite.Insert:
        """An INSERT that can say ON CONFLICT, in this database's own words."""
        table = cast("SqlTable", inspect(row).local_table)
        # Both dialects give the clause the same shape; the type of one stands for both.
        return sqlite.insert(table) if self._is_sqlite else cast(sqlite.Insert, postgresql.insert(table))

    async def close(self) -> None:
        """Ends what was begun and closes every connection."""
        await asyncio.to_thread(self._close)

    def _prepare(self) -> None:
        from memory.migration import upgrade  # Alembic is slow to import, and only needed here

        try:
            upgrade(self._engine)
        except DBAPIError as error:
            raise ConfigurationError(
                f"the database {self._engine.url.render_as_string()} cannot be opened: {error.orig}",
                next_step="Check SOPHIA_DATABASE_URL or SOPHIA_DATA_DIR, and that this user may write there.",
            ) from error

    def _read(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine) as session:
            return work(session)

    def _write(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            if self._is_sqlite:  # the writer from its first statement on, so nobody writes between a read and a write
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            return work(session)

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
    return parsed.set(drivername=DRIVERS[backend])


def _fetch(statement: Executable, session: Session) -> Result[Any]:
    return session.execute(statement).freeze()()


def _unusable(problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the database URL {problem}",
        next_step="Set SOPHIA_DATABASE_URL to postgresql://user:password@host/name, or leave it empty for SQLite.",
    )


def _make_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {folder} cannot be made: {error.strerror}",
            next_step="Point SOPHIA_DATA_DIR at a folder that this user may write to.",
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=READERS + POSTGRES_WRITERS)
    except ImportError as error:
        raise ConfigurationError(
            f"the driver for {url.drivername} is not installed: {error}",
            next_step="Install psycopg[binary] beside Sophia, or leave SOPHIA_DATABASE_URL empty for SQLite.",
        ) from error


def _prepare_sqlite(connection: "DBAPIConnection", _record: object) -> None:
    cursor = connection.cursor()
    _write_ahead(cursor)  # readers and the writer do not wait for each other
    cursor.execute("PRAGMA synchronous=NORMAL")  # in WAL: a power cut may lose the last commits, never the file
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: "DBAPICursor") -> None:
    """Switches the file's journal over; while another process does so SQLite refuses at once, whatever its time-out."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(SWITCH_PAUSE_S)
