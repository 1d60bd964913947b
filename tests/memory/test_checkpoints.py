"""Threads resume from a file, types of ours come back when they are listed, and old checkpoints can go."""

import asyncio
import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.graph import END, START, StateGraph

from core.analysis import Frozen, Kind
from core.errors import ConfigurationError
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database


class Resolved(Frozen):
    """A small result of a step, as the call workflow has them."""

    deal: str
    kinds: tuple[Kind, ...] = ()


class State(TypedDict, total=False):
    resolved: Resolved
    log: Annotated[list[str], operator.add]
    fail: bool


RESOLVED = Resolved(deal="42", kinds=(Kind.RISK, Kind.NEXT_STEP))


async def _resolve(state: State) -> dict[str, Any]:
    return {"resolved": RESOLVED, "log": ["resolve"]}


async def _apply(state: State) -> dict[str, Any]:
    if state.get("fail"):
        raise ConnectionError("HubSpot is down")
    return {"log": [f"apply {state['resolved']!r}"]}


def _graph(saver: Checkpoints) -> Any:
    builder = StateGraph(State)
    builder.add_node("resolve", _resolve)
    builder.add_node("apply", _apply)
    builder.add_edge(START, "resolve")
    builder.add_edge("resolve", "apply")
    builder.add_edge("apply", END)
    return builder.compile(checkpointer=saver)


def _thread(call_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": f"call:{call_id}"}}


async def _kept(saver: Checkpoints, call_id: str) -> int:
    return len([found async for found in saver.alist(_thread(call_id))])


async def _writes(saver: Checkpoints) -> int:
    async with saver.conn.execute("SELECT count(*) FROM writes") as cursor:
        [count] = await cursor.fetchone() or [0]
    return int(count)


async def test_a_thread_resumes_after_a_crash_where_it_stopped_with_types_of_ours(url: str, database: Database) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        with pytest.raises(ConnectionError):
            await _graph(saver).ainvoke({"log": [], "fail": True}, _thread("7"), durability="sync")
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        graph = _graph(saver)
        await graph.aupdate_state(_thread("7"), {"fail": False}, as_node="resolve")
        state = await graph.ainvoke(None, _thread("7"), durability="sync")
    assert state["log"] == ["resolve", f"apply {RESOLVED!r}"]
    assert state["resolved"] == RESOLVED


async def test_a_type_that_is_not_listed_comes_back_as_plain_data(url: str, database: Database) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        await _graph(saver).ainvoke({"log": []}, _thread("7"))
    async with open_checkpoints(url) as saver:
        state = await _graph(saver).aget_state(_thread("7"))
    assert not isinstance(state.values["resolved"], Resolved)
    assert state.values["resolved"]["deal"] == "42"


async def test_pruning_keeps_the_last_checkpoint_of_a_thread_and_all_of_the_others(
    url: str, database: Database
) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        graph = _graph(saver)
        for call_id in ("7", "8"):
            await graph.ainvoke({"log": []}, _thread(call_id), durability="sync")
        before, writes = await graph.aget_state(_thread("7")), await _writes(saver)
        assert await _kept(saver, "7") == await _kept(saver, "8") == 4
        await saver.aprune(["call:7", "call:unknown"])
        assert (await _kept(saver, "7"), await _kept(saver, "8")) == (1, 4)
        assert await _writes(saver) == writes / 2
        assert (await graph.aget_state(_thread("7"))).values == before.values
        await saver.aprune(["call:8"], strategy="delete")
        assert (await _kept(saver, "7"), await _kept(saver, "8")) == (1, 0)
        with pytest.raises(ValueError, match="no pruning strategy"):
            await saver.aprune(["call:7"], strategy="everything")


async def test_a_pruned_thread_that_waits_goes_on(url: str, database: Database) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        graph = _graph(saver)
        with pytest.raises(ConnectionError):
            await graph.ainvoke({"log": [], "fail": True}, _thread("7"), durability="sync")
        await saver.aprune(["call:7"])
        await graph.aupdate_state(_thread("7"), {"fail": False}, as_node="resolve")
        state = await graph.ainvoke(None, _thread("7"))
    assert state["log"] == ["resolve", f"apply {RESOLVED!r}"]


async def test_checkpoints_and_records_share_one_file(url: str, database: Database, tmp_path: Path) -> None:
    async with open_checkpoints(url) as saver, saver.conn.execute("PRAGMA database_list") as cursor:
        [row] = await cursor.fetchall()
    assert row[2] == str(tmp_path / "data" / "sophia.db")


async def test_checkpoints_elsewhere_than_in_sqlite_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="SQLite only"):
        async with open_checkpoints("postgresql://localhost/sophia"):
            pass


async def test_a_cancelled_write_never_keeps_the_database_locked(database: Database, url: str) -> None:
    thread: RunnableConfig = {"configurable": {"thread_id": "call:1", "checkpoint_ns": ""}}
    async with open_checkpoints(url) as saver:
        for passes in range(12):
            writing = asyncio.create_task(saver.aput(thread, empty_checkpoint(), {}, {}))
            deleting = asyncio.create_task(saver.adelete_thread("call:2"))
            for _ in range(passes):
                await asyncio.sleep(0)
            writing.cancel()
            deleting.cancel()
            await asyncio.wait((writing, deleting))
            await saver.aget_tuple(thread)  # whatever was begun has come to its turn by now
            assert not saver.conn.in_transaction
