"""The index told of what changed."""

import asyncio
from collections.abc import Sequence

import pytest

from core.clock import Clock
from core.errors import Unavailable
from memory.database import Database
from memory.store.entries import Entries
from memory.vectors.collections import Collections
from memory.vectors.indexing import Indexer
from memory.vectors.port import Point, VectorIndex
from memory.vectors.server import ServerIndex
from memory.vectors.turn import IndexTurn
from tests.memory.vectors.conftest import ChromaServer, turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import bare_ids, held, ids_of, outbox, put_back, states, vector_ids

FIRST = "conversation__directions-32__v1"
SECOND = "conversation__directions-32__v2"


async def test_what_was_put_is_found_after_a_drain(
    entries: Entries, indexer: Indexer, index: VectorIndex, collections: Collections, embedder: WordDirections
) -> None:
    await entries.put([turn(number) for number in range(30)])

    assert await indexer.drain() == 30

    active = await collections.active("conversation", embedder.model)
    assert active is not None
    assert active.name == FIRST
    [question] = await embedder.embed(["turn 7 about subject-7"])
    [near] = await index.nearest(FIRST, question.tolist(), 1)
    [kept] = await entries.find(positions=(7, 7))
    assert near.id.startswith(f"conversation:{kept.id}:")
    assert indexer.state.waiting == 0
    assert indexer.state.last_error is None


async def test_a_drain_without_anything_to_tell_makes_no_collection(indexer: Indexer, index: VectorIndex) -> None:
    assert await indexer.drain() == 0
    assert await index.collections() == []


async def test_each_kind_has_a_collection_of_its_own(entries: Entries, indexer: Indexer, database: Database) -> None:
    await entries.put([turn(1), turn(2, "call_passages"), turn(3, "business_context")])
    await indexer.drain()

    assert await states(database) == {
        "business_context__directions-32__v1": "active",
        "call_passages__directions-32__v1": "active",
        FIRST: "active",
    }


async def test_a_drain_tells_of_no_more_than_it_was_asked(
    entries: Entries, indexer: Indexer, database: Database
) -> None:
    await entries.put([turn(number) for number in range(10)])

    assert await indexer.drain(limit=4) == 4
    assert len(await outbox(database)) == indexer.state.waiting == 6
    assert await indexer.drain() == 6


async def test_what_was_removed_or_replaced_is_found_no_more(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database, embedder: WordDirections
) -> None:
    await entries.put([turn(number) for number in range(4)])
    await indexer.drain()
    former = await vector_ids(database, embedder.model)

    await entries.put([turn(1, text="something else now")], remove=[(turn(2).namespace, turn(2).key)])
    await indexer.drain()

    now = await vector_ids(database, embedder.model)
    assert await held(index, FIRST, former + now) == set(now)
    assert await index.count(FIRST) == 3


async def test_telling_a_change_again_changes_nothing(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database, embedder: WordDirections
) -> None:
    await entries.put([turn(number) for number in range(6)])
    await entries.put([], remove=[(turn(5).namespace, turn(5).key)])
    changes = await outbox(database)
    await indexer.drain()
    await put_back(database, changes)

    await indexer.drain()

    assert await index.count(FIRST) == 5
    assert await held(index, FIRST, [row.vector_id for row in changes]) == set(
        await vector_ids(database, embedder.model)
    )


async def test_a_text_removed_and_put_again_is_there_whatever_the_order_of_the_changes(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database
) -> None:
    await entries.put([turn(1), turn(2)])
    first = await outbox(database)
    await entries.put([turn(1, text="other")])
    await entries.put([turn(1)])
    await indexer.drain()

    assert await held(index, FIRST, [row.vector_id for row in first]) == {row.vector_id for row in first}
    assert await index.count(FIRST) == 2


async def test_what_could_not_be_embedded_waits_and_holds_up_nothing(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database, embedder: WordDirections
) -> None:
    embedder.is_away = True
    await entries.put([turn(1), turn(2)])
    embedder.is_away = False
    await entries.put([turn(3)])
    embedder.is_away = True

    assert await indexer.drain() == 1
    assert await index.count(FIRST) == 1
    assert len(await bare_ids(database)) == indexer.state.waiting == 2
    assert indexer.state.last_error is not None
    assert "is away" in indexer.state.last_error

    embedder.is_away = False
    assert await indexer.drain() == 2
    assert await index.count(FIRST) == 3
    assert await bare_ids(database) == []
    assert indexer.state.last_error is None


async def test_a_text_that_the_embedder_refuses_keeps_no_other_from_being_embedded(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database, embedder: WordDirections
) -> None:
    embedder.is_away = True
    await entries.put([turn(number) for number in range(9)] + [turn(9, text="unbearable words")])
    embedder.is_away = False
    embedder.refused = "unbearable"

    assert await indexer.drain() == 9
    assert await index.count(FIRST) == 9
    assert len(await bare_ids(database)) == 1
    assert indexer.state.last_error is not None
    assert "too long" in indexer.state.last_error


