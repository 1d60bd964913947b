"""However readings, changes, outages and forgetting fall together: no fresh answer is older than a change told before.

Each example is a row of steps on one or two processes; a reading takes what the source says when it begins, and ends
when the row says so. The property is checked for every answer, whatever the order that came of it.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Unavailable
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import SharedStore
from tests.memory.conftest import MovableClock

TAGS = ("deal:301", "deal:302")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just("change"), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just("forget"), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just("end a reading"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("cancel"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("away"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("time"), st.integers(0, 400), st.just(0)),
        st.tuples(st.just("let go on"), st.integers(1, 12), st.just(0)),
    ),
    max_size=40,
)


@dataclass
class World:
    """Two values that count their changes, and caches before them."""

    caches: tuple[Cache, ...]
    clock: MovableClock
    away: bool = False
    now: list[int] = field(default_factory=lambda: [0, 0])
    told: list[int] = field(default_factory=lambda: [0, 0])
    forgotten: list[int] = field(default_factory=lambda: [0, 0])
    readings: list[asyncio.Event] = field(default_factory=list)
    asking: list[asyncio.Task[None]] = field(default_factory=list)
    answers: int = 0

    async def read(self, one: int) -> int:
        value, away, over = self.now[one], self.away, asyncio.Event()
        self.readings.append(over)
        await over.wait()
        if away:
            raise Unavailable("HubSpot", "it is down")
        return value

    async def ask(self, cache: Cache, one: int) -> None:
        told, forgotten = self.told[one], self.forgotten[one]
        try:
            answer = await cache.get("crm", TAGS[one], lambda: self.read(one), tags=[TAGS[one]])
        except Unavailable:
            return
        self.answers += 1
        assert answer.value >= forgotten, "it was shown after it was forgotten"
        assert answer.stale or answer.value >= told, "it is older than a change that was told before"

    async def change(self, cache: Cache, one: int, *, forget: bool) -> None:
        self.now[one] += 1
        changed = self.now[one]
        await (cache.forget if forget else cache.invalidate)([TAGS[one]])
        self.told[one] = max(self.told[one], changed)
        if forget:
            self.forgotten[one] = max(self.forgotten[one], changed)

    async def step(self, what: str, number: int, one: int) -> None:
        match what:
            case "ask":
                cache = self.caches[number % len(self.caches)]
                self.asking.append(asyncio.create_task(self.ask(cache, one)))
            case "change" | "forget":
                await self.change(self.caches[number % len(self.caches)], one, forget=what == "forget")
            case "end a reading" if self.readings:
                self.readings[number % len(self.readings)].set()
            case "cancel" if self.asking:
                self.asking[number % len(self.asking)].cancel()
            case "let go on":
                for _ in range(number):
                    await asyncio.sleep(0)
            case _:
                self.weather(what, number)

    def weather(self, what: str, number: int) -> None:
        if what == "away":
            self.away = bool(number)
        elif what == "time":
            self.clock.pass_by(timedelta(seconds=number))

    async def end(self) -> None:
        """Ends every reading until nobody asks any more; raises what was found wrong."""
        while not all(task.done() for task in self.asking):
            for reading in self.readings:
                reading.set()
            await asyncio.sleep(0)
        for task in self.asking:
            if not task.cancelled():
                task.result()


async def play(world: World, steps: list[tuple[str, int, int]]) -> None:
    try:
        for step in steps:
            await world.step(*step)
        await world.end()
    finally:
        for cache in world.caches:
            await cache.close()


def new_clock() -> MovableClock:
    clock = MovableClock()
    clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    return clock


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_in_one_process(steps: list[tuple[str, int, int]]) -> None:
    clock = new_clock()
    asyncio.run(play(World((Cache(ProcessStore(clock), clock),), clock), steps))


@given(STEPS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_two_processes_on_one_redis(redis_server: str, steps: list[tuple[str, int, int]]) -> None:
    async def no_wait(_seconds: float) -> None:
        await asyncio.sleep(0)

    async def both() -> None:
        clock, prefix = new_clock(), f"test:{uuid4().hex}:"
        stores = [SharedStore(redis_server, prefix=prefix) for _ in range(2)]
        caches = tuple(Cache(store, clock, sleep=no_wait) for store in stores)
        await play(World(caches, clock), steps)

    asyncio.run(both())
