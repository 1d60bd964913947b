"""The cache of these settings: shared through Redis where one is set, else of this process alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.clock import Clock
from core.settings import Settings
from memory.cache.falling_back import FallingBack
from memory.cache.port import Cache, Observe, not_observed
from memory.cache.process import ProcessStore
from memory.cache.shared import PREFIX, SharedStore
from memory.cache.store import Store


@asynccontextmanager
async def open_cache(settings: Settings, clock: Clock, observe: Observe = not_observed) -> AsyncIterator[Cache]:
    """The cache, closed at the end; a Redis that is away does not keep it from opening.

    `clock` is the machine's own, not one that stands still. Every process that writes to HubSpot or takes in its
    events must have the same Redis, or the others show what has changed for as long as a value lives.
    """
    store: Store = ProcessStore(clock)
    if settings.redis_url is not None:
        shared = SharedStore(settings.redis_url.get_secret_value(), prefix=f"{PREFIX}{settings.tenant}:")
        store = FallingBack(shared, ProcessStore(clock))
    cache = Cache(store, clock, observe=observe)
    try:
        yield cache
    finally:
        await cache.close()
