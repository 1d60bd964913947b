"""The shared store while Redis answers, this process's own while it does not; nobody who asks is told of either.

While Redis is away no other process can tell of changes, so what is kept meanwhile is fresh for seconds only, and gone
when Redis is back. Changes that Redis could not be told of make up for it: everything kept there before counts as
changed then.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from core.errors import Unavailable
from memory.cache.entry import Entry, Place
from memory.cache.flights import end
from memory.cache.process import ProcessStore
from memory.cache.store import Found, Mark, Store

ALONE_LIFE: Final = timedelta(seconds=15)
"""How long what was read while Redis is away counts as fresh: others may know by then that it has changed."""

RETRY_S: Final = 1.0
"""How soon Redis is asked again after it did not answer: until then nobody waits for it."""

NEXT_STEP: Final = "Start Redis, or check SOPHIA_REDIS_URL; until then every process reads for itself."

T = TypeVar("T")
Step = Callable[[Store], Awaitable[T]]

log = structlog.get_logger(__name__)


class FallingBack:
    """A Store that is always there. Only `forget` raises Unavailable: what it says must be so."""

    def __init__(
        self,
        shared: Store,
        own: ProcessStore,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._shared, self._own = shared, own
        self._now, self._sleep = now, sleep
        self._away = False
        self._ask_again_at = float("-inf")
        self._missed = 0
        self._catching_up: asyncio.Task[None] | None = None

    async def find(self, place: Place) -> Found:
        return await self._either(lambda store: store.find(place))

    async def put(self, place: Place, entry: Entry, mark: Mark) -> bool:
        async def put(store: Store) -> bool:
            kept = entry if store is self._shared else entry.for_at_most(ALONE_LIFE)
            return await store.put(place, kept, mark)

        return await self._either(put)

    async def drop(self, place: Place) -> None:
        await self._either(lambda store: store.drop(place))

    async def change(self, tags: Collection[str]) -> None:
        await self._change(lambda store: store.change(tags))

    async def change_all(self) -> None:
        await self._change(lambda store: store.change_all())

    async def forget(self, tags: Collection[str]) -> None:
        await self._own.forget(tags)
        try:
            await self._shared.forget(tags)
        except Unavailable as error:
            self._note_away(error)
            self._note_missed()
            raise

    async def claim(self, place: Place) -> str | None:
        return await self._either(lambda store: store.claim(place))

    async def release(self, place: Place, token: str) -> None:
        await self._either(lambda store: store.release(place, token))

    async def close(self) -> None:
        if self._catching_up is not None:
            await end([self._catching_up])
        await self._own.close()
        await self._shared.close()

    async def _either(self, step: Step[T]) -> T:
        """The step in Redis, or in the process's own store when Redis is away."""
        if self._now() >= self._ask_again_at:
            if self._away:
                self._ask_again_at = self._now() + RETRY_S  # one tries, the others do not wait for it
            try:
                await self._make_up()
                done = await step(self._shared)
            except Unavailable as error:
                self._note_away(error)
            else:
                await self._note_back()
                return done
        return await step(self._own)

    async def _change(self, step: Step[None]) -> None:
        """In both: what is being read while Redis comes and goes must not be put into either."""
        await step(self._own)
        try:
            await step(self._shared)
        except Unavailable as error:
            self._note_away(error)
            self._note_missed()

    async def _make_up(self) -> None:
        missed = self._missed
        if missed:
            await self._shared.change_all()
            self._missed -= missed  # not to zero: another may have been missed meanwhile

    def _note_missed(self) -> None:
        """Has Redis told as soon as it is back, also when nobody asks for anything."""
        self._missed += 1
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while self._missed:
            await self._sleep(RETRY_S)
            try:
                await self._make_up()
            except Unavailable as error:
                self._note_away(error)

    def _note_away(self, error: Unavailable) -> None:
        if not self._away:
            log.warning("cache.redis_away", detail=str(error), next_step=NEXT_STEP)
        self._away = True
        self._ask_again_at = self._now() + RETRY_S

    async def _note_back(self) -> None:
        if self._away:
            self._away = False
            log.info("cache.redis_back")
            await self._own.clear()
