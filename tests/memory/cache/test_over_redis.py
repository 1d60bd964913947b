"""Several processes on one Redis: one reads, all learn of a change, and Redis holds no more than it should."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.errors import Unavailable
from core.settings import Settings
from memory.cache.configured import open_cache
from memory.cache.entry import LIVES, Place, entry_of
from memory.cache.port import LOOK_S, LOOKS, Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import TURN_MS, SharedStore
from tests.memory.cache.conftest import Shared, Source
from tests.memory.conftest import MovableClock

DEAL = "deal:301"
PLACE = Place("crm", "one")
Caches = Callable[..., Cache]

INVALIDATE = """
import asyncio, sys
from core.clock import SystemClock
from core.settings import Settings
from memory.cache.configured import open_cache

async def main() -> None:
    async with open_cache(Settings(_env_file=None, redis_url=sys.argv[1]), SystemClock()) as cache:
        await cache.invalidate([sys.argv[2]])

asyncio.run(main())
"""


@pytest.fixture
async def caches(shared: Shared, clock: MovableClock) -> AsyncIterator[Caches]:
    """Makes caches of processes that share a Redis; `sleep` is what one does between two looks."""
    async with AsyncExitStack() as stack:

        def make(**options: object) -> Cache:
            made = Cache(shared(), clock, **options)  # type: ignore[arg-type]
            stack.push_async_callback(made.close)
            return made

        yield make


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator["Redis"]:
    client = Redis.from_url(redis_server, decode_responses=True)
    yield client
    await client.aclose()


async def test_what_one_process_read_another_gives(caches: Caches, source: Source) -> None:
    one, other = caches(), caches()
    await one.get("crm", "one", source.read)
    assert (await other.get("crm", "one", source.read)).value == 0
    assert source.times == 1


async def test_a_change_that_one_process_learns_of_is_known_to_all(caches: Caches, source: Source) -> None:
    one, other = caches(), caches()
    await one.get("crm", "one", source.read, tags=[DEAL])
    source.value = "new"
    await other.invalidate([DEAL])
    assert (await one.get("crm", "one", source.read, tags=[DEAL])).value == "new"


async def test_what_is_invalidated_elsewhere_while_it_is_read_is_read_again(caches: Caches, source: Source) -> None:
    one, other = caches(), caches()
    source.open.clear()
    asking = asyncio.create_task(one.get("crm", "one", source.read, tags=[DEAL]))
    await source.asked.wait()
    source.value = "new"
    await other.invalidate([DEAL])
    source.open.set()
    assert (await asking).value == "new"


async def test_while_one_process_reads_the_others_wait_for_its_value(caches: Caches, source: Source) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        source.open.set()  # the one who reads comes to an end while the other waits
        await first

    source.open.clear()
    first = asyncio.create_task(caches().get("crm", "one", source.read))
    await source.asked.wait()
    second = await caches(sleep=sleep).get("crm", "one", source.read)
    assert (second.value, source.times, slept) == (0, 1, [LOOK_S])


async def test_nobody_waits_for_ever_for_a_process_that_died_reading(
    caches: Caches, shared: Shared, source: Source
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    assert await shared().claim(PLACE) is not None
    assert (await caches(sleep=sleep).get("crm", "one", source.read)).value == 0
    assert slept == [LOOK_S] * LOOKS


async def test_a_turn_lapses_and_only_who_took_it_gives_it_back(shared: Shared, redis: "Redis") -> None:
    store = shared()
    token = await store.claim(PLACE)
    assert token is not None
    assert await store.claim(PLACE) is None
    assert 0 < await redis.pttl(store._key("turn", PLACE)) <= TURN_MS
    await store.release(PLACE, "somebody else's")
    assert await store.claim(PLACE) is None
    await store.release(PLACE, token)
    assert await store.claim(PLACE) is not None


async def test_an_older_reading_does_not_replace_a_newer_one(shared: Shared, clock: MovableClock) -> None:
    store = shared()
    mark = (await store.find(PLACE)).mark
    older = entry_of("crm", "older", [DEAL], clock.now())
    newer = entry_of("crm", "newer", [DEAL], clock.now() + timedelta(seconds=1))
    assert await store.put(PLACE, newer, mark)
    assert await store.put(PLACE, older, mark)
    found = await store.find(PLACE)
    assert found.entry == newer


async def test_a_mark_of_one_store_is_none_of_another(shared: Shared, clock: MovableClock) -> None:
    redis, own = shared(), ProcessStore(clock)
    entry = entry_of("crm", 1, [DEAL], clock.now())
    assert not await redis.put(PLACE, entry, (await own.find(PLACE)).mark)
    assert not await own.put(PLACE, entry, (await redis.find(PLACE)).mark)


async def test_when_redis_loses_the_changes_nothing_kept_is_fresh_and_all_can_be_shown_old(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    cache, store = caches(), shared()
    await cache.get("crm", "one", source.read, tags=[DEAL])
    await redis.delete(store._changes)
    source.go_away()
    assert (await cache.get("crm", "one", source.read, tags=[DEAL])).stale
    source.come_back()
    assert not (await caches().get("crm", "one", source.read, tags=[DEAL])).stale


async def test_what_was_forgotten_is_not_in_redis_any_more(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    cache, prefix = caches(), shared()._prefix
    for number in range(30):
        tags = [DEAL] if number % 3 else ["deal:302"]
        await cache.get("crm", f"the secret of Ana {number}", source.read, tags=tags)
    assert await _values(redis, prefix) == 30
    await caches().forget([DEAL])
    assert await _values(redis, prefix) == 10


async def test_who_looks_at_the_keys_in_redis_learns_of_no_record_or_person(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    await caches().get("person", "ana@acme.com", source.read)
    keys = [key async for key in redis.scan_iter(f"{shared()._prefix}*")]
    assert len(keys) == 3  # the changes, the index, the value
    assert not any("ana" in key for key in keys)


async def test_a_value_goes_from_redis_by_itself(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    await caches().get("insight", "one", source.read)
    left = await redis.pttl(shared()._key("value", Place("insight", "one")))
    whole = (LIVES["insight"] + timedelta(days=1)).total_seconds() * 1000
    assert whole - 60_000 < left <= whole


async def test_no_more_values_are_kept_than_are_allowed(shared: Shared, clock: MovableClock, redis: "Redis") -> None:
    store = shared(most_entries=10)
    for number in range(15):
        clock.pass_by(timedelta(seconds=1))
        mark = (await store.find(Place("crm", str(number)))).mark
        await store.put(Place("crm", str(number)), entry_of("crm", number, (), clock.now()), mark)
    kept = [(await store.find(Place("crm", str(number)))).entry is not None for number in range(15)]
    assert kept == [False] * 5 + [True] * 10
    assert await _values(redis, store._prefix) == 10


@pytest.mark.parametrize("kind", ["process", "redis"])
async def test_no_more_changes_are_remembered_than_are_allowed_and_none_is_lost(
    kind: str, shared: Shared, clock: MovableClock
) -> None:
    store = shared(most_tags=20) if kind == "redis" else ProcessStore(clock, most_tags=20)
    await store.change([DEAL])
    mark = (await store.find(PLACE)).mark
    assert await store.put(PLACE, entry_of("crm", 1, ["deal:9"], clock.now()), mark)
    for number in range(100, 125):
        await store.change([f"deal:{number}"])
    assert (await store.find(PLACE)).changed
    if isinstance(store, SharedStore):
        assert await store._redis.hlen(store._changes) <= 22


async def test_what_another_release_wrote_is_read_anew(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    cache, key = caches(), shared()._key("value", PLACE)
    await cache.get("crm", "one", source.read, tags=[DEAL])
    await redis.hset(key, "entry", '{"written": "in another way"}')
    assert (await cache.get("crm", "one", source.read, tags=[DEAL])).value == 0
    assert source.times == 2


async def test_what_cannot_be_read_is_forgotten_with_the_rest(
    caches: Caches, shared: Shared, source: Source, redis: "Redis"
) -> None:
    cache, key = caches(), shared()._key("value", PLACE)
    await cache.get("crm", "one", source.read, tags=["deal:302"])
    await redis.hset(key, "tags", "damaged")
    await cache.forget([DEAL])
    assert await _values(redis, shared()._prefix) == 0


async def test_a_cache_of_settings_is_shared_with_another_process(redis_server: str, clock: MovableClock) -> None:
    source, settings = Source(), Settings(_env_file=None, redis_url=redis_server)
    async with open_cache(settings, clock) as cache:
        await cache.get("crm", "one", source.read, tags=[DEAL])
        command = [sys.executable, "-c", INVALIDATE, redis_server, DEAL]
        await asyncio.to_thread(subprocess.run, command, check=True, cwd=Path(__file__).parents[3])
        await cache.get("crm", "one", source.read, tags=[DEAL])
        await cache.forget([DEAL])
    assert source.times == 2


async def test_a_cache_without_redis_is_this_processs_own(clock: MovableClock, source: Source) -> None:
    async with open_cache(Settings(_env_file=None), clock) as cache:
        assert [(await cache.get("crm", "one", source.read)).value for _ in range(2)] == [0, 0]
    assert source.times == 1


async def test_a_store_without_redis_says_so(clock: MovableClock) -> None:
    store = SharedStore("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable, match="redis: the cache cannot be reached"):
        await store.find(PLACE)
    await store.close()


async def _values(redis: "Redis", prefix: str) -> int:
    return len([key async for key in redis.scan_iter(f"{prefix}value:*")])
