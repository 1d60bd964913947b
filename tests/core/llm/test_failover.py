"""When a model server fails: another one is asked, the failing one is left alone, and whoever asks learns when."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from core.errors import Rejected, Unavailable
from core.llm import Answer, Role
from core.llm.pool import ModelPool
from sandbox.model import Answer as Told
from sandbox.model import BrokenOff, Hanging, ModelServer, Refusal, Reply

MakePool = Callable[..., ModelPool]
Eventually = Callable[[Callable[[], bool]], Awaitable[None]]
ASKED = [HumanMessage("Who calls?")]
LONG = Reply("one two three four five six")

FAULTS: dict[str, Told] = {
    "429": Refusal(429),
    "429 for long": Refusal(429, retry_after="120"),
    "500": Refusal(500),
    "503": Refusal(503, retry_after="30"),
    "hangs": Hanging(LONG),
    "hangs in the middle": Hanging(LONG, pieces=2),
    "dies": BrokenOff(LONG),
    "dies in the middle": BrokenOff(LONG, pieces=2),
    "ends without an end": Reply("one two", finish_reason=None),  # type: ignore[arg-type]
    "engine fails": Reply("one two", finish_reason="abort"),  # type: ignore[arg-type]
}


async def said(pool: ModelPool, role: Role = Role.DEEP, **details: Any) -> str:
    return (await pool.ask(ASKED, role=role, max_tokens=50, **details)).text


@pytest.mark.parametrize("fault", FAULTS)
async def test_another_server_answers_when_one_fails(
    server: ModelServer, second: ModelServer, pool_of: MakePool, fault: str
) -> None:
    server.queue(FAULTS[fault])
    second.queue(Reply("from the second"), Reply("again"))
    pool = pool_of(server, second, model_timeout_seconds=0.5)

    assert await said(pool) == "from the second"
    assert await said(pool) == "again"  # the first one is left alone
    assert (len(server.asked), len(second.asked)) == (1, 2)


async def test_a_server_that_is_down_is_passed_over(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    server.stop()
    assert await said(pool_of(server, second)) == "ok"
    assert len(second.asked) == 1


@pytest.mark.parametrize("fault", [Refusal(400, "a schema it cannot hold to"), Reply("cut o", "length")])
async def test_what_is_refused_for_itself_goes_to_no_other_server(
    server: ModelServer, second: ModelServer, pool_of: MakePool, fault: Told
) -> None:
    server.queue(fault)
    with pytest.raises(Rejected):
        await said(pool_of(server, second))
    assert second.asked == []


async def test_when_all_fail_it_is_told_when_to_try_again(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    server.fault(Refusal(503, retry_after="40"), times=None)
    second.fault(Refusal(500), times=None)
    pool = pool_of(server, second, model_cooldown_seconds=30)

    with pytest.raises(Unavailable) as first:
        await said(pool)
    with pytest.raises(Unavailable) as again:
        await said(pool)

    for error in (first.value, again.value):
        assert error.retry_after is not None
        assert timedelta(seconds=20) < error.retry_after <= timedelta(seconds=30)
        assert "sophia model check" in str(error.next_step)
    assert (len(server.asked), len(second.asked)) == (1, 1)


async def test_the_only_server_is_waited_for_when_it_is_merely_busy(server: ModelServer, pool_of: MakePool) -> None:
    server.fault(Refusal(429, retry_after="0.1"), times=2)
    assert await said(pool_of(server)) == "ok"
    assert len(server.asked) == 3


async def test_a_server_that_stays_busy_is_given_up(server: ModelServer, pool_of: MakePool) -> None:
    server.fault(Refusal(429, retry_after="0.01"), times=None)
    with pytest.raises(Unavailable) as unavailable:
        await said(pool_of(server))
    assert unavailable.value.status == 429
    assert len(server.asked) == 3


async def test_one_request_looks_whether_a_server_is_back(
    server: ModelServer, pool_of: MakePool, eventually: Eventually
) -> None:
    server.fault(Refusal(500))
    pool = pool_of(server, model_cooldown_seconds=0.01)
    with pytest.raises(Unavailable):
        await said(pool)
    gate = threading.Event()
    server.answer = lambda asked: Reply(gate=gate)
    await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(said(pool)) for _ in range(3)]
        await eventually(lambda: len(server.asked) == 2)
        await asyncio.sleep(0.1)
        assert len(server.asked) == 2  # two wait for what becomes of the one that looks
        gate.set()

    assert [task.result() for task in asking] == ["ok"] * 3


async def test_a_stream_goes_to_another_server_while_nothing_was_told(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    server.queue(BrokenOff(LONG))
    *text, answer = [piece async for piece in pool_of(server, second).stream(ASKED, role=Role.DEEP, max_tokens=9)]
    assert text == ["ok"]
    assert isinstance(answer, Answer)
    assert answer.endpoint in second.url


@pytest.mark.parametrize("fault", [BrokenOff(LONG, pieces=2), Hanging(LONG, pieces=2)], ids=["dies", "hangs"])
async def test_a_stream_that_was_begun_is_not_begun_again(
    server: ModelServer, second: ModelServer, pool_of: MakePool, fault: Told
) -> None:
    server.queue(fault)
    told = []
    with pytest.raises(Unavailable) as broken:
        async for piece in pool_of(server, second, model_timeout_seconds=0.5).stream(
            ASKED, role=Role.DEEP, max_tokens=9
        ):
            told.append(piece)
    assert told == ["one", " two"]
    assert "Ask again" in str(broken.value.next_step)
    assert second.asked == []


async def test_an_answer_may_not_take_for_ever_although_it_goes_on(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    server.queue(Reply("word " * 1000, gap=0.05))
    pool = pool_of(server, second, model_timeout_seconds=5, model_request_seconds=0.5)
    assert await said(pool) == "ok"
    assert len(second.asked) == 1


async def test_the_fast_role_has_servers_of_its_own(
    server: ModelServer, second: ModelServer, pool_of: MakePool
) -> None:
    server.queue(Reply("deep"))
    second.queue(Reply("fast"))
    pool = pool_of(server, model_fast_urls=second.url, model_fast_key=second.key)
    assert (await said(pool), await said(pool, Role.FAST)) == ("deep", "fast")


async def test_a_key_is_not_sent_to_servers_it_was_not_given_for(server: ModelServer, pool_of: MakePool) -> None:
    async with ModelServer(key=None) as other:
        await said(pool_of(server, model_fast_urls=other.url), Role.FAST)
    assert other.asked[0].key == "none"
