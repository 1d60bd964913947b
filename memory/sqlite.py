"""What is SQLite's own: how its file is made and opened, and what its errors say about it."""

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigurationError
from memory.backend import Backend
from memory.outages import Outage, driver_error

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

BUSY_TIMEOUT_S = 15
"""How long a statement waits for another process's write; ours take milliseconds."""

SWITCH_PAUSE_S = 0.01

SQLITE_OUTAGES = {
    sqlite3.SQLITE_FULL: Outage("the disk is full: free some space; nothing was lost"),
    sqlite3.SQLITE_IOERR: Outage(
        "the disk cannot be read or written: see that it is attached, sound and not full; nothing was lost"
    ),
    sqlite3.SQLITE_BUSY: Outage("another program keeps it locked: end that program's transaction; nothing was lost"),
    sqlite3.SQLITE_LOCKED: Outage("another program keeps it locked: end that program's transaction; nothing was lost"),
    sqlite3.SQLITE_READONLY: Outage(
        "its file may only be read: give this user the right to write to it and its folder"
    ),
    sqlite3.SQLITE_CANTOPEN: Outage(
        "its file cannot be opened: see that its folder is there and that this user may read it"
    ),
}
"""By SQLite's primary result code, the low byte of what it reports."""


def sqlite_outage(error: BaseException) -> Outage | None:
    """What an error of SQLite says about its file; None when it is no outage."""
    cause = driver_error(error)
    if not isinstance(cause, sqlite3.OperationalError):
        return None
    return SQLITE_OUTAGES.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)


def _engine(url: URL, _connections: int) -> Engine:
    """An engine over the file at this URL, whose folder it makes; raises ConfigurationError when it cannot."""
    _make_folder(Path(str(url.database)).parent)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_connection)
    return engine


def _refusal(url: URL, error: DBAPIError) -> ConfigurationError:
    """Why the file at this URL is of no use as it is."""
    return ConfigurationError(
        f"the database {url.render_as_string()} cannot be opened: {error.orig}",
        next_step="Check SOPHIA_DATABASE_URL or SOPHIA_DATA_DIR, and that this user may write there.",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {folder} cannot be made: {error.strerror}",
            next_step="Point SOPHIA_DATA_DIR at a folder that this user may write to.",
        ) from error


def _prepare_connection(connection: "DBAPIConnection", _record: object) -> None:
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


SQLITE = Backend(
    writers=1,  # SQLite has one at a time: those of this process queue in order rather than poll for its lock
    engine=_engine,
    write_options={},
    begin="BEGIN IMMEDIATE",  # the writer from its first statement on, so nobody writes between a read and a write
    insert=sqlite.insert,
    is_overtaken=lambda error: False,
    explain=sqlite_outage,
    refusal=_refusal,
)
