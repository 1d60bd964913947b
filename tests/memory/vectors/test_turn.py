"""Whose turn it is at the index, and what is done with it."""

import asyncio
from collections.abc import Sequence

import pytest

from core.clock import Clock
from core.errors import Unavailable
from memory.database import Database
from memory.store.entries import Entries
from memory.turns import TurnLeases
from memory.vectors import indexing as module
from memory.vectors.collections import Collection, Collections
from memory.vectors.indexing import Indexer
from memory.vectors.port import Point, VectorIndex
from memory.vectors.rebuilding import Rebuilding
from memory.vectors.turn import IndexTurn
from tests.memory.vectors.conftest import turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import outbox, pass_the_turn, states

FIRST = "conversation__directions-32__v1"
SECOND = "conversation__directions-32__v2"


async def test_what_was_removed_is_told_before_anything_is_embedded(
    entries: Entries,
    indexer: Indexer,
    index: VectorIndex,
    database: Database,
    embedder: WordDirections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    await entries.put([turn(1)])
    await indexer.drain()
    embedder.is_away = True
    await entries.put([turn(number) for number in range(10, 20)])
    await entries.put([], remove=[(turn(1).namespace, turn(1).key)])
    embedder.is_away = False
    seen: list[int] = []

    async def note_what_the_index_has() -> None:
        seen.append(await index.count(FIRST))

    embedder.before = note_what_the_index_has
    assert await indexer.drain() == 11
    assert seen == [0, 4, 8]


async def test_the_turn_is_given_to_whoever_waits_after_each_batch(
    entries: Entries,
    indexer: Indexer,
    database: Database,
    embedder: WordDirections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    embedder.is_away = True
    await entries.put([turn(number) for number in range(12)])
    embedder.is_away = False
    embedding = asyncio.Event()

    async def tell_that_it_began() -> None:
        embedding.set()

    embedder.before = tell_that_it_began
    drained = asyncio.create_task(indexer.drain())
    await embedding.wait()
    async with indexer.turn.hold() as held_between:
        assert held_between is not None
        assert len(await outbox(database)) == 8
    assert await drained == 12


class LosingTheTurn:
    """An index that takes so long to take points that the turn has passed to another process then."""

    def __init__(self, index: VectorIndex, database: Database) -> None:
        self._index = index
        self._database = database
        self.told: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        self.told.append(f"upsert {len(points)}")
        await self._index.upsert(collection, points)
        await pass_the_turn(self._database)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        self.told.append("delete")
        await self._index.delete(collection, ids)


async def test_nothing_is_taken_out_by_whoever_has_lost_the_turn_while_putting_in(
    entries: Entries,
    database: Database,
    index: VectorIndex,
    embedder: WordDirections,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TurnLeases, "is_fresh", lambda *_: False)
    losing = LosingTheTurn(index, database)
    await entries.put([turn(1)])

    with pytest.raises(Unavailable, match="taken over"):
        await Indexer(database, losing, embedder, clock).drain()  # type: ignore[arg-type]
    assert losing.told == ["upsert 1"]
    assert len(await outbox(database)) == 1


async def test_a_page_of_a_rebuild_goes_in_in_parts_and_ends_where_the_turn_is_lost(
    entries: Entries,
    indexer: Indexer,
    database: Database,
    index: VectorIndex,
    embedder: WordDirections,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memory.vectors.rebuilding.BATCH", 4)
    monkeypatch.setattr(TurnLeases, "is_fresh", lambda *_: False)
    await entries.put([turn(number) for number in range(10)])
    await indexer.drain()
    losing = LosingTheTurn(index, database)

    with pytest.raises(Unavailable, match="taken over"):
        await Rebuilding(database, losing, embedder, clock, indexer).rebuild("conversation")  # type: ignore[arg-type]
    assert losing.told == ["upsert 4"]


async def test_while_another_process_has_the_turn_nothing_is_marked_and_nothing_dropped(
    entries: Entries,
    indexer: Indexer,
    database: Database,
    index: VectorIndex,
    rebuilding: Rebuilding,
    collections: Collections,
) -> None:
    await entries.put([turn(1)])
    await indexer.drain()
    retired = Collection(name=SECOND, kind="conversation", model="directions-32", version=2, state="retired")
    await index.create(SECOND)
    await collections.add(retired)
    await index.drop(FIRST)

    async with IndexTurn(database).hold() as held_by_another:
        assert held_by_another is not None
        assert await rebuilding.mend() == []
        assert await states(database) == {FIRST: "active", SECOND: "retired"}
        assert await index.collections() == [SECOND]

    assert await rebuilding.mend() == ["conversation"]
    assert await states(database) == {SECOND: "active"}
    assert await index.count(SECOND) == 1


class BeginningMeanwhile:
    """An index that is asked what it has just before another process begins its first collection."""

    def __init__(self, index: VectorIndex, beginning: Indexer) -> None:
        self._index = index
        self._beginning = beginning

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    async def collections(self) -> list[str]:
        there = await self._index.collections()
        await self._beginning.drain()
        return there


async def test_a_collection_that_is_begun_meanwhile_is_not_taken_for_lost(
    entries: Entries, indexer: Indexer, database: Database, index: VectorIndex, embedder: WordDirections, clock: Clock
) -> None:
    await entries.put([turn(1)])
    meanwhile = BeginningMeanwhile(index, Indexer(database, index, embedder, clock))

    assert await Rebuilding(database, meanwhile, embedder, clock, indexer).mend() == []  # type: ignore[arg-type]
    assert await states(database) == {FIRST: "active"}
