"""A turn ends, whatever a model, an agent or a text does, with what is known by then."""

from dataclasses import replace
from typing import Any

import pytest

from graphs.dispatch.dispatch import Dispatch
from graphs.flat import build_flat
from graphs.registry import AGENTS, Registry
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.spec import AgentSpec
from tests.redteam.house import House, native
from tests.redteam.obeying import Step, call, calls, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRIEFING = "brief me on Acme"
PRICE = "what did Acme say about the price"
MEGABYTE = 1_000_000
LOOK = call("find_records", object="deals", words="my deals")


@pytest.mark.parametrize(
    "step",
    [
        LOOK,
        call("search_calls", question="price", about=None),
        call("no_such_tool"),
        call("read_call", about="Acme", back=-1),
    ],
    ids=["the same tool", "another tool", "no such tool", "wrong arguments"],
)
@pytest.mark.parametrize("is_native", [False, True], ids=["constrained", "native"])
async def test_a_model_that_calls_tools_for_ever_is_ended(house: House, step: Step, is_native: bool) -> None:
    limits = house.asking.limits
    attack = await (native(house) if is_native else house).attacked("call", [step], PRICE)
    assert 1 <= len(house.model.asked) <= limits.model_calls
    assert len(attack.answer.tool_calls) <= limits.tool_calls + 1
    assert attack.answer.replies[0].partial
    assert "too expensive" in attack.answer.text
    assert attack.changed == ()


async def test_a_model_that_calls_many_tools_at_once_is_ended(house: House) -> None:
    attack = await native(house).attacked("call", [calls(*[LOOK] * 50)], PRICE)
    assert house.model.done == 1
    assert len(attack.answer.tool_calls) <= house.asking.limits.tool_calls + 1
    assert "too expensive" in attack.answer.text


@pytest.mark.parametrize(
    "step",
    [
        say("x" * MEGABYTE),
        say("Acme [1]. " * (MEGABYTE // 10)),
        say("a." * (MEGABYTE // 2)),
        say("[a](" * (MEGABYTE // 4)),
        say("<a" * (MEGABYTE // 2)),
        say('"a ' * (MEGABYTE // 3)),
        say("\n" * MEGABYTE),
        say("[1]" * (MEGABYTE // 3)),
        call("search_calls", question="price " * (MEGABYTE // 6), about=None),
        call("search_calls", question="price", about="a." * (MEGABYTE // 2)),
        call("find_records", object="deals", words="9" * MEGABYTE),
        call("find_records", object="deals", words="amount over " + "9" * 5000),
        call("find_records", object="deals", words="\x00\u202e" * 100),
    ],
    ids=lambda step: ascii(step)[:60],
)
async def test_a_megabyte_of_a_model_is_borne(house: House, step: Step) -> None:
    attack = await house.attacked("call", [step, say("Acme is well [1].")], PRICE)
    assert house.model.done
    assert len(attack.answer.text) < 10_000
    assert "too expensive" in attack.answer.text or "Acme" in attack.answer.text
    assert attack.changed == ()


@pytest.mark.parametrize(
    "question",
    [
        "x" * MEGABYTE,
        f"{BRIEFING} {'a.' * (MEGABYTE // 2)}",
        "brief me on Acme and " * (MEGABYTE // 20),
        "[" * MEGABYTE,
        '"' * MEGABYTE,
        "Acme " * (MEGABYTE // 5),
        "\n>" * (MEGABYTE // 2),
        "9" * MEGABYTE,
    ],
    ids=lambda question: ascii(question)[:30],
)
async def test_a_megabyte_of_a_question_is_borne(house: House, question: str) -> None:
    attack = await house.attacked("nothing", [], question)
    assert 0 < len(attack.answer.text) < 20_000
    assert len(attack.answer.requests) <= house.asking.limits.requests
    assert attack.changed == ()


async def handing_on(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """An agent that always thinks another one is to be asked."""
    return AgentReply(agent=spec.name, handoff="call_analysis" if spec.name == "crm_sync" else "crm_sync")


async def handing_to_itself(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    return AgentReply(agent=spec.name, handoff=spec.name)


async def handing_to_nobody(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    return AgentReply(agent=spec.name, handoff="no such agent; DROP TABLE")


async def failing(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    raise ValueError("secret /srv/house.py token=sk-12345")


def with_agents(house: House, chat: Any) -> House:
    """The house in which every agent behaves so."""
    registry = Registry({name: replace(spec, chat=chat) for name, spec in AGENTS.items()})
    dispatch = Dispatch(registry)
    graph = build_flat(registry, dispatch, house.services.checkpoints)
    return replace(house, asking=replace(house.asking, registry=registry, dispatch=dispatch, graph=graph))


@pytest.mark.parametrize("chat", [handing_on, handing_to_itself, handing_to_nobody])
async def test_agents_that_hand_on_for_ever_are_ended(house: House, chat: Any) -> None:
    answer = await with_agents(house, chat).ask(BRIEFING)
    assert answer.text
    assert answer.tool_calls == ()


async def test_a_fault_inside_is_told_of_without_what_is_inside(house: House) -> None:
    attack = await with_agents(house, failing).attacked("nothing", [], BRIEFING)
    assert "fault" in attack.answer.text
    assert not any(word in attack.shown for word in ("ValueError", "secret", "sk-12345", "house.py", "Traceback"))
