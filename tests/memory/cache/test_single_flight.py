"""Of many who ask at once one reads, whoever of them is cancelled."""

import asyncio

import pytest

from core.errors import NotFound, Unavailable
from memory.cache.entry import Place
from memory.cache.flights import Flight, Flights
from memory.cache.port import Cache, Cached
from memory.cache.process import ProcessStore
from tests.memory.cache.conftest import Counted, Source, until
from tests.memory.conftest import MovableClock


def asking(cache: Cache, source: Source) -> "asyncio.Task[Cached]":
    return asyncio.create_task(cache.get("crm", "one", source.read, tags=["deal:301"]))


async def test_of_a_hundred_who_ask_at_once_one_reads(cache: Cache, source: Source, counted: Counted) -> None:
    source.open.clear()
    everybody = [asking(cache, source) for _ in range(100)]
    await source.asked.wait()
    source.open.set()
    answers = await asyncio.gather(*everybody)
    assert {(answer.value, answer.stale) for answer in answers} == {(0, False)}
    assert source.times == 1
    assert len(counted.answers) == 100
    assert counted.answers.count("crm read") == 1


async def test_a_reading_that_takes_no_time_is_made_once_all_the_same(cache: Cache, source: Source) -> None:
    await asyncio.gather(*(asking(cache, source) for _ in range(100)))
    assert source.times == 1


async def test_all_who_ask_at_once_get_the_same_error(cache: Cache, source: Source) -> None:
    source.error = NotFound("HubSpot", "no such deal")
    source.open.clear()
    everybody = [asking(cache, source) for _ in range(20)]
    await until(lambda: waiting(cache) == 20)
    source.open.set()
    errors = await asyncio.gather(*everybody, return_exceptions=True)
    assert {id(error) for error in errors} == {id(source.error)}
    assert source.times == 1


async def test_who_asks_after_an_error_reads_anew(cache: Cache, source: Source) -> None:
    source.go_away()
    with pytest.raises(Unavailable):
        await asking(cache, source)
    source.come_back()
    assert (await asking(cache, source)).value == 0


async def test_whoever_began_the_reading_may_be_cancelled(cache: Cache, source: Source) -> None:
    source.open.clear()
    first = asking(cache, source)
    await source.asked.wait()
    second = asking(cache, source)
    await until(lambda: waiting(cache) == 2)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.open.set()
    assert (await second).value == 0
    assert source.times == 1


async def test_a_reading_that_nobody_waits_for_any_more_is_ended(cache: Cache) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    both = [asyncio.create_task(cache.get("crm", "one", read)) for _ in range(2)]
    await begun.wait()
    await until(lambda: waiting(cache) == 2)
    for task in both:
        task.cancel()
    assert [type(error) for error in await asyncio.gather(*both, return_exceptions=True)] == [
        asyncio.CancelledError
    ] * 2
    await ended.wait()

    async def read_again() -> int:
        return 7

    assert (await cache.get("crm", "one", read_again)).value == 7


async def test_a_cache_that_is_closed_ends_what_is_being_read(cache: Cache, source: Source) -> None:
    source.open.clear()
    asked = asking(cache, source)
    await source.asked.wait()
    await cache.close()
    with pytest.raises(Unavailable, match="ended before it was done"):
        await asked


async def test_a_reading_that_loses_its_cancellation_keeps_nobody_from_reading_anew(clock: MovableClock) -> None:
    cache = Cache(ProcessStore(clock), clock)
    begun, lost = asyncio.Event(), asyncio.Event()

    async def read_on() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    async def read() -> int:
        return 7

    first = asyncio.create_task(cache.get("insight", "one", read_on))
    await begun.wait()
    first.cancel()
    await lost.wait()
    assert (await cache.get("insight", "one", read)).value == 7
    await cache.close()


async def test_who_comes_when_a_reading_has_just_ended_begins_another() -> None:
    flights: Flights[int] = Flights()
    place = Place("crm", "one")
    answers = iter(range(10))

    async def fly(flight: Flight[int]) -> int:
        flight.closed = True
        return next(answers)

    async def again() -> int | None:
        await flights.share(place, fly, None)
        return await flights.share(place, fly, None)  # its end may not be known yet

    assert set(await asyncio.gather(*(again() for _ in range(3)))) <= {1, 2, 3}
    await flights.close()


def waiting(cache: Cache) -> int:
    """How many wait for the reading under way."""
    return sum(flight.waiting for flight in cache._flights._under_way.values())
