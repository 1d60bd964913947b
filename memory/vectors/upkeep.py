"""What keeps the index true for as long as a process runs: told of changes, and mended when it has to be."""

import asyncio
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
    """One loop for each process that has an index open."""

    def __init__(self, indexer: Indexer, rebuilding: Rebuilding) -> None:
        self._indexer = indexer
        self._rebuilding = rebuilding
        self._told: str | None = None

    async def run(self) -> None:
        """Runs until it is cancelled; an index or an embedder that is away is tried again, less and less often."""
        pause = IDLE_S
        while True:
            await asyncio.sleep(pause)
            problem = await self.once()
            pause = IDLE_S if problem is None else min(pause * 2, LONGEST_S)

    async def once(self) -> str | None:
        """Mends and tells all there is; returns what went wrong, None when nothing did."""
        try:
            await self._rebuilding.mend()
            await self._indexer.drain()
            problem = self._indexer.state.last_error
        except ServiceError as error:
            problem = str(error)
        if problem is not None and problem != self._told:
            log.warning("the vector index is behind", reason=problem)
        self._told = problem
        return problem
