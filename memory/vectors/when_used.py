"""An index that is opened when it is first asked for, and asked for again while another process has it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final

from core.errors import ConfigurationError, Unavailable
from memory.embedding.port import Vectors
from memory.vectors.damage import SERVICE
from memory.vectors.port import Near, Point, VectorIndex

AGAIN_S: Final = 5.0
"""How soon an index that could not be opened is tried again."""


class WhenUsed:
    """A VectorIndex over what `opening` opens. Whoever never asks for anything does not load Chroma.

    While it cannot be opened, since another process has the folder or it is away, every method raises Unavailable
    with the reason.
    """

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[VectorIndex]]) -> None:
        self._opening = opening
        self._opened: VectorIndex | None = None
        self._refusal = ""
        self._refused_at = 0.0
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def create(self, collection: str) -> None:
        await (await self._index()).create(collection)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        await (await self._index()).upsert(collection, points)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        await (await self._index()).delete(collection, ids)

    async def nearest(
        self, collection: str, vector: Sequence[float], count: int, where: Mapping[str, Any] | None = None
    ) -> list[Near]:
        return await (await self._index()).nearest(collection, vector, count, where)

    async def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, Vectors]:
        return await (await self._index()).vectors(collection, ids)

    async def count(self, collection: str) -> int:
        return await (await self._index()).count(collection)

    async def collections(self) -> list[str]:
        return await (await self._index()).collections()

    async def drop(self, collection: str) -> None:
        await (await self._index()).drop(collection)

    async def close(self) -> None:
        """Closes it if it was opened."""
        async with self._lock:
            self._opened = None
            await self._stack.aclose()

    async def _index(self) -> VectorIndex:
        async with self._lock:
            if self._opened is None:
                self._opened = await self._open()
            return self._opened

    async def _open(self) -> VectorIndex:
        if self._refusal and time.monotonic() < self._refused_at + AGAIN_S:
            raise Unavailable(SERVICE, self._refusal)
        try:
            return await self._stack.enter_async_context(self._opening())
        except (ConfigurationError, Unavailable) as error:
            self._refusal, self._refused_at = str(error).removeprefix(f"{SERVICE}: "), time.monotonic()
            raise Unavailable(SERVICE, self._refusal, next_step=error.next_step) from error
