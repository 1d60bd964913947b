"""Checkpoints of workflow threads, in the same file as the rest of the database but on a connection of their own.

What comes back from a checkpoint is data of a file, so only types that the caller lists (and LangGraph's own safe ones)
are made from it; anything else comes back as the plain data it was stored as.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from core.errors import ConfigurationError
from memory.database import BUSY_TIMEOUT_S, parse_url

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


class Checkpoints(AsyncSqliteSaver):
    """LangGraph's saver, which can also forget what a finished thread went through.

    Not for states with delta channels: those are read from the checkpoints before the last. What is written is
    committed even when the caller is cancelled meanwhile: half a transaction would keep all other writers out.
    """

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Stores a checkpoint."""
        return await _to_its_end(super().aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Stores what a step wrote, beside its checkpoint."""
        await _to_its_end(super().aput_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Deletes everything of a thread."""
        await _to_its_end(super().adelete_thread(thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Deletes all but the last checkpoint of each thread and namespace, or with `delete` all of them."""
        if strategy == "delete":
            for thread_id in thread_ids:
                await self.adelete_thread(thread_id)
            return
        if strategy != "keep_latest":
            raise ValueError(f"no pruning strategy is named {strategy}")
        await _to_its_end(self._keep_latest(thread_ids))

    async def _keep_latest(self, thread_ids: Sequence[str]) -> None:
        await self.setup()
        threads = [(thread_id,) for thread_id in thread_ids]
        async with self.lock, self.conn.cursor() as cursor:
            await cursor.executemany(OLDER_WRITES, threads)
            await cursor.executemany(OLDER_CHECKPOINTS, threads)
            await self.conn.commit()


@asynccontextmanager
async def open_checkpoints(url: str, allowed: Iterable[type] = ()) -> AsyncIterator[Checkpoints]:
    """The checkpoints in the database at this URL; `allowed` are the types of ours that may come back from them.

    The database must have been opened before. Raises ConfigurationError for anything but SQLite.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database is None:
        raise ConfigurationError(
            "checkpoints are kept in SQLite only so far",
            next_step="Leave SOPHIA_DATABASE_URL empty, or give it a sqlite:/// address.",
        )
    serializer = JsonPlusSerializer(allowed_msgpack_modules=tuple(allowed) or None)
    async with aiosqlite.connect(parsed.database, timeout=BUSY_TIMEOUT_S) as connection:
        await connection.execute("PRAGMA synchronous=NORMAL")
        checkpoints = Checkpoints(connection, serde=serializer)
        await checkpoints.setup()
        yield checkpoints


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; when the caller is cancelled, the work is waited for before that goes on."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # looked at, so that it is not told as lost: the cancellation counts
        raise