async def test_nothing_is_lost_while_the_server_is_away(
    chroma_server: ChromaServer, entries: Entries, database: Database, embedder: WordDirections, clock: Clock
) -> None:
    index = ServerIndex(chroma_server.url, "lost")
    for left in await index.collections():
        await index.drop(left)
    indexer = Indexer(database, index, embedder, clock)
    await entries.put([turn(number) for number in range(3)])
    chroma_server.kill()

    with pytest.raises(Unavailable):
        await indexer.drain()
    assert len(await outbox(database)) == indexer.state.waiting == 3
    assert indexer.state.last_error is not None
    assert "no answer" in indexer.state.last_error

    chroma_server.start()
    assert await indexer.drain() == 3
    assert await index.count(FIRST) == 3
    await index.close()


async def test_a_collection_that_turns_out_damaged_is_marked_and_the_next_version_told(
    entries: Entries, indexer: Indexer, index: VectorIndex, database: Database
) -> None:
    await entries.put([turn(1)])
    await indexer.drain()
    await index.drop(FIRST)
    await entries.put([turn(2)])

    assert await indexer.drain() == 1

    assert await states(database) == {FIRST: "damaged", SECOND: "building"}
    assert await index.count(SECOND) == 1


async def test_changes_of_a_model_that_is_not_ours_wait_for_whoever_has_it(
    entries: Entries, database: Database, index: VectorIndex, embedder: WordDirections, clock: Clock
) -> None:
    embedder.is_away = True
    await entries.put([turn(1)])
    other = WordDirections("other-16", 16)

    assert await Indexer(database, index, other, clock).drain() == 0
    assert len(await outbox(database)) == 1
    assert other.embedded == []


async def test_two_indexers_at_once_tell_every_change(
    chroma_server: ChromaServer, entries: Entries, database: Database, embedder: WordDirections, clock: Clock
) -> None:
    indexes = [ServerIndex(chroma_server.url, "shared") for _ in range(2)]
    for left in await indexes[0].collections():
        await indexes[0].drop(left)
    indexers = [Indexer(database, index, embedder, clock) for index in indexes]

    async def put_and_drain(place: int) -> int:
        done = 0
        for step in range(5):
            number = 100 * place + step
            await entries.put([turn(number)], remove=[(turn(number).namespace, turn(number - 2).key)])
            done += await indexers[place].drain()
        return done

    await asyncio.gather(put_and_drain(0), put_and_drain(1))
    await indexers[0].drain()

    there = await vector_ids(database, embedder.model)
    assert await outbox(database) == []
    assert await held(indexes[1], FIRST, there) == set(there)
    assert await indexes[0].count(FIRST) == len(there) == 4
    for index in indexes:
        await index.close()


async def test_whoever_has_lost_the_turn_writes_nothing_more(
    entries: Entries, database: Database, embedder: WordDirections, clock: Clock, index: VectorIndex
) -> None:
    await entries.put([turn(1)])
    indexer = Indexer(database, index, embedder, clock)

    async with IndexTurn(database).hold() as held_by_another:
        assert held_by_another is not None
        assert await indexer.drain() == 0
    assert await indexer.drain() == 1


async def test_an_embedder_that_refuses_everything_is_soon_asked_no_more(
    entries: Entries, indexer: Indexer, database: Database, embedder: WordDirections
) -> None:
    embedder.is_away = True
    await entries.put([turn(number) for number in range(100)])
    embedder.is_away = False
    embedder.refused, embedder.asked = "turn", 0

    assert await indexer.drain() == 0

    assert embedder.asked == 1 + 8, "a batch, and eight texts alone"
    assert len(await bare_ids(database)) == indexer.state.waiting == 100
    assert "too long" in (indexer.state.last_error or "")


class Crashing:
    """An index whose process dies after it was told, before anybody hears of it."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        await self._index.upsert(collection, points)
        raise KeyboardInterrupt


async def test_a_crash_after_the_index_was_told_costs_only_the_repetition(
    entries: Entries, database: Database, index: VectorIndex, embedder: WordDirections, clock: Clock, indexer: Indexer
) -> None:
    await entries.put([turn(1), turn(2)])
    with pytest.raises(KeyboardInterrupt):
        await Indexer(database, Crashing(index), embedder, clock).drain()  # type: ignore[arg-type]
    assert len(await outbox(database)) == 2

    assert await indexer.drain() == 2
    assert await index.count(FIRST) == 2
    [question] = await embedder.embed([turn(2).text or ""])
    assert ids_of(await index.nearest(FIRST, question.tolist(), 1)) == [(await vector_ids(database, embedder.model))[1]]
