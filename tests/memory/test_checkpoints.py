"""Threads resume from the database, types of ours come back when they are listed, and old checkpoints can go."""

import asyncio
import operator
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.graph import END, START, StateGraph
from sqlalchemy import text

from core.analysis import Frozen, Kind
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.checkpoints.sqlite import SqliteCheckpoints
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


async def _writes(url: str, database: Database) -> int:
    table = "writes" if url.startswith("sqlite") else "checkpoint_writes"
    return int(await database.read(lambda session: session.scalar(text(f"SELECT count(*) FROM {table}"))))


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


async def test_types_may_be_allowed_later_over_the_same_connections(url: str, database: Database) -> None:
    async with open_checkpoints(url) as saver:
        await _graph(saver).ainvoke({"log": []}, _thread("7"))
        more = saver.with_allowlist([(kind.__module__, kind.__name__) for kind in (Resolved, Kind)])
        kept = await more.aget_tuple(_thread("7"))
        assert kept is not None
        assert kept.checkpoint["channel_values"]["resolved"] == RESOLVED


async def test_pruning_keeps_the_last_checkpoint_of_a_thread_and_all_of_the_others(
    url: str, database: Database
) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        graph = _graph(saver)
        for call_id in ("7", "8"):
            await graph.ainvoke({"log": []}, _thread(call_id), durability="sync")
        before, writes = await graph.aget_state(_thread("7")), await _writes(url, database)
        assert await _kept(saver, "7") == await _kept(saver, "8") == 4
        await saver.aprune(["call:7", "call:unknown"])
        assert (await _kept(saver, "7"), await _kept(saver, "8")) == (1, 4)
        assert await _writes(url, database) == writes / 2
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


async def test_threads_are_idle_whose_last_checkpoint_is_older_than_a_moment(url: str, database: Database) -> None:
    async with open_checkpoints(url, (Resolved, Kind)) as saver:
        graph, moments = _graph(saver), []
        for thread_id in ("call:7", "chat:7", "call:8_x"):
            moments.append(datetime.now(UTC))
            await graph.ainvoke({"log": []}, {"configurable": {"thread_id": thread_id}}, durability="sync")
        moments.append(datetime.now(UTC))
        assert [await saver.idle_threads("call:", moment) for moment in moments] == [
            [],
            ["call:7"],
            ["call:7"],
            ["call:7", "call:8_x"],
        ]
        assert await saver.idle_threads("call:_", moments[-1]) == []
        await graph.aupdate_state(_thread("7"), {"log": ["again"]})
        assert await saver.idle_threads("call:", moments[-1]) == ["call:8_x"]


async def test_a_cancelled_write_is_carried_to_its_end(database: Database, url: str) -> None:
    thread: RunnableConfig = {"configurable": {"thread_id": "call:1", "checkpoint_ns": ""}}
    async with open_checkpoints(url) as saver:
        for passes in range(1, 12):
            checkpoint = empty_checkpoint()
            writing = asyncio.create_task(saver.aput(thread, checkpoint, {}, {}))
            for _ in range(passes):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.wait((writing,))
            kept = await saver.aget_tuple(thread)
            assert kept is not None
            assert kept.checkpoint["id"] == checkpoint["id"]


async def test_two_processes_may_open_new_checkpoints_at_once(url: str, database: Database) -> None:
    async def opened() -> int:
        async with open_checkpoints(url) as saver:
            return len([found async for found in saver.alist(None)])

    assert await asyncio.gather(*(opened() for _ in range(4))) == [0, 0, 0, 0]


async def test_checkpoints_and_records_share_one_file(sqlite_database: str, tmp_path: Path) -> None:
    await (await Database.open(sqlite_database)).close()
    async with open_checkpoints(sqlite_database, (Resolved, Kind)) as saver:
        await _graph(saver).ainvoke({"log": []}, _thread("7"))
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"sophia.db"}


async def test_a_cancelled_write_never_keeps_the_file_locked(sqlite_database: str) -> None:
    await (await Database.open(sqlite_database)).close()
    thread: RunnableConfig = {"configurable": {"thread_id": "call:1", "checkpoint_ns": ""}}
    async with open_checkpoints(sqlite_database) as saver:
        assert isinstance(saver, SqliteCheckpoints)
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


async def test_a_write_that_fails_leaves_no_half_of_it(sqlite_database: str) -> None:
    await (await Database.open(sqlite_database)).close()
    thread: RunnableConfig = {"configurable": {"thread_id": "call:1", "checkpoint_ns": "", "checkpoint_id": "1"}}
    async with open_checkpoints(sqlite_database) as saver:
        assert isinstance(saver, SqliteCheckpoints)
        await saver.conn.execute(
            "CREATE TRIGGER full BEFORE INSERT ON writes WHEN NEW.channel = 'b' BEGIN SELECT RAISE(FAIL, 'stop'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="stop"):
            await saver.aput_writes(thread, [("a", 1), ("b", 2)], "task")
        assert not saver.conn.in_transaction
        async with saver.conn.execute("SELECT count(*) FROM writes") as cursor:
            assert await cursor.fetchone() == (0,)
