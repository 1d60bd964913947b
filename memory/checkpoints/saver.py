"""What Sophia's checkpoints can do beyond LangGraph's savers, whichever database they are in."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

from memory.outages import Outage, outages_told

T = TypeVar("T")

UUID_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)
"""Ids of checkpoints are UUIDs of version 6, which begin with the time in tenths of microseconds since then."""


class Checkpoints(BaseCheckpointSaver[str]):
    """A saver that can also forget what a finished thread went through; stands before LangGraph's among the bases.

    Not for states with delta channels: those are read from the checkpoints before the last. What is written is
    committed even when the caller is cancelled meanwhile: half a transaction would keep all other writers out. Every
    call raises Unavailable when the database is away, full or busy; all may be repeated then.
    """

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """A checkpoint, the last of its thread unless the config names one; None without any."""
        with outages_told(self._explain):
            return await super().aget_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The checkpoints of a thread, the last first."""
        with outages_told(self._explain):
            async for found in super().alist(config, filter=filter, before=before, limit=limit):
                yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Stores a checkpoint."""
        return await self._write(super().aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Stores what a step wrote, beside its checkpoint."""
        await self._write(super().aput_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Deletes everything of a thread."""
        await self._write(super().adelete_thread(thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Deletes all but the last checkpoint of each thread and namespace, or with `delete` all of them."""
        if strategy == "delete":
            for thread_id in thread_ids:
                await self.adelete_thread(thread_id)
            return
        if strategy != "keep_latest":
            raise ValueError(f"no pruning strategy is named {strategy}")
        await self._write(self._keep_latest(thread_ids))

    async def idle_threads(self, prefix: str, before: datetime) -> list[str]:
        """The threads whose id starts so and whose last checkpoint is older than this moment, in order of their ids."""
        with outages_told(self._explain):
            return await self._idle_threads(prefix, _first_id_at(before))

    async def _write(self, work: Coroutine[Any, Any, T]) -> T:
        return await _to_its_end(self._in_words(work))

    async def _in_words(self, work: Coroutine[Any, Any, T]) -> T:
        with outages_told(self._explain, writing=True):
            return await self._carry_out(work)

    def _explain(self, error: BaseException) -> Outage | None:
        raise NotImplementedError

    async def _carry_out(self, work: Coroutine[Any, Any, T]) -> T:
        return await work

    async def _keep_latest(self, thread_ids: Sequence[str]) -> None:
        raise NotImplementedError

    async def _idle_threads(self, prefix: str, first_id: str) -> list[str]:
        """The threads without an id from `first_id` on."""
        raise NotImplementedError


def _first_id_at(moment: datetime) -> str:
    """What no checkpoint id of an earlier moment comes after, and no later one before, in the order of text."""
    ticks = (moment - UUID_EPOCH) // timedelta(microseconds=1) * 10
    digits = f"{ticks:015x}"
    return f"{digits[:8]}-{digits[8:12]}-6{digits[12:]}"


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
