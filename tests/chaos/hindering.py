"""Runs in a server's process before it: SQLite files that may not grow for a while, and what is left taken up sooner.

While the file that `CHAOS_FULL` names is there, SQLite itself refuses another page with "database or disk is full", as
it does on a full disk; all connections are held to that, those of the records and that of the checkpoints. What a
trouble leaves lying is looked for every second rather than every half minute: tests wait for it.
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
SOON = timedelta(seconds=1)

_connect: Callable[..., sqlite3.Connection] = sqlite3.connect
_every = Jobs.every


class Bounded(sqlite3.Connection):
    """A connection that looks, before every statement, whether its file may grow."""

    def cursor(self, *given: Any, **named: Any) -> Any:
        """A cursor; a bound below the present size means the present size."""
        bound = super().cursor()
        bound.execute(f"PRAGMA max_page_count = {1 if FULL.exists() else ROOM}").fetchall()
        bound.close()
        return super().cursor(*given, **named)


def connect(*given: Any, **named: Any) -> sqlite3.Connection:
    """sqlite3.connect, bounded."""
    return _connect(*given, **{"factory": Bounded, **named})


def every(jobs: Jobs, name: str, interval: timedelta, *given: Any, **named: Any) -> None:
    """Jobs.every, sooner for what takes up what was left."""
    _every(jobs, name, min(interval, SOON) if name == "requeue" else interval, *given, **named)


sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
Jobs.every = every  # type: ignore[method-assign, assignment]
