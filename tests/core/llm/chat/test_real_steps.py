"""Steps written by a real llama.cpp server with small weights: well-formed, whatever they say."""

from collections.abc import AsyncIterator

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import BaseTool

from core.llm.chat import PoolChatModel
from core.llm.configured import pool_from
from core.settings import load_settings
from tests.core.llm.chat.steps import find_calls
from tests.servers import LlamaServer

ASKED = [HumanMessage("Was there a call with Dana?")]


@pytest.fixture
async def small(llama_process: LlamaServer) -> AsyncIterator[PoolChatModel]:
    if not llama_process._answers():
        llama_process.start()
    pool = pool_from(
        load_settings(model_urls=llama_process.url, model_key=llama_process.key, model_name=llama_process.name)
    )
    assert pool is not None
    yield PoolChatModel(pool=pool, max_tokens=200)
    await pool.close()


async def test_a_call_that_is_asked_for_is_one_that_the_tool_takes(small: PoolChatModel, tools: list[BaseTool]) -> None:
    message = await small.bind_tools(tools, tool_choice="find_calls").ainvoke(ASKED)

    [call] = message.tool_calls
    assert call["name"] == "find_calls"
    assert await find_calls.ainvoke(call["args"])
    assert message.usage_metadata is not None and message.usage_metadata["input_tokens"] > 50


async def test_an_answer_streams_in_words_and_its_prompt_is_found_again(
    small: PoolChatModel, tools: list[BaseTool]
) -> None:
    bound = small.bind_tools(tools, tool_choice="none")
    whole = AIMessageChunk(content="")
    words = []
    async for chunk in bound.astream(ASKED):
        words.append(str(chunk.content))
        whole += chunk
    again = await bound.ainvoke([*ASKED, whole, HumanMessage("Sure?")])

    assert len([word for word in words if word]) > 1
    assert "".join(words) == whole.content
    usage = again.usage_metadata
    assert usage is not None
    assert usage["input_token_details"]["cache_read"] > usage["input_tokens"] / 2
