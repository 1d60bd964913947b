"""What keeps the index true for as long as a process runs: told of changes, and mended when it has to be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from core.errors import ServiceError
from memory.vectors.indexing import Indexer
from memory.vectors.rebuilding import Rebuilding

log = structlog.get_logger(__name__)

IDLE_S: Final = 5.0
"""How long after a start, and how often then, changes are looked for. Until then they are compared one by one."""

LONGEST_S: Final = 60.0
"""The longest pause after errors in a row."""


class Upkeep:
    """One loop for each process that has an index open, or opens it by `opened`, which is awaited first each time."""

    def __init__(
        self, indexer: Indexer, rebuilding: Rebuilding, opened: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._indexer = indexer
        self._rebuilding = rebuilding
        self._opened = opened
        self._told: str | None = None
        self._is_unforeseen = False

    async def run(self) -> None:
        """Runs until it is cancelled; an index or an embedder that is away is tried again, less and less often.

        No error ends it, for what runs beside it would end too, and again after each start.
        """
        pause = IDLE_S
        while True:
            await asyncio.sleep(pause)
            problem = await self.once()
            longer = LONGEST_S if self._is_unforeseen else min(pause * 2, LONGEST_S)
            pause = IDLE_S if problem is None else longer

    async def once(self) -> str | None:
        """Mends and tells all there is; returns what went wrong, None when nothing did. A problem is logged once."""
        failure: Exception | None = None
        try:
            problem = None if await self._rebuilding.is_pointless() else await self._keep_up()
        except ServiceError as error:
            problem = str(error)
        except Exception as error:
            problem, failure = f"{type(error).__name__}: {error}", error
        self._tell(problem, failure)
        return problem

    async def _keep_up(self) -> str | None:
        if self._opened is not None:
            await self._opened()
        try:
            await self._rebuilding.mend()
        finally:
            await self._indexer.drain()  # what is to be forgotten waits for no change of the model
        return self._indexer.state.last_error

    def _tell(self, problem: str | None, failure: Exception | None) -> None:
        if failure is not None and problem != self._told:
            log.error("the vector index cannot be kept true", exc_info=failure)
        elif problem is not None and problem != self._told:
            log.warning("the vector index is behind", reason=problem)
        self._told, self._is_unforeseen = problem, failure is not None
