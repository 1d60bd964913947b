"""LangGraph's own parts remember in our store: a graph's nodes by their runtime, tools by what is injected in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedStore, ToolNode, ToolRuntime
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore

from memory.database import Database, sqlite_url
from memory.store.chroma_store import ChromaStore
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock


@dataclass(frozen=True)
class Person:
    """Whom a run is for."""

    id: str


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """Here it does not matter which."""
    return on_sqlite


@tool
def note(text: str, store: Annotated[BaseStore, InjectedStore()]) -> str:
    """Notes something down; runs in a thread."""
    store.put(("notes",), text[:5], {"text": text})
    return f"noted {text}"


@tool
async def look_up(question: str, store: Annotated[BaseStore, InjectedStore()]) -> str:
    """Looks in the notes; runs on the event loop."""
    [found] = await store.asearch(("notes",), query=question, limit=1)
    return str(found.value["text"])


@tool
async def count_notes(runtime: ToolRuntime) -> str:
    """Counts the notes."""
    assert runtime.store is not None
    return str(len(await runtime.store.asearch(("notes",))))


async def test_tools_remember_in_it_and_look_up(store: ChromaStore) -> None:
    graph = _graph_of([note, look_up, count_notes], store)

    await graph.ainvoke(
        {"messages": [_calls(("note", {"text": "budget is fixed"}), ("note", {"text": "legal agrees"}))]}
    )
    found = await graph.ainvoke({"messages": [_calls(("look_up", {"question": "legal"}), ("count_notes", {}))]})

    answers = [message.content for message in found["messages"] if isinstance(message, ToolMessage)]
    assert answers == ["legal agrees", "2"]


async def test_a_node_reaches_it_by_its_runtime_and_a_later_process_finds_it(
    store: ChromaStore, database: Database, tmp_path: Path, clock: MovableClock
) -> None:
    async def remember(state: MessagesState, runtime: Runtime[Person]) -> dict[str, Any]:
        assert runtime.store is not None
        who = ("people", runtime.context.id)
        before = await runtime.store.aget(who, "seen")
        await runtime.store.aput(who, "seen", {"times": 1 + (before.value["times"] if before else 0)})
        return {"messages": []}

    builder = StateGraph(MessagesState, context_schema=Person)
    builder.add_node("remember", remember)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", END)
    graph = builder.compile(store=store)
    for _ in range(2):
        await graph.ainvoke({"messages": []}, context=Person("ana"))

    again = await Database.open(sqlite_url(tmp_path / "data"))
    entries, embedder = Entries(again, HashedWords(), clock), HashedWords()
    later = ChromaStore(entries, Nearest(again, None, embedder), embedder, clock)
    item = await later.aget(("people", "ana"), "seen")
    await again.close()

    assert item is not None and item.value == {"times": 2}


def _graph_of(tools: list[BaseTool], store: BaseStore) -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "tools")
    builder.add_edge("tools", END)
    return builder.compile(store=store)


def _calls(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    made = [{"name": name, "args": args, "id": str(number)} for number, (name, args) in enumerate(calls)]
    return AIMessage("", tool_calls=made)
