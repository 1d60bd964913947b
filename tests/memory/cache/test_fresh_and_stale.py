"""What is given again, for how long, and what is given while the source is away: in this process and over Redis."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotFound, Rejected, Unauthorized, Unavailable
from memory.cache.entry import KEPT_FOR_OUTAGES, KINDS, LIVES, MOST_BYTES, Kind, Tagged
from memory.cache.port import AWAY_FOR, CHANGING, Cache, Cached
from memory.cache.store import Store
from tests.memory.cache.conftest import Counted, Source
from tests.memory.conftest import MovableClock

SECOND = timedelta(seconds=1)
DEAL = "deal:301"


async def ask(cache: Cache, source: Source, kind: Kind = "crm") -> Cached:
    return await cache.get(kind, "of this one", source.read, tags=(DEAL, "company:101"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_value_is_read_again_when_its_life_is_over(
    kind: Kind, cache: Cache, source: Source, clock: MovableClock
) -> None:
    first = await ask(cache, source, kind)
    source.value = "new"
    clock.pass_by(LIVES[kind] - SECOND)
    assert await ask(cache, source, kind) == first == Cached(0, first.read_at)
    clock.pass_by(SECOND)
    assert (await ask(cache, source, kind)).value == "new"
    assert source.times == 2


def test_the_lives_are_those_that_were_asked_for() -> None:
    minutes = {kind: life.total_seconds() / 60 for kind, life in LIVES.items()}
    assert minutes == {"crm": 5, "search": 1, "analysis": 60, "person": 30, "insight": 15}


async def test_a_value_is_as_old_as_the_beginning_of_its_reading(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    source.open.clear()
    began_at = clock.now()
    asking = asyncio.create_task(ask(cache, source))
    await source.asked.wait()
    clock.pass_by(timedelta(minutes=1))
    source.open.set()
    assert (await asking).read_at == began_at


async def test_a_clock_that_was_set_back_makes_nothing_live_longer(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    clock.pass_by(-timedelta(days=3))
    await ask(cache, source)
    assert source.times == 2


async def test_other_keys_and_kinds_are_other_values(cache: Cache, source: Source) -> None:
    await cache.get("crm", "one", source.read)
    await cache.get("crm", "two", source.read)
    await cache.get("insight", "one", source.read)
    await cache.get("insight", "one \ud800", source.read)
    assert source.times == 4


async def test_everybody_gets_a_copy_of_their_own(cache: Cache, source: Source) -> None:
    source.value = {"names": ["Ana"]}
    (await ask(cache, source)).value["names"].append("Bo")
    (await ask(cache, source)).value["names"].append("Cy")
    assert (await ask(cache, source)).value == source.value == {"names": ["Ana"]}


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), b"bytes"])
async def test_what_is_not_json_is_refused(value: object, cache: Cache, source: Source) -> None:
    source.value = value
    with pytest.raises((TypeError, ValueError)):
        await ask(cache, source)


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, "Grüße 🙂 \x00", {"a": [1.5, None, {"b": []}]}])
async def test_what_is_json_comes_back_as_it_was(value: object, cache: Cache, source: Source) -> None:
    source.value = value
    assert [(await ask(cache, source)).value for _ in range(2)] == [value, value]
    assert source.times == 1


async def test_a_value_that_is_too_large_is_given_and_not_kept(cache: Cache, source: Source) -> None:
    source.value = "x" * (MOST_BYTES + 1)
    assert [(await ask(cache, source)).value == source.value for _ in range(2)] == [True, True]
    assert source.times == 2


async def test_while_the_source_is_away_the_old_value_is_given_and_marked(
    cache: Cache, source: Source, clock: MovableClock, counted: Counted
) -> None:
    first = await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.go_away()
    assert await ask(cache, source) == Cached(0, first.read_at, stale=True, reason="HubSpot: it is down")
    assert counted.answers == ["crm read", "crm stale"]


async def test_a_source_that_was_just_away_is_not_asked_for_what_can_be_shown_old(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.go_away()
    assert [(await ask(cache, source)).stale for _ in range(5)] == [True] * 5
    assert source.times == 2
    source.come_back()
    clock.pass_by(AWAY_FOR)
    assert not (await ask(cache, source)).stale


async def test_what_is_read_after_an_outage_ends_it_for_its_kind(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.go_away()
    await ask(cache, source)
    source.come_back()
    await cache.get("crm", "never read before", source.read)
    assert not (await ask(cache, source)).stale


async def test_a_day_after_its_life_a_value_is_not_shown_any_more(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    source.go_away()
    clock.pass_by(LIVES["crm"] + KEPT_FOR_OUTAGES - SECOND)
    assert (await ask(cache, source)).stale
    clock.pass_by(SECOND)
    with pytest.raises(Unavailable, match="HubSpot: it is down"):
        await ask(cache, source)


@pytest.mark.parametrize("error", [Unauthorized("HubSpot", "revoked"), Rejected("HubSpot", "no"), KeyError("bug")])
async def test_any_other_error_is_the_askers_whatever_is_kept(
    error: Exception, cache: Cache, source: Source, clock: MovableClock, counted: Counted
) -> None:
    await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.error = error
    with pytest.raises(type(error)) as raised:
        await ask(cache, source)
    assert raised.value is error
    assert counted.answers[-1] == "crm failed"


async def test_what_does_not_exist_any_more_is_not_shown_in_the_next_outage(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.error = NotFound("HubSpot", "no such deal")
    with pytest.raises(NotFound):
        await ask(cache, source)
    source.go_away()
    with pytest.raises(Unavailable):
        await ask(cache, source)


async def test_nobody_waits_long_for_a_slow_source_when_there_is_something_old(
    store: Store, source: Source, clock: MovableClock
) -> None:
    cache = Cache(store, clock, patience_s=0)
    source.open.clear()
    first = asyncio.create_task(ask(cache, source))
    await source.asked.wait()
    source.open.set()
    await first  # without anything old there is nothing but to wait
    clock.pass_by(LIVES["crm"])
    source.open.clear()
    source.asked.clear()
    source.value = "new"
    assert await ask(cache, source) == Cached(0, (await first).read_at, True, "there was no answer within 0 s")
    await source.asked.wait()  # and the reading goes on
    source.open.set()
    clock.pass_by(AWAY_FOR)
    while (answer := await ask(cache, source)).stale:
        await asyncio.sleep(0)
        clock.pass_by(AWAY_FOR)
    assert (answer.value, source.times) == ("new", 2)
    await cache.close()


async def test_what_was_invalidated_is_read_again(cache: Cache, source: Source) -> None:
    await ask(cache, source)
    source.value = "new"
    await cache.invalidate(["deal:302"])
    assert (await ask(cache, source)).value == 0
    await cache.invalidate(DEAL)
    assert (await ask(cache, source)).value == "new"
    assert (await ask(cache, source)).value == "new"
    assert source.times == 2


async def test_what_was_invalidated_is_shown_in_an_outage_and_says_that_it_has_changed(
    cache: Cache, source: Source
) -> None:
    await ask(cache, source)
    await cache.invalidate(["company:101"])
    source.go_away()
    answer = await ask(cache, source)
    assert (answer.value, answer.stale) == (0, True)
    assert answer.reason == "it has changed since it was read, and HubSpot: it is down"


async def test_a_value_can_say_afterwards_what_it_depends_on(cache: Cache, source: Source) -> None:
    source.value = Tagged("Ana", ["contact:100"])
    await ask(cache, source)
    source.value = "Bo"
    await cache.invalidate(["contact:100"])
    assert (await ask(cache, source)).value == "Bo"


async def test_what_changes_while_it_is_read_is_read_again(cache: Cache, source: Source) -> None:
    source.open.clear()
    asking = asyncio.create_task(ask(cache, source))
    await source.asked.wait()
    source.value = "new"
    await cache.invalidate([DEAL])
    source.open.set()
    answer = await asking
    assert (answer.value, answer.stale, source.times) == ("new", False, 2)
    assert (await ask(cache, source)).value == "new"
    assert source.times == 2


async def test_what_never_stops_changing_is_given_marked_and_not_kept(cache: Cache, source: Source) -> None:
    async def read() -> Any:
        source.value += 1
        await cache.invalidate([DEAL])
        return await source.read()

    answer = await cache.get("crm", "restless", read, tags=[DEAL])
    assert (answer.value, answer.stale, answer.reason) == (3, True, CHANGING)
    assert (await cache.get("crm", "restless", source.read, tags=[DEAL])).stale is False
    assert source.times == 4


async def test_what_was_forgotten_is_not_even_shown_in_an_outage(cache: Cache, source: Source) -> None:
    await ask(cache, source)
    await cache.get("crm", "other", source.read, tags=["deal:302"])
    await cache.forget([DEAL])
    source.go_away()
    with pytest.raises(Unavailable):
        await ask(cache, source)
    assert (await cache.get("crm", "other", source.read, tags=["deal:302"])).value == 0


async def test_what_is_forgotten_while_it_is_shown_old_is_not_shown(
    cache: Cache, source: Source, clock: MovableClock
) -> None:
    await ask(cache, source)
    clock.pass_by(LIVES["crm"])
    source.go_away()
    source.open.clear()
    source.asked.clear()
    asking = asyncio.create_task(ask(cache, source))
    await source.asked.wait()
    await cache.forget([DEAL])
    source.open.set()
    with pytest.raises(Unavailable):
        await asking


async def test_what_is_forgotten_while_it_is_read_is_not_kept(cache: Cache, source: Source) -> None:
    source.open.clear()
    asking = asyncio.create_task(ask(cache, source))
    await source.asked.wait()
    source.error = NotFound("HubSpot", "erased")
    await cache.forget([DEAL])
    source.open.set()
    with pytest.raises(NotFound):
        await asking
    source.go_away()
    with pytest.raises(Unavailable):
        await ask(cache, source)


async def test_nothing_happens_when_nothing_is_named(cache: Cache, source: Source) -> None:
    await ask(cache, source)
    await cache.invalidate([])
    await cache.forget(())
    await ask(cache, source)
    assert source.times == 1
