"""What is remembered goes by its kind's time, calls' passages with their call, and the vector index hears of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import select
from sqlmodel import col

import memory.retention
from core.calls import Call, Transcript
from core.people import Person
from memory.calls import CallStatus
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.conversations import Conversations, Turn
from memory.database import Database
from memory.facts import Facts
from memory.records import Records
from memory.retention import Keeping, Retention
from memory.store.entries import Entries
from memory.store.entry import Entry, Kind
from memory.tables import MemoryOutboxRow, MemoryVectorRow
from tests.embedders import HashedWords

MONTH = timedelta(days=30)


@pytest.fixture
async def checkpoints(url: str, database: Database) -> AsyncIterator[Checkpoints]:
    async with open_checkpoints(url) as opened:
        yield opened


@pytest.fixture
def retention(database: Database, checkpoints: Checkpoints, clock: Any) -> Retention:
    clock.at = datetime.now(UTC)  # checkpoints know no other time
    return Retention(database, checkpoints, clock)


@pytest.fixture
def entries(database: Database, clock: Any) -> Entries:
    return Entries(database, HashedWords(), clock)


async def put(entries: Entries, key: str, kind: Kind = "other", **given: Any) -> None:
    entry = Entry(namespace=("main", kind), key=key, value={"text": key}, kind=kind, text=key, embedded={"text": key})
    await entries.put([entry.model_copy(update=given)])


async def keys(entries: Entries) -> set[str]:
    return {kept.key for kept in await entries.matching()}


async def test_turns_go_when_they_were_said_long_enough_ago(
    database: Database, entries: Entries, retention: Retention, clock: Any
) -> None:
    conversations = Conversations(entries, "main")

    async def say(id: str) -> None:
        turn = Turn(id=id, role="user", text=id, audience="place:C1", at=clock.now(), person="ana@acme.example")
        await conversations.keep_turn("t", turn)

    await say("old")
    clock.pass_by(2 * MONTH)
    await say("new")
    assert (await retention.prune(Keeping(conversations=MONTH)))["turns"] == 1
    assert await keys(entries) == {"t/new"}


async def test_facts_go_by_a_time_of_their_own_with_what_they_were_before(
    entries: Entries, retention: Retention, clock: Any
) -> None:
    facts, ana = Facts(entries, "main", clock), Person(name="Ana", email="ana@acme.example")
    fact = await facts.state("deal:1", "They pay late.", ana, clock.now(), "owner:1")
    await facts.correct(fact, "They pay early.", ana)
    await put(entries, "a view", "business_context", at=clock.now())
    clock.pass_by(2 * MONTH)
    assert not any((await retention.prune(Keeping(conversations=MONTH, calls=MONTH))).values())
    assert (await retention.prune(Keeping(facts=MONTH)))["facts"] == 2
    assert await keys(entries) == {"a view"}


async def test_passages_and_findings_go_with_their_call(
    records: Records, entries: Entries, retention: Retention, clock: Any
) -> None:
    for call_id, status in (("old", CallStatus.ANALYSED), ("asks", CallStatus.UNRESOLVED)):
        await records.calls.save(Call(id=call_id), Transcript(call_id=call_id))
        await records.calls.set_status(call_id, status)
        await put(entries, f"passage of {call_id}", "call_passages", source=f"call:{call_id}")
        await put(entries, f"finding of {call_id}", "call_findings", source=f"call:{call_id}")
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(calls=MONTH)))["passages"] == 2
    assert await keys(entries) == {"passage of asks", "finding of asks"}


async def test_what_was_to_last_so_long_goes_then_whatever_else_is_kept_for_ever(
    entries: Entries, retention: Retention, clock: Any
) -> None:
    await put(entries, "short", ttl_minutes=10)
    await put(entries, "long")
    clock.pass_by(MONTH)
    assert await retention.prune(Keeping(), dry_run=True) == {"expired": 1}
    assert await retention.prune(Keeping()) == {"expired": 1}
    assert await keys(entries) == {"long"}


async def test_the_vector_index_is_told_of_every_batch(
    database: Database, entries: Entries, retention: Retention, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.retention, "BATCH", 3)
    for number in range(8):
        await put(entries, f"turn {number}", "conversation", at=clock.now())
    vectors = set(await database.read(lambda session: session.scalars(select(col(MemoryVectorRow.id))).all()))
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(conversations=MONTH)))["turns"] == 8
    removed = select(col(MemoryOutboxRow.vector_id)).where(col(MemoryOutboxRow.removed))
    told = await database.read(lambda session: session.scalars(removed).all())
    assert sorted(told) == sorted(vectors)
    assert len(vectors) == 8


async def test_a_chat_goes_when_nobody_has_spoken_there_for_as_long_as_turns_are_kept(
    retention: Retention, checkpoints: Checkpoints, clock: Any
) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": "chat:1", "checkpoint_ns": ""}}
    await checkpoints.aput(config, empty_checkpoint(), {}, {})
    assert await retention.prune(Keeping(conversations=MONTH)) == {"expired": 0, "turns": 0, "threads": 0}
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(checkpoints=MONTH)))["threads"] == 0
    assert (await retention.prune(Keeping(conversations=MONTH)))["threads"] == 1
    assert await checkpoints.aget_tuple(config) is None


async def test_a_view_goes_with_a_call_that_it_tells_of_and_a_fact_stays(
    records: Records, entries: Entries, retention: Retention, clock: Any
) -> None:
    for call_id, status in (("old", CallStatus.ANALYSED), ("asks", CallStatus.UNRESOLVED)):
        await records.calls.save(Call(id=call_id), Transcript(call_id=call_id))
        await records.calls.set_status(call_id, status)
        subjects = frozenset({f"call:{call_id}", "deal:1"})
        source = f"view:deal:{call_id}"
        await put(entries, f"view with {call_id}", "business_context", source=source, subjects=subjects)
    fact = {"source": "fact:1", "subjects": frozenset({"call:old"})}
    await put(entries, "fact", "business_context", **fact)
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(calls=MONTH), dry_run=True))["views"] == 1
    assert (await retention.prune(Keeping(calls=MONTH)))["views"] == 1
    assert await keys(entries) == {"view with asks", "fact"}
