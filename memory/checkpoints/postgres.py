"""Checkpoints in PostgreSQL, over a pool of connections that comes back by itself after the server was away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any, cast

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

from memory.checkpoints.saver import Checkpoints
from memory.outages import Outage, outages_told
from memory.postgres import CONNECT_TIMEOUT_S, connection_parameters, postgres_outage

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

CHECKPOINTS_LOCK = 7_646_742
"""Names our advisory lock, as memory/migration.py has one for the other tables."""

LEAST_CONNECTIONS = 1
MOST_CONNECTIONS = 4
"""Checkpoints written at once; each takes milliseconds."""

TURN_PAUSE_S = 0.05

# Ids are compared byte by byte, whatever the language of the database.
IDLE_THREADS = """
SELECT thread_id FROM checkpoints WHERE starts_with(thread_id, %(prefix)s)
GROUP BY thread_id HAVING max(checkpoint_id COLLATE "C") < %(first_id)s ORDER BY thread_id COLLATE "C"
"""


class PostgresCheckpoints(Checkpoints, AsyncPostgresSaver):
    """Checkpoints over a pool."""

    def __init__(self, pool: Pool, serializer: JsonPlusSerializer) -> None:
        AsyncPostgresSaver.__init__(self, pool, serde=serializer)
        self._pool = pool
        # The lock is for a single connection; here each use has one of its own, and need not wait for another's.
        self.lock = cast(asyncio.Lock, nullcontext())

    async def setup(self) -> None:
        """Makes or renews the tables; of several processes one does so and the others wait for it.

        They ask for their turn again and again rather than wait for the lock in PostgreSQL: an index made
        concurrently waits for every statement under way, also for one that waits for this lock.
        """
        async with self._pool.connection() as connection:
            while not await _is_true(connection, "SELECT pg_try_advisory_lock(%s)"):  # noqa: ASYNC110
                await asyncio.sleep(TURN_PAUSE_S)
            try:
                await AsyncPostgresSaver.setup(self)
            finally:
                await _is_true(connection, "SELECT pg_advisory_unlock(%s)")

    def _explain(self, error: BaseException) -> Outage | None:
        return postgres_outage(error)

    async def _keep_latest(self, thread_ids: Sequence[str]) -> None:
        await AsyncPostgresSaver.aprune(self, thread_ids)

    async def _idle_threads(self, prefix: str, first_id: str) -> list[str]:
        async with self._pool.connection() as connection:
            found = await connection.execute(IDLE_THREADS, {"prefix": prefix, "first_id": first_id})
            return [str(row["thread_id"]) for row in await found.fetchall()]


@asynccontextmanager
async def open_postgres(url: URL, serializer: JsonPlusSerializer) -> AsyncIterator[Checkpoints]:
    """The checkpoints in the database at this URL."""
    settings: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: Pool = AsyncConnectionPool(
        kwargs={**connection_parameters(url), **settings},
        min_size=LEAST_CONNECTIONS,
        max_size=MOST_CONNECTIONS,
        open=False,
        check=AsyncConnectionPool.check_connection,
        timeout=CONNECT_TIMEOUT_S,
        # After this the pool gives up, and the next who wants a connection tries at once: with its own patience of
        # minutes it would come back long after the server did.
        reconnect_timeout=CONNECT_TIMEOUT_S,
        name="checkpoints",
    )
    try:
        with outages_told(postgres_outage):
            await pool.open()
            checkpoints = PostgresCheckpoints(pool, serializer)
            await checkpoints.setup()
        yield checkpoints
    finally:
        await pool.close()


async def _is_true(connection: AsyncConnection[DictRow], statement: str) -> bool:
    row = await (await connection.execute(f"{statement} AS answer", (CHECKPOINTS_LOCK,))).fetchone()
    return row is not None and bool(row["answer"])
