"""Agents of `create_agent` over the pool, end to end: tools are called, wrong calls corrected, words streamed."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from core.errors import LimitReached, Rejected
from core.llm.chat import Budget, PoolChatModel, Spending
from core.llm.chat.loop import CheckedCalls
from sandbox.model import Asked, ModelServer, Reply, ToolCall
from tests.core.llm.chat.steps import a_call, an_answer

QUESTION: Any = {"messages": [HumanMessage("What of Acme?")]}


@dataclass
class Turn:
    spending: Spending = field(default_factory=Spending)


def kinds(messages: list[BaseMessage]) -> list[str]:
    return [message.type for message in messages]


async def test_an_agent_calls_two_tools_and_answers(
    server: ModelServer, model: PoolChatModel, tools: list[BaseTool]
) -> None:
    server.queue(
        Reply.of(a_call("find_deals", company="Acme", stage="won", limit=None)),
        Reply.of(a_call("find_calls", person="Dana")),
        Reply.of(an_answer("Acme: won, and a call with Dana.")),
    )
    agent = create_agent(model, tools, system_prompt="You help.", middleware=[CheckedCalls()])

    messages = (await agent.ainvoke(QUESTION))["messages"]

    assert kinds(messages) == ["human", "ai", "tool", "ai", "tool", "ai"]
    assert [messages[2].content, messages[4].content] == ["Acme: won, None <b>[1]</b>", "a call with Dana"]
    assert messages[-1].content == "Acme: won, and a call with Dana."
    assert "Acme: won, None ‹b›[1]‹/b›" in server.asked[1].messages[-1]["content"]


async def test_the_same_agent_over_the_servers_own_tools_api(
    server: ModelServer, native: PoolChatModel, tools: list[BaseTool]
) -> None:
    calls = (ToolCall("find_deals", '{"company": "Acme"}'), ToolCall("find_calls", '{"persn": "Dana"}'))
    server.queue(
        Reply("", "tool_calls", calls),
        Reply("", "tool_calls", (ToolCall("find_calls", '{"person": "Dana"}'),)),
        Reply("Both found."),
    )
    agent = create_agent(native, tools, middleware=[CheckedCalls()])

    messages = (await agent.ainvoke(QUESTION))["messages"]

    wrong = [message for message in messages if isinstance(message, ToolMessage) and message.status == "error"]
    assert [message.content for message in wrong] == ["Not done: find_calls: it takes person and nothing else."]
    assert messages[-1].content == "Both found."
    done = {message.content for message in messages if isinstance(message, ToolMessage) and message.status != "error"}
    assert done == {"Acme: open, None <b>[1]</b>", "a call with Dana"}


async def test_a_model_that_goes_on_calling_wrongly_is_ended_by_its_budget(
    server: ModelServer, native: PoolChatModel, tools: list[BaseTool]
) -> None:
    server.answer = lambda asked: Reply("", "tool_calls", (ToolCall("drop_all", "{}"),))
    counting = CheckedCalls(lambda turn: turn.spending)
    agent = create_agent(native, tools, middleware=[counting], context_schema=Turn)
    turn = Turn(Spending(Budget(calls=4)))

    with pytest.raises(LimitReached):
        await agent.ainvoke(QUESTION, context=turn)

    assert len(server.asked) == turn.spending.calls == 4


async def test_a_call_of_no_tool_is_corrected_once_where_the_server_holds_to_no_schema(
    server: ModelServer, model: PoolChatModel, tools: list[BaseTool]
) -> None:
    agent = create_agent(model, tools, middleware=[CheckedCalls()])
    server.queue(Reply.of(a_call("drop_all")), Reply.of(an_answer("None.")))
    messages = (await agent.ainvoke(QUESTION))["messages"]
    assert messages[-1].content == "None."
    assert "there are find_deals, find_calls" in server.asked[1].messages[-1]["content"]

    server.answer = lambda asked: Reply.of(a_call("drop_all"))
    with pytest.raises(Rejected, match="does not hold to its schema"):
        await agent.ainvoke(QUESTION)
    assert len(server.asked) == 4


async def test_a_graph_that_streams_messages_tells_words_and_never_json(
    server: ModelServer, model: PoolChatModel, tools: list[BaseTool]
) -> None:
    server.queue(
        Reply.of(a_call("find_calls", person="Dana")), Reply.of(an_answer("One call with Dana."), cached_tokens=8)
    )
    agent = create_agent(model, tools, middleware=[CheckedCalls()])

    told: list[Any] = [chunk async for chunk, _ in agent.astream(QUESTION, stream_mode="messages")]

    words = [chunk.content for chunk in told if isinstance(chunk, AIMessage) and chunk.content]
    assert words == ["One", " call", " with", " Dana."]
    counted = [chunk.usage_metadata for chunk in told if isinstance(chunk, AIMessage) and chunk.usage_metadata]
    assert len(counted) == 2
    assert counted[-1]["input_token_details"] == {"cache_read": 8}


async def test_an_agent_whose_answer_has_a_form_of_its_own(
    server: ModelServer, model: PoolChatModel, tools: list[BaseTool]
) -> None:
    class Verdict(BaseModel):
        """What was found."""

        deals: int
        note: str | None = None

    def answered(asked: Asked) -> Reply:
        assert asked.schema is not None
        assert [step["properties"]["tool"]["const"] for step in asked.schema["anyOf"]][-1] == "Verdict"
        return Reply.of(a_call("Verdict", deals=2, note=None))

    server.answer = answered
    agent = create_agent(model, tools, response_format=Verdict)

    assert (await agent.ainvoke(QUESTION))["structured_response"] == Verdict(deals=2)


async def test_a_value_of_a_form_is_read_by_the_model_itself(server: ModelServer, model: PoolChatModel) -> None:
    class Choice(BaseModel):
        """Which agent."""

        agent: str

    server.queue(Reply.of(a_call("Choice", agent="crm_sync")))
    assert await model.with_structured_output(Choice).ainvoke("Which?") == Choice(agent="crm_sync")
