"""What a turn of a chat costs when it is the thousandth: time, checkpoint and prompt, beside the tenth of the thread.

The whole way of a turn but the model: graph with SQLite checkpoints, the turn kept with its window and embedded (the
static embedder), the state trimmed, older turns recalled, the prompt made.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from bench.figure import Figure, percentile
from core.clock import SystemClock
from core.scope import Scope
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.conversations import Conversations
from memory.database import Database, sqlite_url
from memory.embedding.static import Static
from memory.recall.lexical import Lexical
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from nodes.thread.context import Place, ThreadContext
from nodes.thread.prompting import prompt_messages
from nodes.thread.remembering import ConversationMemory
from nodes.thread.state import ThreadState
from nodes.thread.steps import checkpoint_thread, keep, prune, recall_older, trim

TURNS = 1000
EARLY, LATE = range(6, 26), range(TURNS - 19, TURNS + 1)
"""Recall begins with what has left the state, here from turn 17 on."""
THREAD = checkpoint_thread("bench")
CONFIG: RunnableConfig = {"configurable": {"thread_id": THREAD}}
ANSWER = "It stands in the demo stage at 42,000 euros, and Dana Ruiz expects the order form by Friday. " * 3
PLACE = Place("bench", "place:C1", Scope(audiences=frozenset({"place:C1"})), speaker="Ana")


@dataclass(frozen=True)
class Turn:
    """What one turn took: milliseconds, those of recalling older turns, bytes of the last checkpoint and of all of the
    thread's, words of the prompt."""

    ms: float
    recall_ms: float
    last_bytes: int
    all_bytes: int
    words: int


SHOWN = {
    "ms": ("kept, trimmed, pruned", "ms", "as turn 10"),
    "recall_ms": ("recall beside it", "ms", ""),
    "last_bytes": ("its checkpoint", "bytes", "as turn 10"),
    "all_bytes": ("all checkpoints", "bytes", ""),
    "words": ("its prompt", "words", ""),
}
"""What is shown of a turn: name, unit and goal."""


def measure() -> list[Figure]:
    """The medians of twenty turns around the tenth and of the last twenty, on one thread of 1,000."""
    turns = asyncio.run(_thread())
    early, late = [turns[number] for number in EARLY], [turns[number] for number in LATE]
    return [
        Figure(f"a chat's turn 1,000, {name}", _median(late, what), unit, _median(early, what), "turn 10", goal)
        for what, (name, unit, goal) in SHOWN.items()
    ]


def _median(turns: list[Turn], what: str) -> float:
    return percentile([float(getattr(turn, what)) for turn in turns], 0.5)


async def _thread() -> dict[int, Turn]:
    with tempfile.TemporaryDirectory() as folder:
        async with _context(Path(folder)) as context, open_checkpoints(sqlite_url(Path(folder))) as checkpoints:
            graph = _graph(checkpoints)
            return {number: await _turn(graph, checkpoints, context, Path(folder), number)
                    for number in range(1, TURNS + 1)}  # fmt: skip


@asynccontextmanager
async def _context(folder: Path) -> AsyncIterator[ThreadContext]:
    database, clock, embedder = await Database.open(sqlite_url(folder)), SystemClock(), Static()
    entries = Entries(database, embedder, clock)
    nearest = Nearest(database, None, embedder)
    recall = Recall(database, nearest, Lexical(database), embedder, clock, "main")
    conversations = Conversations(entries, "main")
    yield ThreadContext(PLACE, ConversationMemory(entries, conversations, recall, clock))
    await database.close()


async def _turn(graph: Any, checkpoints: Checkpoints, context: ThreadContext, folder: Path, number: int) -> Turn:
    question = f"Question {number}: what did we agree with customer {number} about the price by Friday?"
    begin = time.perf_counter()
    asked = {"messages": [HumanMessage(question)]}
    state: ThreadState = await graph.ainvoke(asked, CONFIG, context=context, durability="exit")
    await prune(checkpoints, THREAD, state)
    ended = time.perf_counter()
    recalled = await recall_older(state, context, question) if number in (*EARLY, *LATE) else ()
    recall_ms = (time.perf_counter() - ended) * 1000
    words = sum(len(message.text.split()) for message in prompt_messages(state, recalled))
    return Turn((ended - begin) * 1000, recall_ms, *_bytes(folder), words)


def _bytes(folder: Path) -> tuple[int, int]:
    with sqlite3.connect(folder / "sophia.db") as connection:
        rows = connection.execute("SELECT length(checkpoint) FROM checkpoints ORDER BY checkpoint_id DESC").fetchall()
    return rows[0][0], sum(length for (length,) in rows)


async def _answer(_state: ThreadState) -> dict[str, Any]:
    return {"messages": [AIMessage(ANSWER)]}


def _graph(checkpoints: Checkpoints) -> Any:
    builder: Any = StateGraph(ThreadState, context_schema=ThreadContext)
    for name, step in {"answer": _answer, "keep": keep, "trim": trim}.items():
        builder.add_node(name, step)
    for before, after in ((START, "answer"), ("answer", "keep"), ("keep", "trim"), ("trim", END)):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=checkpoints)


if __name__ == "__main__":
    print(measure())
