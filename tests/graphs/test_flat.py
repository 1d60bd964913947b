"""The flat network: who answers, in which order, what is handed on to whom, and what a thread carries on."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import NotUsable
from core.people import Person
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database, sqlite_url
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import AgentReply, AgentTask, Citation, ToolCall
from nodes.thread.steps import PRUNED_EVERY
from nodes.thread.trimming import turns_in
from tests.graphs.talking import Talk, agent, network_of, saying, understood_by_marks


@pytest.fixture(autouse=True)
def _understood_by_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.chat.arriving.understood_as", understood_by_marks)


@pytest.fixture
async def checkpoints(tmp_path: Path) -> AsyncIterator[Checkpoints]:
    await (await Database.open(sqlite_url(tmp_path))).close()
    async with open_checkpoints(sqlite_url(tmp_path)) as opened:
        yield opened


async def test_one_agent_answers(checkpoints: Checkpoints) -> None:
    talk = Talk(network_of(checkpoints, agent("one", saying("heard: {text}")), agent("two", saying())))
    answer = await talk.ask("one: hello")
    assert (answer.text, answer.agents, answer.kind) == ("heard: hello", ("one",), "agent")


async def test_several_answer_side_by_side_and_are_told_in_the_order_of_the_requests(checkpoints: Checkpoints) -> None:
    second_is_done = asyncio.Event()

    async def waits(task: AgentTask) -> AgentReply:
        await second_is_done.wait()
        return AgentReply(agent="", text="first")

    async def goes_on(task: AgentTask) -> AgentReply:
        second_is_done.set()
        return AgentReply(agent="", text="second")

    graph = network_of(checkpoints, agent("one", waits), agent("two", goes_on), agent("three", saying("third")))
    answer = await Talk(graph, limits=TurnLimits(seconds=5)).ask("one: a; two: b; three: c")
    assert answer.text == "first\n\nsecond\n\nthird"
    assert [reply.number for reply in answer.replies] == [0, 1, 2]


async def test_sources_are_numbered_over_all_that_answered(checkpoints: Checkpoints) -> None:
    deal, call = (Citation(number=1, kind="record", id=id, title=id) for id in ("deal:1", "call:2"))
    graph = network_of(
        checkpoints,
        agent("one", saying("worth 5 [1]", citations=(deal,))),
        agent("two", saying("said so [1]", citations=(call,))),
        agent("three", saying("again [1]", citations=(deal,))),
    )
    answer = await Talk(graph).ask("one: a; two: b; three: c")
    assert answer.text == "worth 5 [1]\n\nsaid so [2]\n\nagain [1]"
    assert [citation.id for citation in answer.citations] == ["deal:1", "call:2"]


@pytest.mark.parametrize("named", ["two", "Reckon commission"])
async def test_a_question_is_handed_on_by_name_or_capability(checkpoints: Checkpoints, named: str) -> None:
    seen: list[AgentTask] = []

    async def answers(task: AgentTask) -> AgentReply:
        seen.append(task)
        return AgentReply(agent="", text=f"two says {task.request.text}")

    graph = network_of(checkpoints, agent("one", saying("", handoff=named)), agent("two", answers, "reckon commission"))
    answer = await Talk(graph).ask("one: what is it")
    assert (answer.text, answer.agents) == ("two says what is it", ("two",))
    assert [task.passed_by for task in seen] == [("one",)]


async def test_of_several_that_can_the_one_that_fares_better_is_handed_the_question(checkpoints: Checkpoints) -> None:
    async def fails(task: AgentTask) -> AgentReply:
        raise RuntimeError

    graph = network_of(
        checkpoints,
        agent("one", saying("", handoff="reckon")),
        agent("bad", fails, "reckon"),
        agent("good", saying("reckoned"), "reckon"),
    )
    talk = Talk(graph)
    await talk.ask("bad: fail once")
    assert (await talk.ask("one: how much")).text == "reckoned"


async def test_who_hands_on_to_nobody_there_is_answers_with_what_it_said(checkpoints: Checkpoints) -> None:
    graph = network_of(checkpoints, agent("one", saying("all I know", handoff="who is not there")))
    answer = await Talk(graph).ask("one: hm")
    assert (answer.text, answer.replies[0].handoff) == ("all I know", None)


async def test_agents_that_hand_on_to_each_other_end_with_what_is_known(checkpoints: Checkpoints) -> None:
    graph = network_of(
        checkpoints,
        agent("one", saying("one knows this", handoff="two")),
        agent("two", saying("two knows that", handoff="one")),
    )
    assert (await Talk(graph).ask("one: hm")).text == "two knows that"


async def test_a_question_is_handed_on_no_more_often_than_a_turn_allows(checkpoints: Checkpoints) -> None:
    row = [agent(f"a{place}", saying(f"as far as a{place}", handoff=f"a{place + 1}")) for place in range(9)]
    answer = await Talk(network_of(checkpoints, *row), limits=TurnLimits(hops=4)).ask("a0: hm")
    assert answer.text == "as far as a3"


async def test_two_that_hand_on_to_the_same_third_are_both_answered(checkpoints: Checkpoints) -> None:
    graph = network_of(
        checkpoints,
        agent("one", saying("", handoff="three")),
        agent("two", saying("", handoff="three")),
        agent("three", saying("three on {text}")),
    )
    answer = await Talk(graph).ask("one: a; two: b")
    assert answer.text == "three on a\n\nthree on b"


async def test_one_that_answers_at_once_waits_for_one_that_hands_on(checkpoints: Checkpoints) -> None:
    graph = network_of(
        checkpoints,
        agent("one", saying("", handoff="two")),
        agent("two", saying("", handoff="three")),
        agent("three", saying("at last")),
        agent("quick", saying("at once")),
    )
    answer = await Talk(graph).ask("quick: a; one: b")
    assert answer.text == "at once\n\nat last"


async def test_an_agent_that_fails_takes_nothing_from_the_others(checkpoints: Checkpoints) -> None:
    async def fails(task: AgentTask) -> AgentReply:
        raise RuntimeError("password=hunter2")

    graph = network_of(checkpoints, agent("one", fails), agent("two", saying("two is well")))
    talk = Talk(graph)
    answer = await talk.ask("one: a; two: b")
    assert "two is well" in answer.text and "could not be answered" in answer.text
    assert "hunter2" not in answer.model_dump_json()
    assert (await talk.ask("two: again")).text == "two is well"


async def test_a_message_without_words_asks_nothing(checkpoints: Checkpoints) -> None:
    with pytest.raises(NotUsable):
        await Talk(network_of(checkpoints, agent("one", saying()))).ask("  \n ")


async def test_the_next_turn_knows_the_one_before(checkpoints: Checkpoints) -> None:
    seen: list[AgentTask] = []

    async def answers(task: AgentTask) -> AgentReply:
        seen.append(task)
        return AgentReply(agent="", text=f"answer to {task.request.text}")

    talk = Talk(network_of(checkpoints, agent("one", answers)))
    await talk.ask("one: first")
    answer = await talk.ask("one: second")
    assert answer.text == "answer to second"
    assert [message.text for message in seen[1].thread["messages"]] == ["one: first", "answer to first", "one: second"]
    assert [topic.request.text for topic in (await talk.state())["focus"].topics] == ["first", "second"]
    assert [(turn.asked, turn.answered) for turn in talk.memory.kept] == [
        ("one: first", "answer to first"),
        ("one: second", "answer to second"),
    ]


async def test_nothing_of_a_turn_but_its_thread_and_focus_is_checkpointed(
    checkpoints: Checkpoints, tmp_path: Path
) -> None:
    looked = ToolCall(agent="one", tool="find_records", arguments={"words": "only of this turn"})
    graph = network_of(
        checkpoints, agent("one", saying("", handoff="two", tool_calls=(looked,))), agent("two", saying("told"))
    )
    talk = Talk(graph)
    answer = await talk.ask("one: a; two: b")
    assert answer.tool_calls == (looked,)
    state = {name: value for name, value in (await talk.state()).items() if value}  # no replies are left
    assert set(state) == {"messages", "turns", "focus"}
    assert [message.text for message in state["messages"]] == ["one: a; two: b", "told"]
    assert b"only of this turn" not in _files_of(tmp_path)


def _files_of(folder: Path) -> bytes:
    """Everything that the database has on the disk, its log included."""
    return b"".join(file.read_bytes() for file in folder.glob("sophia.db*"))


def _stored(folder: Path) -> int:
    """Bytes of all checkpoints and writes."""
    with sqlite3.connect(folder / "sophia.db") as connection:
        (checkpoints,) = connection.execute("SELECT sum(length(checkpoint) + length(metadata)) FROM checkpoints")
        (writes,) = connection.execute("SELECT coalesce(sum(length(value)), 0) FROM writes")
    return int(checkpoints[0]) + int(writes[0])


async def test_a_thread_that_has_been_trimmed_grows_no_more(checkpoints: Checkpoints, tmp_path: Path) -> None:
    talk = Talk(network_of(checkpoints, agent("one", saying("Here is what I know: {text} " + "in some words " * 30))))
    rounds: list[int] = []
    for _ in range(10):
        for number in range(PRUNED_EVERY):
            await talk.ask(f"one: what is deal {number} worth to Globex by Friday?")
        rounds.append(_stored(tmp_path))
    state = await talk.state()
    assert state["turns"] == turns_in(state)[-1].number == talk.asked  # type: ignore[arg-type]
    assert state["summary_to"] > 0
    assert max(rounds[5:]) - min(rounds[5:]) < 4096 * PRUNED_EVERY
    assert max(rounds) < 40_000


async def test_two_people_of_one_name_have_threads_of_their_own(checkpoints: Checkpoints) -> None:
    graph = network_of(checkpoints, agent("one", saying()))
    one, other = Talk(graph), Talk(graph, who=Person(email="ana@theirs.example", name="Ana"))
    await one.ask("one: a secret")
    await other.ask("one: hello")
    assert one.checkpointed_as != other.checkpointed_as
    assert [message.text for message in (await other.state())["messages"]] == ["one: hello", "hello"]


async def test_a_turn_that_is_asked_again_gives_its_own_answer_and_asks_nobody(checkpoints: Checkpoints) -> None:
    asked: list[str] = []

    async def says(task: AgentTask) -> AgentReply:
        asked.append(task.request.text)
        return AgentReply(agent="", text=f"about {task.request.text}")

    talk = Talk(network_of(checkpoints, agent("one", says)))
    await talk.ask("water the plants")
    await talk.ask("buy stamps")
    assert (await talk.again(1, "water the plants")).text == "about water the plants"
    assert asked == ["water the plants", "buy stamps"]


async def test_two_turns_of_a_thread_at_once_follow_each_other(checkpoints: Checkpoints) -> None:
    talk = Talk(network_of(checkpoints, agent("one", saying())))
    await asyncio.gather(talk.ask("first"), talk.ask("second"))
    state = await talk.state()
    assert [message.text for message in state["messages"]] == ["first", "first", "second", "second"]
    assert (state["turns"], len(state["focus"].topics)) == (2, 2)


async def test_a_turn_that_was_broken_off_leaves_nothing_behind(checkpoints: Checkpoints) -> None:
    begun, hold = asyncio.Event(), asyncio.Event()

    async def says(task: AgentTask) -> AgentReply:
        begun.set()
        if "slow" in task.request.text:
            await hold.wait()
        return AgentReply(agent="", text=task.request.text)

    talk = Talk(network_of(checkpoints, agent("one", says), agent("two", saying("", handoff="one"))))
    asking = asyncio.create_task(talk.ask("two: slow"))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await talk.ask("quick")).text == "quick"
    state = await talk.state()
    assert [message.text for message in state["messages"]] == ["quick", "quick"]
    assert state["turns"] == 1
