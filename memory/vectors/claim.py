"""Which folder the collections in the database are in, where several processes share the database but not a folder.

Each would find the other's collections missing in its own, and make them anew without end. So the cursor
`memory:index-folder` says whose they are, and when that was last said; only whoever stops saying it can be replaced.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from core.clock import SystemClock
from core.errors import ConfigurationError, ServiceError
from memory.cursors import Cursors
from memory.database import Database
from memory.vectors.lock import FolderLock, identity_of

log = structlog.get_logger(__name__)

ROW: Final = "memory:index-folder"
SAY_S: Final = 60.0
"""How often whoever has the folder open says so."""

LAPSES: Final = timedelta(minutes=10)
"""How long that holds after it was last said: longer than a database is away or a machine restarts."""


class FolderClaim:
    """A folder's claim to be the one that the collections are in, made by whoever has its lock."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._folder = folder
        self._clock = SystemClock()
        self._cursors = Cursors(database, self._clock)

    async def check(self) -> None:
        """Raises ConfigurationError when somebody has the collections in another folder."""
        keeper, said = await self._cursors.get(ROW), await self._cursors.set_at(ROW)
        own = await asyncio.to_thread(identity_of, self._folder)
        if keeper is not None and said is not None and keeper != own and said > self._clock.now() - LAPSES:
            raise _refused()

    async def take(self, lock: FolderLock) -> None:
        """Says that they are in this folder from now on; raises ConfigurationError as `check`."""
        if not await self._say(await asyncio.to_thread(lock.identity)):
            raise _refused()

    @asynccontextmanager
    async def kept(self, lock: FolderLock, lost: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Says it again and again while the block runs. Awaits `lost` when another has taken over nevertheless."""
        identity = await asyncio.to_thread(lock.identity)
        saying = asyncio.create_task(self._keep(identity, lost))
        try:
            yield
        finally:
            saying.cancel()
            await asyncio.wait([saying])
            with suppress(ServiceError):  # it lapses
                await self._cursors.remove(ROW, identity)

    async def _keep(self, identity: str, lost: Callable[[], Awaitable[None]]) -> None:
        is_ours = True
        while is_ours:
            await asyncio.sleep(SAY_S)
            with suppress(ServiceError):  # the database is away; whoever else waits for it cannot take over either
                is_ours = await self._say(identity)
        log.error("another process has the index now", folder=str(self._folder))
        await lost()

    async def _say(self, identity: str) -> bool:
        return await self._cursors.claim(ROW, identity, self._clock.now() - LAPSES) == identity


def _refused() -> ConfigurationError:
    return ConfigurationError(
        "another Sophia keeps the index, in a folder of its own",
        next_step="Run `chroma run` and set SOPHIA_CHROMA_URL for all.",
    )
