"""Whatever is done with it, our store answers as LangGraph's InMemoryStore, whose faults reference.py puts right."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from langgraph.store.base import Op, SearchOp
from sqlalchemy import true

from memory.database import Database
from memory.store.chroma_store import ChromaStore
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.store.reference import BATCHES, Reference, assert_same

FIELDS = ["text", "tags[*]"]

AROUND: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}


@given(batches=BATCHES)
@settings(max_examples=60, **AROUND)
async def test_asked_on_the_loop(batches: list[list[Op]], on_sqlite: Database, clock: MovableClock) -> None:
    ours, right = await _emptied(on_sqlite, clock), Reference(FIELDS)

    for ops in batches:
        assert_same(ops, await ours.abatch(ops), await right.abatch(ops))


@given(batches=BATCHES)
@settings(max_examples=20, **AROUND)
async def test_asked_from_another_thread(batches: list[list[Op]], on_sqlite: Database, clock: MovableClock) -> None:
    ours, right = await _emptied(on_sqlite, clock), Reference(FIELDS)

    for ops in batches:
        assert_same(ops, await asyncio.to_thread(ours.batch, ops), await right.abatch(ops))


@given(batches=BATCHES)
@settings(max_examples=15, **AROUND)
async def test_on_either_database(batches: list[list[Op]], database: Database, clock: MovableClock) -> None:
    ours, right = await _emptied(database, clock), Reference(FIELDS)

    for ops in batches:
        assert_same(ops, await ours.abatch(ops), await right.abatch(ops))


@given(batches=BATCHES)
@settings(max_examples=20, **AROUND)
async def test_asked_through_chroma(
    batches: list[list[Op]],
    on_sqlite: Database,
    clock: MovableClock,
    index: EmbeddedIndex,
    indexer: Indexer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memory.store.nearest.EXACT", -1)  # so that never all are compared
    ours, right = await _emptied(on_sqlite, clock, index), Reference(FIELDS)

    for number, ops in enumerate(batches):
        assert_same(ops, await ours.abatch(ops), await right.abatch(ops))
        if number % 3 == 1:  # so that some vectors are in the index and some in the outbox
            await indexer.drain()


@given(batches=BATCHES)
@settings(max_examples=20, **AROUND)
async def test_page_by_page(batches: list[list[Op]], on_sqlite: Database, clock: MovableClock) -> None:
    ours = await _emptied(on_sqlite, clock)
    for ops in batches:
        await ours.abatch(ops)

    whole = (await ours.abatch([SearchOp((), limit=100, query="price demo")]))[0]
    pages = await ours.abatch([SearchOp((), limit=2, offset=first, query="price demo") for first in range(0, 30, 2)])

    assert isinstance(whole, list)
    assert [item for page in pages if isinstance(page, list) for item in page] == whole[:30]


async def _emptied(database: Database, clock: MovableClock, index: EmbeddedIndex | None = None) -> ChromaStore:
    embedder = HashedWords()
    entries = Entries(database, embedder, clock)
    await entries.remove_where(true())
    return ChromaStore(entries, Nearest(database, index, embedder), embedder, clock, index={"fields": FIELDS})
