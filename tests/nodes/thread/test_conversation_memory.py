"""The real memory behind a thread: every turn is kept before it may leave, and an old one comes back by recall."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, StateGraph

from core.clock import SystemClock
from core.scope import Scope
from memory.checkpoints import open_checkpoints
from memory.conversations import Conversations
from memory.database import Database, sqlite_url
from memory.recall.lexical import Lexical
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from nodes.thread.context import Place, ThreadContext
from nodes.thread.prompting import prompt_messages
from nodes.thread.remembering import ConversationMemory
from nodes.thread.state import ThreadState
from nodes.thread.steps import keep, recall_older, trim
from nodes.thread.trimming import Room
from nodes.thread.turns import turns_of
from tests.embedders import HashedWords

HERE = Scope(audiences=frozenset({"place:C1"}))
PLACE = Place("slack-C1-17", "place:C1", HERE, person="U1", speaker="Ana")


@dataclass(frozen=True)
class Remembered:
    """The memory and what it keeps its entries in."""

    memory: ConversationMemory
    entries: Entries


@pytest.fixture
async def remembered(tmp_path: Path) -> AsyncIterator[Remembered]:
    database, clock, embedder = await Database.open(sqlite_url(tmp_path)), SystemClock(), HashedWords()
    entries = Entries(database, embedder, clock)
    nearest = Nearest(database, None, embedder)
    recall = Recall(database, nearest, Lexical(database), embedder, clock, "main")
    conversations = Conversations(entries, "main")
    yield Remembered(ConversationMemory(entries, conversations, recall, clock), entries)
    await database.close()


async def test_both_sides_of_a_turn_are_kept_once(remembered: Remembered) -> None:
    (turn,) = turns_of([HumanMessage("What is Acme worth?"), AIMessage("42,000 euros.")], 7)
    for _ in range(2):
        await remembered.memory.keep(PLACE, turn)
    kept = await remembered.entries.of_source("thread:slack-C1-17", "conversation")
    assert [(each.value["turn"][:-17], each.value["speaker"], each.value["text"]) for each in kept] == [
        ("7.user", "Ana", "What is Acme worth?"),
        ("7.assistant", "Sophia", "42,000 euros."),
    ]
    assert "person:U1" in kept[0].subjects


async def test_a_thread_that_counts_anew_replaces_no_turn_of_before(remembered: Remembered) -> None:
    eras = [("h1", "What is Acme worth?", "42,000 euros."), ("h2", "And Globex?", "Nothing yet.")]
    for id, asked, answered in eras:
        (turn,) = turns_of([HumanMessage(asked, id=id), AIMessage(answered, id=f"{id}-answer")], 1)
        await remembered.memory.keep(PLACE, turn)
    (again,) = turns_of([HumanMessage("And Globex?", id="h2"), AIMessage("7,000 euros.", id="other")], 1)
    await remembered.memory.keep(PLACE, again)
    kept = await remembered.entries.of_source("thread:slack-C1-17", "conversation")
    assert [each.value["text"] for each in kept] == [
        "What is Acme worth?",
        "42,000 euros.",
        "And Globex?",
        "7,000 euros.",
    ]
    assert {turn.turn for turn in await remembered.memory.older(PLACE, "Acme Globex worth", 2, 9)} == {1}


async def test_what_a_tool_gave_is_not_kept_as_said(remembered: Remembered) -> None:
    call = {"name": "find", "args": {}, "id": "1", "type": "tool_call"}
    messages: list[Any] = [
        HumanMessage("Deals?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("secret", tool_call_id="1"),
    ]
    (turn,) = turns_of([*messages, AIMessage("Two.")], 1)
    await remembered.memory.keep(PLACE, turn)
    kept = await remembered.entries.of_source("thread:slack-C1-17", "conversation")
    assert [each.value["text"] for each in kept] == ["Deals?", "Two."]


async def _answer(state: ThreadState) -> dict[str, Any]:
    return {"messages": [AIMessage(f"Turn {len(state['messages'])}: I see.")]}


async def test_an_old_turn_comes_back_to_the_prompt_and_nobody_elses_does(
    remembered: Remembered, tmp_path: Path
) -> None:
    builder: Any = StateGraph(ThreadState, context_schema=ThreadContext)
    for name, step in {"answer": _answer, "keep": keep, "trim": trim}.items():
        builder.add_node(name, step)
    for before, after in ((START, "answer"), ("answer", "keep"), ("keep", "trim"), ("trim", END)):
        builder.add_edge(before, after)
    context = ThreadContext(PLACE, remembered.memory, room=Room(most_tokens=600, kept_tokens=300))
    (elsewhere,) = turns_of([HumanMessage("The codename is Marigold elsewhere."), AIMessage("Noted.")], 1)
    await remembered.memory.keep(Place("slack-C2-1", "place:C2"), elsewhere)
    async with open_checkpoints(sqlite_url(tmp_path)) as checkpoints:
        graph = builder.compile(checkpointer=checkpoints)
        state: Any = {}
        for number in range(1, 61):
            asked = "Our codename is Marigold." if number == 3 else f"Is step {number} of the rollout done?"
            given: Any = {"messages": [HumanMessage(asked)]}
            config: Any = {"configurable": {"thread_id": "chat:slack-C1-17"}}
            state = await graph.ainvoke(given, config, context=context, durability="exit")
    assert state["summary_to"] > 40
    assert not any("Marigold" in message.text for message in state["messages"])
    older = await recall_older(state, context, "What was the codename?")
    assert (3, "Ana", "Our codename is Marigold.") in [(turn.turn, turn.who, turn.text) for turn in older]
    assert all(turn.turn is not None and turn.turn <= state["summary_to"] for turn in older)
    assert not any("elsewhere" in turn.text for turn in older)
    shown = prompt_messages(state | {"summary": ""}, older)
    assert "Our codename is Marigold." in shown[-2].text


async def test_who_may_not_be_shown_the_place_recalls_nothing(remembered: Remembered) -> None:
    (turn,) = turns_of([HumanMessage("Our codename is Marigold."), AIMessage("Noted.")], 1)
    await remembered.memory.keep(PLACE, turn)
    stranger = Place("slack-C1-17", "place:C1", Scope(audiences=frozenset({"place:C2"})))
    assert await remembered.memory.older(stranger, "codename Marigold", 9, 4) == []
    assert len(await remembered.memory.older(PLACE, "codename Marigold", 9, 4)) >= 1
    assert await remembered.memory.older(PLACE, "codename Marigold", 1, 4) == []
