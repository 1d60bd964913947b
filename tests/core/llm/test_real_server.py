"""The pool against a real llama.cpp server with small weights: the wire is tested, never what the model says."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from core.errors import Rejected, Unauthorized, Unavailable
from core.llm import Answer, Role
from core.llm.configured import pool_from
from core.llm.pool import ModelPool
from core.settings import load_settings
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.judging import Allowance, JudgingAnalyst
from nodes.call_analysis.judging.prompts import Prompts
from nodes.call_analysis.reading import REFUSED, read_once
from nodes.call_analysis.verify import verify
from nodes.call_analysis.versions import Analysts
from sandbox.model import ModelServer, Reply
from tests.nodes.judging.talk import TALK, spoken
from tests.servers import LlamaServer

Eventually = Callable[[Callable[[], bool]], Awaitable[None]]
LONG = [HumanMessage("Write a very long story about a ship, its crew and their journey around the world.")]
SHORT_PROMPTS = Prompts("You read sentences of a call and say what matters.", "You sum up a call.")
"""The real ones take this server half a minute to read while other tests run."""
ENDLESS = {
    "type": "object",
    "properties": {"all": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 400}},
    "required": ["all"],
}
"""An answer that holds to it takes half a minute."""
SHORT = [SystemMessage("You answer with one word."), HumanMessage("Say hello.")]
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["risk", "none"]}, "sure": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
    "required": ["kind", "sure"],
    "additionalProperties": False,
}


@pytest.fixture
def llama(llama_process: LlamaServer) -> Iterator[LlamaServer]:
    """The server, up again whatever the test did to it."""
    yield llama_process
    if not llama_process._answers():
        llama_process.start()


@pytest.fixture
async def pool_over(llama: LlamaServer) -> AsyncIterator[Callable[..., ModelPool]]:
    """Makes a pool over these addresses, the real server's if none is given."""
    made: list[ModelPool] = []

    def make(*urls: str, **settings: Any) -> ModelPool:
        named = {"model_urls": ",".join(urls or (llama.url,)), "model_key": llama.key, "model_name": llama.name}
        pool = pool_from(load_settings(**(named | settings)))
        assert pool is not None
        made.append(pool)
        return pool

    yield make
    for pool in made:
        await pool.close()


async def read(pool: ModelPool, max_tokens: int = 120) -> list[str | Answer]:
    return [piece async for piece in pool.stream(SHORT, role=Role.DEEP, max_tokens=max_tokens)]


async def test_it_streams_and_counts_tokens(pool_over: Callable[..., ModelPool], llama: LlamaServer) -> None:
    *text, answer = await read(pool_over())
    assert isinstance(answer, Answer)
    assert "".join(str(piece) for piece in text) == answer.text
    assert (answer.model, answer.endpoint) == (llama.name, f"127.0.0.1:{llama.port}")
    assert answer.usage.prompt_tokens > 10
    assert answer.usage.completion_tokens >= len(text) > 0


async def test_a_beginning_that_was_asked_before_is_counted_as_cached(pool_over: Callable[..., ModelPool]) -> None:
    pool = pool_over(model_parallel=1)
    beginning = [SystemMessage("You sort sentences into kinds. " * 8)]
    asked = [pool.ask([*beginning, HumanMessage(said)], role=Role.DEEP, max_tokens=40, schema=SCHEMA) for said in "ab"]
    first, second = [(await answer).usage for answer in asked]
    assert second.prompt_tokens == first.prompt_tokens
    assert second.cached_tokens > 30


async def test_an_answer_holds_to_its_schema(pool_over: Callable[..., ModelPool]) -> None:
    answer = await pool_over().ask(SHORT, role=Role.FAST, max_tokens=60, schema=SCHEMA)
    assert answer.value is not None
    assert set(answer.value) == {"kind", "sure"}


async def test_an_answer_that_is_cut_off_is_rejected(pool_over: Callable[..., ModelPool]) -> None:
    with pytest.raises(Rejected, match="cut off after 4 tokens"):
        await pool_over().ask(LONG, role=Role.DEEP, max_tokens=4)


async def test_a_request_that_does_not_fit_is_rejected(pool_over: Callable[..., ModelPool]) -> None:
    with pytest.raises(Rejected) as rejected:
        await pool_over().ask([HumanMessage("word " * 9000)], role=Role.DEEP, max_tokens=4)
    assert "SOPHIA_MODEL_CONTEXT" in str(rejected.value.next_step)


async def test_a_wrong_key_is_refused(pool_over: Callable[..., ModelPool]) -> None:
    with pytest.raises(Unauthorized):
        await pool_over(model_key="wrong").ask(SHORT, role=Role.DEEP, max_tokens=4)


async def test_an_answer_that_takes_too_long_is_ended_and_the_server_freed(
    pool_over: Callable[..., ModelPool], llama: LlamaServer, eventually: Eventually
) -> None:
    with pytest.raises(Unavailable, match="in time"):
        await pool_over(model_request_seconds=0.5).ask(LONG, role=Role.DEEP, max_tokens=900, schema=ENDLESS)
    await eventually(lambda: not llama.busy())


async def test_a_server_killed_in_the_middle_of_a_stream(
    pool_over: Callable[..., ModelPool], llama: LlamaServer
) -> None:
    told = []
    with pytest.raises(Unavailable) as broken:
        async for piece in pool_over().stream(LONG, role=Role.DEEP, max_tokens=900):
            told.append(piece)
            llama.kill()
    assert told
    assert "Ask again" in str(broken.value.next_step)


async def test_another_server_answers_when_one_is_killed_in_the_middle(
    pool_over: Callable[..., ModelPool], llama: LlamaServer, eventually: Eventually
) -> None:
    async with ModelServer(lambda asked: Reply.of({"all": ["a"] * 400}), key=None, models=(llama.name,)) as other:
        pool = pool_over(llama.url, other.url)
        asking = asyncio.create_task(pool.ask(LONG, role=Role.DEEP, max_tokens=900, schema=ENDLESS))
        await eventually(llama.busy)
        llama.kill()
        assert (await asking).endpoint in other.url


async def test_the_server_that_is_up_answers_for_the_one_that_is_down(
    pool_over: Callable[..., ModelPool], llama: LlamaServer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        down = f"http://127.0.0.1:{door.getsockname()[1]}/v1"
    answer = await pool_over(down, llama.url).ask(SHORT, role=Role.DEEP, max_tokens=60, schema=SCHEMA)
    assert answer.endpoint == f"127.0.0.1:{llama.port}"


async def test_a_call_that_it_judges_is_proved_or_left_as_it_was_found(pool_over: Callable[..., ModelPool]) -> None:
    pool = pool_over(model_context=LlamaServer.context, model_parallel=1)
    judge = JudgingAnalyst(pool, Allowance(window_tokens=500, answer_tokens=48), SHORT_PROMPTS)
    call, transcript = spoken(*TALK)

    made = await read_once(Analysts(ExtractiveAnalyst(), judge), call, transcript)

    assert verify(made, call, transcript) == made
    assert made.items
    assert made.provenance is not None
    assert (made.provenance.model is None) == made.awaits_model == (made.notes == (REFUSED,))
