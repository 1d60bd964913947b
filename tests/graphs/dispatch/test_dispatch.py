"""Who is asked, how long one waits for them, and what is said when they cannot answer."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from core.errors import Unavailable
from graphs.dispatch import dispatch as module
from graphs.dispatch.dispatch import Dispatch
from graphs.dispatch.health import FAILURES
from graphs.registry import Registry
from nodes.chat.context import ChatContext
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.turn import Turn
from nodes.spec import AgentSpec
from nodes.understanding.shape import Request


@dataclass
class Asked:
    """An agent that answers as it is told to."""

    name: str
    capabilities: tuple[str, ...] = ()
    failing: BaseException | None = None
    hold: asyncio.Event | None = None
    seen: list[AgentTask] = field(default_factory=list)
    handoff: str | None = None

    def spec(self) -> AgentSpec:
        return AgentSpec(self.name, "sales", "Answers.", self.capabilities, chat=self._chat)

    async def _chat(self, spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
        self.seen.append(task)
        if self.hold is not None:
            await self.hold.wait()
        if self.failing is not None:
            raise self.failing
        return AgentReply(agent="whoever", number=99, text=f"from {self.name}", handoff=self.handoff)


@dataclass(frozen=True)
class Circumstances:
    """What the dispatch reads of a turn's context."""

    turn: Turn
    turn_id: str = "t1"


def context(seconds: float = 60) -> ChatContext:
    return cast("ChatContext", Circumstances(Turn(TurnLimits(seconds=seconds))))


def dispatch_of(*agents: Asked, **more: Any) -> tuple[Dispatch, list[AgentSpec]]:
    specs = [agent.spec() for agent in agents]
    return Dispatch(Registry({spec.name: spec for spec in specs}), **more), specs


TASK = AgentTask(Request(kind="agent", text="words of a customer"), number=2)


async def test_the_agent_answers_under_its_own_name_and_number() -> None:
    dispatch, (spec,) = dispatch_of(Asked("one"))
    reply = await dispatch.answer(spec, TASK, context())
    assert (reply.agent, reply.number, reply.text) == ("one", 2, "from one")


async def test_what_was_asked_is_noted_without_its_words() -> None:
    dispatch, (spec,) = dispatch_of(Asked("one"))
    await dispatch.answer(spec, TASK, context())
    (done,) = dispatch.take_done()
    assert (done.agent, done.turn, done.number, done.kind, done.status) == ("one", "t1", 2, "agent", "done")
    assert "customer" not in done.model_dump_json()
    assert dispatch.take_done() == []


async def test_of_what_cannot_be_written_down_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    dispatch, (spec,) = dispatch_of(Asked("one"))
    for number in range(3):
        await dispatch.answer(spec, AgentTask(TASK.request, number), context())
    done = dispatch.take_done()
    assert [each.number for each in done] == [1, 2]
    await dispatch.answer(spec, AgentTask(TASK.request, 3), context())
    dispatch.put_back(done)
    assert [each.number for each in dispatch.take_done()] == [2, 3]


async def test_a_fault_of_an_agent_is_an_answer_that_tells_nothing_of_its_inside() -> None:
    dispatch, (spec,) = dispatch_of(Asked("one", failing=RuntimeError("password=hunter2")))
    reply = await dispatch.answer(spec, TASK, context())
    assert reply.partial is not None
    assert "hunter2" not in reply.partial
    assert dispatch.take_done()[0].status == "failed"


async def test_a_service_that_is_away_is_told_with_what_to_do() -> None:
    away = Unavailable("HubSpot", "no answer", next_step="Try again in a minute.")
    dispatch, (spec,) = dispatch_of(Asked("one", failing=away))
    reply = await dispatch.answer(spec, TASK, context())
    assert reply.partial == "HubSpot: no answer. Try again in a minute."
    assert dispatch.take_done()[0].status == "held up"


async def test_a_service_that_stays_away_is_no_failure_of_the_agent() -> None:
    agent = Asked("one", failing=Unavailable("HubSpot", "no answer"))
    dispatch, (spec,) = dispatch_of(agent)
    for _ in range(FAILURES + 1):
        await dispatch.answer(spec, TASK, context())
    agent.failing = None
    assert (await dispatch.answer(spec, TASK, context())).text == "from one"
    assert dispatch.standings()[0].success == 1.0


async def test_waiting_in_vain_is_no_failure_of_the_agent() -> None:
    hold = asyncio.Event()
    dispatch, (spec,) = dispatch_of(Asked("one", hold=hold), capacity=1)
    first = asyncio.create_task(dispatch.answer(spec, TASK, context()))
    await asyncio.sleep(0)
    for _ in range(FAILURES):
        assert (await dispatch.answer(spec, TASK, context(seconds=0.001))).partial
    assert dispatch.standings()[0].breaker == "closed"
    assert dispatch.standings()[0].failed == 0
    hold.set()
    await first


async def test_what_changes_something_is_not_left_half_way() -> None:
    hold = asyncio.Event()
    dispatch, (spec,) = dispatch_of(Asked("one", hold=hold))
    action = AgentTask(Request(kind="action", text="move it"))
    asking = asyncio.create_task(dispatch.answer(spec, action, context(seconds=0.001)))
    await asyncio.sleep(0.02)
    assert not asking.done()
    hold.set()
    assert (await asking).text == "from one"


