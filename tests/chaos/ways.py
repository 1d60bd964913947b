"""The two ways of running Sophia that every kill is tried on: embedded on SQLite, and spread over PostgreSQL and Redis.

Both are started in one of a few places, of which each is used by one run at a time.
"""

import asyncio
import secrets
import shutil
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from psycopg import sql
from redis import Redis

from memory.database import Database
from tests.chaos.forks import Run
from tests.chaos.houses import Backing, House, Start, backfilled, served
from tests.servers import PostgresServer, RedisServer

DATABASE = "sophia.db"


class Way(Protocol):
    """A way of running Sophia."""

    name: str

    def back(self, place: int, folder: Path) -> Backing:
        """What a run in this place stands on, empty."""
        ...

    def back_like(self, other: Backing, place: int, folder: Path) -> Backing:
        """The same as `other` holds, for a run in this place."""
        ...

    def work(self, house: House, start: Start) -> Run:
        """Has all there is to do done, or dies at it."""
        ...


class Embedded:
    """One process, one file."""

    name = "SQLite"

    def back(self, _place: int, folder: Path) -> Backing:
        return Backing.embedded(folder)

    def back_like(self, other: Backing, _place: int, folder: Path) -> Backing:
        shutil.copy(Path(other.environment["SOPHIA_DATA_DIR"]) / DATABASE, folder / DATABASE)
        return Backing.embedded(folder)

    def work(self, house: House, start: Start) -> Run:
        return backfilled(house, start)


class Spread:
    """`sophia serve` on servers of its own, told of calls by webhook."""

    name = "PostgreSQL and Redis"

    def __init__(self, postgres: PostgresServer, redis: RedisServer) -> None:
        self._postgres = postgres
        self._redis = redis

    def back(self, place: int, folder: Path) -> Backing:
        return Backing.spread(folder, self._copied(self._without_rows), self._emptied(place))

    def back_like(self, other: Backing, place: int, folder: Path) -> Backing:
        return Backing.spread(folder, self._copied(other.url), self._emptied(place))

    def work(self, house: House, start: Start) -> Run:
        return served(house, start)

    @cached_property
    def _without_rows(self) -> str:
        """A database at the newest schema: bringing an empty one there takes longer than copying it."""
        url = self._postgres.new_database()
        asyncio.run(brought_up_to_date(url))
        return url

    def _copied(self, url: str) -> str:
        template = urlsplit(url).path.lstrip("/")
        name = f"{template}_{secrets.token_hex(4)}"
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._postgres.execute(copied)
        return self._postgres.url(name)

    def _emptied(self, place: int) -> str:
        url = f"{self._redis.url.rpartition('/')[0]}/{place + 1}"
        with Redis.from_url(url) as connection:
            connection.flushdb()
        return url


async def brought_up_to_date(url: str) -> None:
    """Opens a database as Sophia does, and leaves it."""
    database = await Database.open(url)
    await database.close()
