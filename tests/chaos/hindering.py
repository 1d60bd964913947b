"""Runs in a server's process before it: SQLite files that may not grow for a while, and what is left taken up sooner.

While the file that `CHAOS_FULL` names is there, SQLite itself refuses another page with "database or disk is full", as
it does on a full disk; all connections are held to that, those of the records and that of the checkpoints. What room
is left within the file is used up first. What a trouble leaves lying is looked for every second rather than every half
minute: tests wait for it.
"""

import os
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.jobs import Jobs

FULL = Path(os.environ.get("CHAOS_FULL") or "/nowhere")
ROOM = 2**30
"""Pages, more than a test needs."""
FILLERS = (100_000, 4_000, 100)
"""Bytes of what the free room is filled with, one size after the other."""
SOON = timedelta(seconds=1)

_connect: Callable[..., sqlite3.Connection] = sqlite3.connect
_every = Jobs.every


class Bounded(sqlite3.Connection):
    """A connection that looks, before every statement, whether its file may grow."""

    used_up = False
    """Whether the file has no room left within; of all connections."""

    def cursor(self, *given: Any, **named: Any) -> Any:
        """A cursor; a bound below the present size means the present size."""
        full = FULL.exists()
        bound = super().cursor()
        bound.execute(f"PRAGMA max_page_count = {1 if full else ROOM}").fetchall()
        if full and not Bounded.used_up:
            ((_, _, file), *_) = bound.execute("PRAGMA database_list").fetchall()
            Bounded.used_up = use_up(file)
        bound.close()
        return super().cursor(*given, **named)


def use_up(file: str) -> bool:
    """Fills what is free within the pages of a file; False when somebody is writing at this moment."""
    connection = _connect(file, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA max_page_count = 1").fetchall()
        connection.execute("CREATE TABLE IF NOT EXISTS filler (bytes BLOB)")
        for size in FILLERS:
            fill(connection, size)
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_FULL
    finally:
        connection.close()
    return True


def fill(connection: sqlite3.Connection, size: int) -> None:
    """Writes blobs of so many bytes until none goes in."""
    try:
        while True:
            connection.execute("INSERT INTO filler VALUES (zeroblob(?))", (size,))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise


def connect(*given: Any, **named: Any) -> sqlite3.Connection:
    """sqlite3.connect, bounded."""
    return _connect(*given, **{"factory": Bounded, **named})


def every(jobs: Jobs, name: str, interval: timedelta, *given: Any, **named: Any) -> None:
    """Jobs.every, sooner for what takes up what was left."""
    _every(jobs, name, min(interval, SOON) if name == "requeue" else interval, *given, **named)


sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
Jobs.every = every  # type: ignore[method-assign, assignment]
