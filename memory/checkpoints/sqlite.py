"""Checkpoints in the SQLite file of the data folder, on a connection of their own."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from sqlalchemy import URL

from memory.checkpoints.saver import Checkpoints
from memory.outages import Outage, outages_told
from memory.sqlite import BUSY_TIMEOUT_S, sqlite_outage

T = TypeVar("T")

# Ids of checkpoints grow with time, so the greatest of a thread and namespace is the last.
OLDER_CHECKPOINTS = """
DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_id < (
    SELECT max(checkpoint_id) FROM checkpoints AS every
    WHERE every.thread_id = checkpoints.thread_id AND every.checkpoint_ns = checkpoints.checkpoint_ns)
"""
OLDER_WRITES = """
DELETE FROM writes WHERE thread_id = ? AND checkpoint_id < (
    SELECT max(checkpoint_id) FROM checkpoints AS every
    WHERE every.thread_id = writes.thread_id AND every.checkpoint_ns = writes.checkpoint_ns)
"""
IDLE_THREADS = """
SELECT thread_id FROM checkpoints WHERE thread_id >= :prefix AND substr(thread_id, 1, length(:prefix)) = :prefix
GROUP BY thread_id HAVING max(checkpoint_id) < :first_id ORDER BY thread_id
"""


class SqliteCheckpoints(Checkpoints, AsyncSqliteSaver):
    """Checkpoints on one connection, whose writes take turns."""

    def __init__(self, connection: aiosqlite.Connection, serializer: JsonPlusSerializer) -> None:
        AsyncSqliteSaver.__init__(self, connection, serde=serializer)
        self._writing = asyncio.Lock()

    async def _carry_out(self, work: Coroutine[Any, Any, T]) -> T:
        async with self._writing:
            try:
                return await work
            except BaseException:
                # Half a transaction would be committed with the next write, and keep other processes out until then.
                await self.conn.rollback()
                raise

    def _explain(self, error: BaseException) -> Outage | None:
        return sqlite_outage(error)

    async def _keep_latest(self, thread_ids: Sequence[str]) -> None:
        threads = [(thread_id,) for thread_id in thread_ids]
        async with self.lock, self.conn.cursor() as cursor:
            await cursor.executemany(OLDER_WRITES, threads)
            await cursor.executemany(OLDER_CHECKPOINTS, threads)
            await self.conn.commit()

    async def _idle_threads(self, prefix: str, first_id: str) -> list[str]:
        parameters = {"prefix": prefix, "first_id": first_id}
        async with self.lock, self.conn.execute(IDLE_THREADS, parameters) as cursor:
            return [str(row[0]) for row in await cursor.fetchall()]


@asynccontextmanager
async def open_sqlite(url: URL, serializer: JsonPlusSerializer) -> AsyncIterator[Checkpoints]:
    """The checkpoints in the file at this URL."""
    async with aiosqlite.connect(str(url.database), timeout=BUSY_TIMEOUT_S) as connection:
        checkpoints = SqliteCheckpoints(connection, serializer)
        with outages_told(sqlite_outage):
            await connection.execute("PRAGMA synchronous=NORMAL")
            await checkpoints.setup()
        yield checkpoints
