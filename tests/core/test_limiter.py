"""The limiter on a clock of its own, against sliding windows as the services count them, and in a real Redis."""

import asyncio
import random
from datetime import timedelta

import pytest

from core.errors import Unavailable
from core.limiter import Limit, Limiter, ProcessWindows, RedisWindows, Window
from core.settings import Settings

GONG = Limit("all", 3, 1.0, spaced=True)
GONG_DAY = Limit("day", 10_000, 86_400.0)
HUBSPOT = Limit("all", 100, 10.0)
SEARCH = Limit("search", 5, 1.0)


class Stopwatch:
    """A clock that only moves when somebody sleeps; everyone who sleeps wakes a little late."""

    def __init__(self, lateness: float = 0.001) -> None:
        self.time = 1000.0
        self.lateness = lateness

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds + self.lateness
        await asyncio.sleep(0)


def limiter(watch: Stopwatch, service: str = "Gong", speed: float = 1.0) -> Limiter:
    return Limiter(service, ProcessWindows(watch.now), speed=speed, sleep=watch.sleep, now=watch.now)


def refused(arrivals: list[float], amount: int, seconds: float) -> int:
    """How many of these a service with a sliding window would refuse; what it refuses it does not count."""
    taken: list[float] = []
    count = 0
    for arrival in sorted(arrivals):
        inside = [one for one in taken if arrival - one < seconds]
        if len(inside) >= amount:
            count += 1
        else:
            taken.append(arrival)
    return count


async def departures(watch: Stopwatch, gate: Limiter, limit: Limit, requests: int) -> list[float]:
    times = []
    for _ in range(requests):
        await gate.turn(limit)
        times.append(watch.now())
    return times


async def test_a_saturated_gong_gets_at_least_97_percent_of_its_three_requests_a_second() -> None:
    watch = Stopwatch()
    times = await departures(watch, limiter(watch), GONG, 600)
    rate = (len(times) - 1) / (times[-1] - times[0])
    assert 2.91 <= rate < 3


async def test_a_sliding_window_refuses_nothing_even_when_requests_take_different_time_to_arrive() -> None:
    watch, chance = Stopwatch(), random.Random(7)
    times = await departures(watch, limiter(watch), GONG, 2000)
    assert refused([t + chance.uniform(0.050, 0.068) for t in times], 3, 1.0) == 0


async def test_a_window_of_a_hundred_may_go_out_at_once_but_never_more() -> None:
    watch = Stopwatch()
    times = await departures(watch, limiter(watch), HUBSPOT, 350)
    assert times[99] == times[0]
    assert times[100] >= times[0] + 10
    assert refused(times, 100, 10.0) == 0


async def test_several_limits_hold_at_once() -> None:
    watch = Stopwatch()
    gate = limiter(watch)
    times = []
    for _ in range(60):
        await gate.turn(Limit("all", 10, 10.0), SEARCH)
        times.append(watch.now())
    assert refused(times, 10, 10.0) == 0
    assert refused(times, 5, 1.0) == 0


async def test_a_place_is_not_taken_in_one_window_while_another_is_full() -> None:
    watch = Stopwatch()
    windows = ProcessWindows(watch.now)
    wide, narrow = Window("wide", 2, 60), Window("narrow", 1, 10)
    assert await windows.take([wide, narrow]) == 0
    assert await windows.take([wide, narrow]) == 10
    assert await windows.take([wide]) == 0


async def test_each_channel_has_its_own_limit() -> None:
    watch = Stopwatch()
    gate, post = limiter(watch, "Slack"), Limit("post", 1, 1.0)
    started = watch.now()
    await gate.turn(post.of("C1"))
    await gate.turn(post.of("C2"))
    assert watch.now() == started
    await gate.turn(post.of("C1"))
    assert watch.now() >= started + 1


async def test_who_asked_first_goes_first() -> None:
    watch, order = Stopwatch(), list[int]()
    gate = limiter(watch)

    async def ask(number: int) -> None:
        await gate.turn(GONG)
        order.append(number)

    await asyncio.gather(*(ask(number) for number in range(12)))
    assert order == list(range(12))


async def test_a_used_up_day_goes_back_to_the_caller_with_the_time_to_wait() -> None:
    watch = Stopwatch()
    gate = limiter(watch)
    for _ in range(10_000):
        await gate.turn(GONG_DAY)
    with pytest.raises(Unavailable) as raised:
        await gate.turn(GONG, GONG_DAY)
    assert raised.value.retry_after is not None
    assert raised.value.retry_after > timedelta(hours=23)
    assert not raised.value.maybe_done


async def test_a_pause_the_service_asks_for_holds_everybody() -> None:
    watch = Stopwatch()
    gate = limiter(watch)
    started = watch.now()
    gate.hold(timedelta(seconds=5))
    await asyncio.gather(gate.turn(GONG), gate.turn(SEARCH))
    assert watch.now() >= started + 5


async def test_a_faster_sandbox_gets_the_same_limits_in_less_time() -> None:
    watch = Stopwatch(lateness=0.0)
    times = await departures(watch, limiter(watch, speed=10), GONG, 301)
    assert refused(times, 3, 0.1) == 0
    assert 10 < times[-1] - times[0] < 11


def test_settings_say_how_fast_the_sandbox_runs() -> None:
    made = Limiter.from_settings("Gong", Settings(service_speed=20))
    assert (made.speed, type(made.windows)) == (20, ProcessWindows)


async def test_two_processes_share_a_window_in_redis(redis_server: str) -> None:
    one, other = RedisWindows(redis_server), RedisWindows(redis_server)
    window = Window("shared", 3, 30.0)
    takes = [await (one if n % 2 else other).take([window]) for n in range(4)]
    assert takes[:3] == [0, 0, 0]
    assert 0 < takes[3] <= 30
    await one.close()
    await other.close()


async def test_redis_takes_no_place_while_another_window_is_full_and_forgets_what_has_passed(redis_server: str) -> None:
    from redis.asyncio import Redis

    windows = RedisWindows(redis_server, prefix="test:")
    wide, narrow = Window("wide", 2, 60), Window("narrow", 1, 0.25)
    assert await windows.take([wide, narrow]) == 0
    assert await windows.take([wide, narrow]) > 0
    assert await windows.take([wide]) == 0
    redis = Redis.from_url(redis_server)
    assert 0 < await redis.pttl("test:narrow") <= 250
    await redis.aclose()
    await windows.close()


async def test_a_lost_redis_is_a_service_that_is_down() -> None:
    windows = RedisWindows("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable, match="Redis"):
        await windows.take([Window("all", 1, 1)])
    await windows.close()
