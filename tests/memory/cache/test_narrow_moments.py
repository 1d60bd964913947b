"""Moments between a store's doing something and its answer's arrival, held open so that a change falls into them."""

import asyncio
from collections.abc import AsyncIterator, Collection
from uuid import uuid4

import pytest

from memory.cache.entry import Entry, Place, entry_of
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import SharedStore
from memory.cache.store import Found, Mark
from tests.memory.cache.conftest import Source, until
from tests.memory.conftest import MovableClock

DEAL = "deal:301"
PLACE = Place("crm", "one")


class Held(ProcessStore):
    """A store that does at once what it is asked for; the answer to the next `find` or `put` can be held back."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__(clock)
        self.finds = 0
        self.held_find: int | None = None
        self.hold_put = False
        self.holds, self.arrives = asyncio.Event(), asyncio.Event()

    async def find(self, place: Place) -> Found:
        self.finds += 1
        number, found = self.finds, await super().find(place)
        if number == self.held_find:
            await self._hold()
        return found

    async def put(self, place: Place, entry: Entry, mark: Mark) -> bool:
        kept = await super().put(place, entry, mark)
        if self.hold_put:
            self.hold_put = False
            await self._hold()
        return kept

    async def _hold(self) -> None:
        self.holds.set()
        await self.arrives.wait()


@pytest.fixture
def held(clock: MovableClock) -> Held:
    return Held(clock)


@pytest.fixture
async def cache(held: Held, clock: MovableClock) -> AsyncIterator[Cache]:
    opened = Cache(held, clock)
    yield opened
    await opened.close()


def asking(cache: Cache, source: Source) -> "asyncio.Task[int]":
    async def ask() -> int:
        return int((await cache.get("crm", "one", source.read, tags=[DEAL])).value)

    return asyncio.create_task(ask())


async def test_who_asks_after_a_change_is_not_given_what_was_put_just_before_it(
    cache: Cache, held: Held, source: Source
) -> None:
    held.hold_put = True
    first = asking(cache, source)
    await held.holds.wait()
    source.value = 1
    await cache.invalidate([DEAL])
    second = asking(cache, source)
    await until(lambda: held.finds == 3)  # two of the first, and the one of the second, which has missed
    held.arrives.set()
    assert [await first, await second] == [0, 1]


async def test_who_asks_after_a_change_is_not_given_what_another_found_just_before_it(
    cache: Cache, held: Held, source: Source, clock: MovableClock
) -> None:
    held.held_find = 2
    mark = (await ProcessStore.find(held, PLACE)).mark
    first = asking(cache, source)
    await until(lambda: held.finds == 1)
    await ProcessStore.put(held, PLACE, entry_of("crm", 0, [DEAL], clock.now()), mark)  # by another process
    await held.holds.wait()
    source.value = 1
    await cache.invalidate([DEAL])
    second = asking(cache, source)
    await until(lambda: held.finds == 3)
    held.arrives.set()
    assert [await first, await second] == [0, 1]


async def test_what_is_being_forgotten_is_not_shown_while_it_is_still_there(
    redis_server: str, clock: MovableClock
) -> None:
    class Forgetting(SharedStore):
        async def _remove_of(self, keys: object, tags: Collection[str]) -> None:
            """Not yet."""

    store = Forgetting(redis_server, prefix=f"test:{uuid4().hex}:")
    mark = (await store.find(PLACE)).mark
    await store.put(PLACE, entry_of("crm", 0, [DEAL], clock.now()), mark)
    await store.forget([DEAL])
    assert (await store.find(PLACE)).entry is None
    await store.close()
