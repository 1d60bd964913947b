"""A thread of a thousand turns costs what one of ten does, and what was said at its beginning is still found."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database, sqlite_url
from nodes.thread.context import Place, ThreadContext
from nodes.thread.prompting import prompt_messages
from nodes.thread.state import ThreadState
from nodes.thread.steps import PRUNED_EVERY, keep, prune, recall_older, trim
from nodes.thread.summary import LONGEST_SUMMARY
from nodes.thread.trimming import DEFAULT_ROOM, turns_in
from nodes.thread.turns import tokens_in
from tests.nodes.thread.talk import ListedMemory

THREAD = "chat:slack-C1-17"
CONFIG: RunnableConfig = {"configurable": {"thread_id": THREAD}}
PLACE = Place("slack-C1-17", "place:C1", speaker="Ana")


async def _answer(state: ThreadState) -> dict[str, Any]:
    return {"messages": [AIMessage(f"Here is what I know about {state['messages'][-1].text} " + "in some words " * 20)]}


def _graph(checkpoints: Checkpoints) -> Any:
    builder: Any = StateGraph(ThreadState, context_schema=ThreadContext)
    for name, step in {"answer": _answer, "keep": keep, "trim": trim}.items():
        builder.add_node(name, step)
    for before, after in ((START, "answer"), ("answer", "keep"), ("keep", "trim"), ("trim", END)):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=checkpoints)


@pytest.fixture
async def checkpoints(tmp_path: Path) -> AsyncIterator[Checkpoints]:
    await (await Database.open(sqlite_url(tmp_path))).close()
    async with open_checkpoints(sqlite_url(tmp_path)) as opened:
        yield opened


def _stored(folder: Path) -> tuple[int, int, int]:
    """Bytes of the largest checkpoint, and rows of checkpoints and of writes."""
    with sqlite3.connect(folder / "sophia.db") as connection:
        largest, rows = connection.execute("SELECT max(length(checkpoint)), count(*) FROM checkpoints").fetchone()
        (writes,) = connection.execute("SELECT count(*) FROM writes").fetchone()
    return largest, rows, writes


async def test_state_checkpoint_and_rows_stay_within_bounds_for_a_thousand_turns(
    checkpoints: Checkpoints, tmp_path: Path
) -> None:
    graph, memory = _graph(checkpoints), ListedMemory()
    context = ThreadContext(PLACE, memory)
    sizes: dict[int, tuple[int, int, int]] = {}
    for number in range(1, 1001):
        asked = {"messages": [HumanMessage(f"question {number}: what is deal {number} worth to Globex by Friday?")]}
        state: ThreadState = await graph.ainvoke(asked, CONFIG, context=context, durability="exit")
        assert sum(tokens_in(message) for message in state["messages"]) <= DEFAULT_ROOM.most_tokens
        assert len(state.get("summary", "")) <= LONGEST_SUMMARY
        assert sum(tokens_in(message) for message in prompt_messages(state)) <= 6000
        await prune(checkpoints, THREAD, state)
        if number in (100, 1000) or number % 250 < PRUNED_EVERY:
            sizes[number] = _stored(tmp_path)
    assert [turn.number for turn in memory.kept] == list(range(1, 1001))
    assert state["turns"] == turns_in(state)[-1].number == 1000
    assert max(size for size, _, _ in sizes.values()) < 20_000
    assert max(rows for _, rows, _ in sizes.values()) <= 2 * PRUNED_EVERY
    assert max(writes for _, _, writes in sizes.values()) <= 10 * PRUNED_EVERY


async def test_what_has_left_the_state_is_recalled_and_what_is_in_it_is_not(checkpoints: Checkpoints) -> None:
    graph, memory = _graph(checkpoints), ListedMemory()
    context = ThreadContext(PLACE, memory)
    state: ThreadState = {}
    for number in range(1, 31):
        asked = {"messages": [HumanMessage(f"question {number} " + "about a deal " * 10)]}
        state = await graph.ainvoke(asked, CONFIG, context=context, durability="exit")
    assert state["summary_to"] > 0
    older = await recall_older(state, context, "question")
    assert [turn.turn for turn in older] == list(range(1, state["summary_to"] + 1))
    assert turns_in(state)[0].number == state["summary_to"] + 1


async def test_nothing_leaves_the_state_while_the_memory_is_away_and_all_is_kept_afterwards(
    checkpoints: Checkpoints,
) -> None:
    graph, memory = _graph(checkpoints), ListedMemory()
    context = ThreadContext(PLACE, memory)
    memory.away = True
    state: ThreadState = {}
    for number in range(1, 41):
        memory.away = number < 40
        asked = {"messages": [HumanMessage(f"question {number}")]}
        state = await graph.ainvoke(asked, CONFIG, context=context, durability="exit")
        assert memory.away is False or len(turns_in(state)) == number
        if memory.away:
            assert await recall_older(state, context, "question") == ()
    assert [turn.number for turn in memory.kept] == list(range(1, 41))
    assert len(turns_in(state)) < 40


async def test_a_thread_goes_on_after_its_checkpoints_were_pruned(checkpoints: Checkpoints) -> None:
    graph, context = _graph(checkpoints), ThreadContext(PLACE, ListedMemory())
    for number in range(1, PRUNED_EVERY + 1):
        asked = {"messages": [HumanMessage(f"question {number}")]}
        state = await graph.ainvoke(asked, CONFIG, context=context, durability="exit")
        assert await prune(checkpoints, THREAD, state) is (number == PRUNED_EVERY)
    assert len([kept async for kept in checkpoints.alist(CONFIG)]) == 1
    state = await graph.ainvoke({"messages": [HumanMessage("and now?")]}, CONFIG, context=context, durability="exit")
    assert [turn.number for turn in turns_in(state)] == list(range(1, PRUNED_EVERY + 2))
