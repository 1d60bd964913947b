"""Where Sophia's records are, and how a command opens them that needs nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.clock import clock_at
from core.settings import Settings
from memory.database import Database, parse_url, sqlite_url
from memory.records import Records


def database_url(settings: Settings) -> str:
    """The URL of the settings, or a SQLite file in the data folder."""
    return settings.database_url or sqlite_url(settings.data_dir)


def database_shown(settings: Settings) -> str:
    """Which database that is, for a person: without user, password and parameters."""
    url = parse_url(database_url(settings))
    if url.get_backend_name() == "sqlite":
        return f"SQLite in {url.database}"
    return f"PostgreSQL {url.database} at {url.host or 'this machine'}{f':{url.port}' if url.port else ''}"


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Records]:
    """Only the records, closed at the end. Raises ConfigurationError when the database cannot be opened."""
    database = await Database.open(database_url(settings))
    try:
        yield Records.over(database, clock_at(settings.fixed_clock))
    finally:
        await database.close()
