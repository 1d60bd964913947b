"""An index that is opened when it is first asked for, and asked for again while another process has it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

from core.errors import ConfigurationError, ServiceError, Unavailable
from memory.embedding.port import Vectors
from memory.vectors.damage import SERVICE, Closed, Damaged
from memory.vectors.port import Near, Point, VectorIndex

AGAIN_S: Final = 5.0
"""How soon an index that could not be opened is tried again."""

GRACE_S: Final = 0.5
"""How long whoever asks waits for the opening, which after a crash takes as long as the probe: up to a minute."""


class WhenUsed:
    """A VectorIndex over what `opening` opens. Whoever never asks for anything does not load Chroma.

    While it is being opened, or cannot be, since another process has the folder or it is away, every method raises
    Unavailable with the reason. What turns out damaged as a whole is closed, and opened anew at the next use.
    """

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[VectorIndex]]) -> None:
        self._opening = opening
        self._index: VectorIndex | None = None
        self._begun: asyncio.Task[VectorIndex | Unavailable] | None = None
        self._refusal = ""
        self._refused_at = 0.0
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def opened(self) -> None:
        """Opens it, however long that takes. Raises Unavailable when it cannot be opened."""
        await self._ready(patience=None)

    async def create(self, collection: str) -> None:
        async with self._used() as index:
            await index.create(collection)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        async with self._used() as index:
            await index.upsert(collection, points)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        async with self._used() as index:
            await index.delete(collection, ids)

    async def nearest(
        self, collection: str, vector: Sequence[float], count: int, where: Mapping[str, Any] | None = None
    ) -> list[Near]:
        async with self._used() as index:
            return await index.nearest(collection, vector, count, where)

    async def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, Vectors]:
        async with self._used() as index:
            return await index.vectors(collection, ids)

    async def count(self, collection: str) -> int:
        async with self._used() as index:
            return await index.count(collection)

    async def collections(self) -> list[str]:
        async with self._used() as index:
            return await index.collections()

    async def drop(self, collection: str) -> None:
        async with self._used() as index:
            await index.drop(collection)

    async def close(self) -> None:
        """Ends the opening, and closes it if it was opened."""
        if (begun := self._begun) is not None:
            begun.cancel()
            await asyncio.wait([begun])
            self._begun = None
        async with self._lock:
            self._index = None
            await self._stack.aclose()

    @asynccontextmanager
    async def _used(self) -> AsyncIterator[VectorIndex]:
        index = await self._ready(GRACE_S)
        try:
            yield index
        except (Damaged, Closed) as error:
            if not isinstance(error, Damaged) or error.collection is None:
                await self._forget(index, error)
            raise

    async def _forget(self, index: VectorIndex, error: Unavailable) -> None:
        """Closes what is of no use any more; `opening` learns of the error."""
        async with self._lock:
            if self._index is index:
                self._index = None
                with suppress(ServiceError):
                    await self._stack.__aexit__(type(error), error, error.__traceback__)

    async def _ready(self, patience: float | None) -> VectorIndex:
        if self._index is not None:
            return self._index
        if self._begun is None:
            if self._refusal and time.monotonic() < self._refused_at + AGAIN_S:
                raise Unavailable(SERVICE, self._refusal)
            self._begun = asyncio.create_task(self._begin())
        begun = self._begun
        await asyncio.wait([begun], timeout=patience)
        if not begun.done():
            raise Unavailable(SERVICE, "the index is being opened", next_step="Ask again in a moment.")
        opened = Closed() if begun.cancelled() else begun.result()
        if isinstance(opened, Unavailable):
            raise opened
        return opened

    async def _begin(self) -> VectorIndex | Unavailable:
        """Opens it; returns why it cannot be opened now, since nobody may be waiting for that any more."""
        try:
            async with self._lock:
                self._index = await self._stack.enter_async_context(self._opening())
                return self._index
        except (ConfigurationError, Unavailable, OSError) as error:
            self._refusal, self._refused_at = str(error).removeprefix(f"{SERVICE}: "), time.monotonic()
            next_step = None if isinstance(error, OSError) else error.next_step
            return Unavailable(SERVICE, self._refusal, next_step=next_step)
        finally:
            self._begun = None