async def test_what_changes_something_is_given_to_sophias_own_only() -> None:
    own, added = Asked("one", ("move a deal",), failing=RuntimeError()), Asked("two", ("move a deal",))
    specs = [own.spec(), added.spec()]
    dispatch = Dispatch(Registry({spec.name: spec for spec in specs}, sources={"two": "example 1.0"}))
    action = AgentTask(Request(kind="action", text="move it"))
    for _ in range(FAILURES + 1):
        assert (await dispatch.answer(specs[0], action, context())).partial
    assert added.seen == []
    assert (await dispatch.answer(specs[0], TASK, context())).text == "from two"


async def test_an_agent_that_takes_longer_than_the_turn_is_left() -> None:
    dispatch, (spec,) = dispatch_of(Asked("one", hold=asyncio.Event()))
    reply = await dispatch.answer(spec, TASK, context(seconds=0.01))
    assert reply.partial == "there was not enough time for all of it"
    assert dispatch.take_done()[0].status == "timed out"
    assert dispatch.standings()[0].running == 0


async def test_who_is_cancelled_gives_the_place_back() -> None:
    dispatch, (spec,) = dispatch_of(Asked("one", hold=asyncio.Event()), capacity=1)
    asking = asyncio.create_task(dispatch.answer(spec, TASK, context()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (dispatch.standings()[0].running, dispatch.standings()[0].waiting) == (0, 0)


async def test_one_that_keeps_failing_is_left_alone_and_its_substitute_asked() -> None:
    bad, good = Asked("one", ("tell deals",), failing=RuntimeError()), Asked("two", ("Tell deals",))
    dispatch, (spec, _) = dispatch_of(bad, good)
    for _ in range(FAILURES):
        await dispatch.answer(spec, TASK, context())
    reply = await dispatch.answer(spec, TASK, context())
    assert (reply.agent, reply.text) == ("two", "from two")
    assert len(bad.seen) == FAILURES


async def test_without_a_substitute_it_says_so_instead_of_trying() -> None:
    bad = Asked("one", failing=RuntimeError())
    dispatch, (spec,) = dispatch_of(bad)
    for _ in range(FAILURES):
        await dispatch.answer(spec, TASK, context())
    reply = await dispatch.answer(spec, TASK, context())
    assert reply.partial is not None and "left alone" in reply.partial
    assert len(bad.seen) == FAILURES
    assert dispatch.take_done()[-1].status == "turned away"


async def test_it_is_asked_again_after_the_pause_and_well_again_after_an_answer() -> None:
    now = [0.0]
    agent = Asked("one", failing=RuntimeError())
    dispatch, (spec,) = dispatch_of(agent, monotonic=lambda: now[0])
    for _ in range(FAILURES):
        await dispatch.answer(spec, TASK, context())
    now[0], agent.failing = 31.0, None
    assert dispatch.standings()[0].breaker == "half open"
    assert (await dispatch.answer(spec, TASK, context())).text == "from one"
    assert dispatch.standings()[0].breaker == "closed"


async def test_who_comes_when_nobody_is_free_waits_for_a_place() -> None:
    hold = asyncio.Event()
    agent = Asked("one", hold=hold)
    dispatch, (spec,) = dispatch_of(agent, capacity=1)
    asking = [asyncio.create_task(dispatch.answer(spec, TASK, context())) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert (dispatch.standings()[0].running, dispatch.standings()[0].waiting) == (1, 2)
    hold.set()
    assert [reply.text for reply in await asyncio.gather(*asking)] == ["from one"] * 3
    assert len(agent.seen) == 3


async def test_a_queue_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_QUEUE", 1)
    hold = asyncio.Event()
    dispatch, (spec,) = dispatch_of(Asked("one", hold=hold), capacity=1)
    asking = [asyncio.create_task(dispatch.answer(spec, TASK, context())) for _ in range(2)]
    for _ in range(5):
        await asyncio.sleep(0)
    reply = await dispatch.answer(spec, TASK, context())
    assert reply.partial is not None and "too many" in reply.partial
    hold.set()
    await asyncio.gather(*asking)


async def test_of_equals_the_one_that_fares_better_is_asked() -> None:
    slow, quick = Asked("slow", ("tell",)), Asked("quick", ("tell",))
    dispatch, specs = dispatch_of(slow, quick)
    slow.failing = RuntimeError()
    await dispatch.answer(specs[0], TASK, context())
    assert dispatch.by_score(specs).name == "quick"


async def test_one_that_is_full_gives_way_to_another_that_is_free() -> None:
    hold = asyncio.Event()
    full, free = Asked("full", ("tell",), hold=hold), Asked("free", ("tell",))
    dispatch, (spec, _) = dispatch_of(full, free, capacity=1)
    first = asyncio.create_task(dispatch.answer(spec, TASK, context()))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (await dispatch.answer(spec, TASK, context())).agent == "free"
    hold.set()
    await first


async def test_a_substitute_that_has_been_asked_is_not_asked_again() -> None:
    bad, other = Asked("one", ("tell",), failing=RuntimeError()), Asked("two", ("tell",))
    dispatch, (spec, _) = dispatch_of(bad, other)
    for _ in range(FAILURES):
        await dispatch.answer(spec, TASK, context())
    passed = AgentTask(TASK.request, TASK.number, passed_by=("two",))
    assert (await dispatch.answer(spec, passed, context())).partial is not None
    assert other.seen == []
