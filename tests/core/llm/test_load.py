"""Requests are spread over the servers, no server is sent more than it takes, and who asked first goes first."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from langchain_core.messages import HumanMessage

from core.errors import Unavailable
from core.llm import Limits, Role, Usage
from core.llm.load import Load, least_loaded
from core.llm.pool import ModelPool
from sandbox.model import Asked, ModelServer, Refusal, Reply

MakePool = Callable[..., ModelPool]
Eventually = Callable[[Callable[[], bool]], Awaitable[None]]


async def ask(pool: ModelPool, text: str = "?", role: Role = Role.DEEP) -> str:
    return (await pool.ask([HumanMessage(text)], role=role, max_tokens=5)).text


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def fail(load: Load, retry_after: float | None = None, status: int = 500) -> None:
    after = None if retry_after is None else timedelta(seconds=retry_after)
    load.give_back(load.take(), Unavailable("model", "away", retry_after=after, status=status))


async def test_no_server_is_sent_more_at_once_than_it_takes(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    slow = lambda asked: Reply(pause=0.02)  # noqa: E731
    server.answer = second.answer = slow
    pool = pool_of(server, second, model_parallel=2)

    await asyncio.gather(*(ask(pool) for _ in range(12)))

    assert (server.most_at_once, second.most_at_once) == (2, 2)
    assert len(server.asked) + len(second.asked) == 12
    assert pool.limits(Role.DEEP) == Limits(context_tokens=8192, parallel=4)


async def test_who_asked_first_goes_first(server: ModelServer, pool_of: MakePool) -> None:
    pool = pool_of(server, model_parallel=1)
    await asyncio.gather(*(ask(pool, str(number)) for number in range(8)))
    assert [asked.text for asked in server.asked] == [str(number) for number in range(8)]


async def test_both_roles_share_what_one_server_takes(server: ModelServer, pool_of: MakePool) -> None:
    server.answer = lambda asked: Reply(pause=0.02)
    pool = pool_of(server, model_parallel=2, model_fast_name="sandbox-model")
    await asyncio.gather(*(ask(pool, role=role) for role in (*Role, *Role, *Role)))
    assert server.most_at_once == 2


async def test_who_leaves_makes_room(server: ModelServer, pool_of: MakePool, eventually: Eventually) -> None:
    gate = threading.Event()
    server.answer = lambda asked: Reply(gate=None if asked.text == "last" else gate)
    pool = pool_of(server, model_parallel=1)
    first, waiting = (asyncio.create_task(ask(pool, text)) for text in ("first", "waiting"))
    await eventually(lambda: len(server.asked) == 1)

    last = asyncio.create_task(ask(pool, "last"))
    for task in (waiting, first):
        task.cancel()
    assert await last == "ok"
    assert [asked.text for asked in server.asked] == ["first", "last"]


async def test_a_stream_that_is_left_makes_room(server: ModelServer, pool_of: MakePool) -> None:
    server.queue(Reply("one two three", gap=0.02))
    pool = pool_of(server, model_parallel=1)
    stream = pool.stream([HumanMessage("?")], role=Role.DEEP, max_tokens=5)
    assert await anext(stream) == "one"
    await stream.aclose()
    assert await ask(pool) == "ok"


async def test_those_who_wait_are_told_when_the_server_fails(
    server: ModelServer, pool_of: MakePool, eventually: Eventually
) -> None:
    gate = threading.Event()

    async def refused(asked: Asked) -> Refusal:
        await asyncio.to_thread(gate.wait)
        return Refusal(500)

    server.answer = refused
    pool = pool_of(server, model_parallel=1)
    asking = [asyncio.create_task(ask(pool)) for _ in range(3)]
    await eventually(lambda: len(server.asked) == 1)
    gate.set()

    assert [type(error) for error in await asyncio.gather(*asking, return_exceptions=True)] == [Unavailable] * 3
    assert len(server.asked) == 1


async def test_everything_is_counted_by_server_role_and_end(server: ModelServer, pool_of: MakePool) -> None:
    seen: list[tuple[str, Role, str, int]] = []

    def observe(server: str, role: Role, result: str, usage: Usage) -> None:
        seen.append((server, role, result, usage.completion_tokens))

    server.queue(Refusal(429, retry_after="0"), Reply(completion_tokens=7))
    await ask(pool_of(server, observe=observe), role=Role.FAST)
    name = server.url.removeprefix("http://").removesuffix("/v1")
    assert seen == [(name, Role.FAST, "unavailable", 0), (name, Role.FAST, "answered", 7)]


def test_the_least_loaded_is_chosen_then_the_one_that_failed_least_then_the_first() -> None:
    clock = Clock()
    first, second, third = (Load(2, 10, clock) for _ in range(3))
    assert least_loaded([first, second, third]) is first
    first.take()
    assert least_loaded([first, second, third]) is second
    fail(second)
    clock.seconds += 11
    assert least_loaded([first, second, third]) is third
    third.take()
    assert least_loaded([first, second, third]) is second
    second.take()
    assert least_loaded([first, second, third]) is first


def test_a_failing_server_is_left_alone_twice_as_long_each_time_but_not_for_ever() -> None:
    clock = Clock()
    load = Load(4, 10, clock)
    pauses = []
    for _ in range(7):
        fail(load)
        pauses.append(load.cooling)
        assert not load.free
        clock.seconds += load.cooling
    assert pauses == [10, 20, 40, 80, 160, 300, 300]


def test_failures_of_requests_sent_side_by_side_count_once() -> None:
    clock = Clock()
    load = Load(4, 10, clock)
    places = [load.take() for _ in range(4)]
    clock.seconds += 1
    for place in places:
        load.give_back(place, Unavailable("model", "away"))
    assert (load.failures, load.cooling, load.under_way) == (1, 10, 0)


def test_an_answer_ends_the_count() -> None:
    clock = Clock()
    load = Load(4, 10, clock)
    fail(load)
    clock.seconds += 10
    load.give_back(load.take(), None)
    fail(load)
    assert load.cooling == 10


@pytest.mark.parametrize(("status", "asked", "pause"), [(503, 40, 40), (503, 1, 10), (429, 1, 1), (429, 40, 40)])
def test_what_a_server_asks_for_is_honoured(status: int, asked: float, pause: float) -> None:
    load = Load(4, 10, Clock())
    fail(load, asked, status)
    assert load.cooling == pause
    assert load.hopeless is (pause > 5 or status != 429)
