"""What is PostgreSQL's own: how it is connected to, when it is away, and why it will not be opened."""

from collections.abc import Callable
from typing import Any, cast

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout
from sqlalchemy import URL, Engine, Table, create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigurationError
from memory.backend import Backend
from memory.outages import Outage, driver_error

CONNECT_TIMEOUT_S = 5
"""How long to wait for a connection: work that finds no database is better put off than held."""

CONNECTION: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    # A server that vanished without a word is noticed after half a minute, not after the hours of the system.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "sophia",
}
"""Parameters of every connection, unless the URL says otherwise."""

OVERTAKEN = (errors.SerializationFailure, errors.DeadlockDetected)
"""What the later of two transactions over the same rows gets; done again, it succeeds."""

NEXT_STEPS = (
    ("pg_hba.conf", "Allow this machine and user in the server's pg_hba.conf."),
    ("permission denied", "Make this user the owner of the database: ALTER DATABASE name OWNER TO user."),
    ("password", "Correct the user and password in SOPHIA_DATABASE_URL."),
    ('role "', "Correct the user in SOPHIA_DATABASE_URL, or create it: createuser --pwprompt NAME."),
    ('database "', "Create the database (createdb NAME), or correct its name at the end of SOPHIA_DATABASE_URL."),
)
"""What to do, by what stands in the server's message."""

UNREACHABLE = "See that PostgreSQL runs, and that host, port and names in SOPHIA_DATABASE_URL are right."


def _arguments(url: URL) -> dict[str, Any]:
    """The parameters above that this URL does not give itself."""
    return {name: value for name, value in CONNECTION.items() if name not in url.query}


def connection_parameters(url: URL) -> dict[str, Any]:
    """Everything psycopg needs to connect to this URL, for who connects without SQLAlchemy."""
    _, given = url.get_dialect()().create_connect_args(url)
    return {**_arguments(url), **given}


def postgres_outage(error: BaseException) -> Outage | None:
    """What an error of psycopg says about the server; None when it is no outage."""
    cause = driver_error(error)
    if isinstance(cause, errors.DiskFull):
        return Outage("the disk of PostgreSQL is full: free some space; nothing was lost")
    if isinstance(cause, errors.TooManyConnections):
        return Outage("PostgreSQL has no connection left: raise its max_connections, or run fewer processes")
    if isinstance(cause, (*OVERTAKEN, errors.LockNotAvailable)):
        return Outage("others keep changing the same rows: try again; nothing was lost")
    if isinstance(cause, errors.ReadOnlySqlTransaction):
        return Outage("PostgreSQL only lets itself be read: it is a standby, or was made read-only")
    if isinstance(cause, PoolTimeout):
        return Outage("PostgreSQL cannot be reached: see that it runs; nothing that was stored is lost")
    if isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError)):
        words = f"PostgreSQL is away ({_in_one_line(str(cause))}): see that it runs; nothing that was stored is lost"
        return Outage(words, maybe_done=True)
    return None


def _engine(url: URL, connections: int) -> Engine:
    return create_engine(
        url,
        connect_args=_arguments(url),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # what people said has no place in an error message
        pool_pre_ping=True,  # a connection that the server has dropped is replaced before it is used
    )


def _is_overtaken(error: BaseException) -> bool:
    return isinstance(driver_error(error), OVERTAKEN)


def _refusal(url: URL, error: DBAPIError) -> ConfigurationError:
    """Why the database at this URL is of no use as it is. The password is not shown, nor any other parameter."""
    problem = str(error.orig)
    return ConfigurationError(
        f"the database {url.set(query={}).render_as_string()} cannot be opened: {_in_one_line(problem)}",
        next_step=next((step for words, step in NEXT_STEPS if words in problem), UNREACHABLE),
    )


def _in_one_line(problem: str) -> str:
    return "; ".join(line.strip() for line in problem.splitlines() if line.strip())


POSTGRES = Backend(
    writers=5,
    engine=_engine,
    # Over the database as it was at the start: changing a row that another one has changed since undoes it.
    write_options={"isolation_level": "REPEATABLE READ"},
    begin=None,
    insert=cast("Callable[[Table], sqlite.Insert]", postgresql.insert),
    is_overtaken=_is_overtaken,
    explain=postgres_outage,
    refusal=_refusal,
)
