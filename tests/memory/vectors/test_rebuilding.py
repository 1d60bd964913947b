"""Collections made anew beside the one that is searched."""

import pytest

from core.clock import Clock
from core.errors import Unavailable
from memory.database import Database
from memory.store.entries import Entries
from memory.vectors import rebuilding as module
from memory.vectors.collections import Collections
from memory.vectors.indexing import Indexer
from memory.vectors.port import VectorIndex
from memory.vectors.rebuilding import Progress, Rebuilding, Report
from memory.vectors.upkeep import Upkeep
from tests.memory.vectors.conftest import turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import bare_ids, empty_outbox, held, ids_of, outbox, states, vector_ids

V1, V2, V3 = (f"conversation__directions-32__v{version}" for version in (1, 2, 3))
NEW_MODEL = WordDirections("newer-16", 16)
NEW = "conversation__newer-16__v1"


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 10)


@pytest.fixture
async def kept(entries: Entries, indexer: Indexer) -> None:
    """Thirty-five turns that are in the index."""
    await entries.put([turn(number) for number in range(35)])
    await indexer.drain()


class Killed(BaseException):
    """The end of a process, as far as a test can be one."""


def killed_at(pages: int) -> Report:
    """A report that ends the process at a page."""
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == pages:
            raise Killed

    return report


async def is_whole(index: VectorIndex, database: Database, collection: str, model: str = "directions-32") -> bool:
    there = await vector_ids(database, model)
    return await held(index, collection, there) == set(there) and await index.count(collection) == len(there)


@pytest.mark.usefixtures("kept")
async def test_a_rebuild_puts_the_next_version_in_the_place_of_the_former(
    rebuilding: Rebuilding, index: VectorIndex, database: Database, embedder: WordDirections
) -> None:
    embedded = len(embedder.embedded)
    seen: list[Progress] = []
    await rebuilding.rebuild("conversation", seen.append)

    assert await states(database) == {V2: "active"}
    assert await index.collections() == [V2]
    assert await is_whole(index, database, V2)
    assert [(each.done, each.total) for each in seen] == [(10, 35), (20, 35), (30, 35), (35, 35)]
    assert len(embedder.embedded) == embedded, "nothing is embedded again"


@pytest.mark.usefixtures("kept")
async def test_the_former_version_is_searched_and_both_are_told_while_a_rebuild_runs(
    rebuilding: Rebuilding,
    index: VectorIndex,
    database: Database,
    entries: Entries,
    indexer: Indexer,
    collections: Collections,
) -> None:
    with pytest.raises(Killed):
        await rebuilding.rebuild("conversation", killed_at(2))
    await entries.put([turn(100), turn(101)], remove=[(turn(0).namespace, turn(0).key), (turn(34).namespace, "t34")])
    await indexer.drain()

    active = await collections.active("conversation", "directions-32")
    assert active is not None
    assert active.name == V1
    assert await is_whole(index, database, V1)
    await rebuilding.rebuild("conversation")
    assert await states(database) == {V2: "active"}
    assert await is_whole(index, database, V2)


@pytest.mark.usefixtures("kept")
async def test_a_rebuild_that_was_killed_goes_on_where_it_was(
    rebuilding: Rebuilding, index: VectorIndex, database: Database
) -> None:
    with pytest.raises(Killed):
        await rebuilding.rebuild("conversation", killed_at(3))
    assert await states(database) == {V1: "active", V2: "building"}

    seen: list[Progress] = []
    assert await rebuilding.mend(seen.append) == ["conversation"]

    assert sum(1 for _ in seen) == 1, "three pages of four were in"
    assert await states(database) == {V2: "active"}
    assert await is_whole(index, database, V2)


@pytest.mark.usefixtures("kept")
async def test_a_version_left_retired_by_a_crash_is_dropped_the_next_time(
    rebuilding: Rebuilding, index: VectorIndex, database: Database, collections: Collections, indexer: Indexer
) -> None:
    with pytest.raises(Killed):
        await rebuilding.rebuild("conversation", killed_at(4))
    assert await collections.switch(V2)
    assert await states(database) == {V1: "retired", V2: "active"}

    assert await rebuilding.mend() == []

    assert await states(database) == {V2: "active"}
    assert await index.collections() == [V2]
    assert not await collections.switch(V2), "an active one cannot be switched to"


@pytest.mark.usefixtures("kept")
async def test_a_damaged_collection_is_not_searched_and_is_replaced(
    rebuilding: Rebuilding, index: VectorIndex, database: Database, collections: Collections
) -> None:
    await collections.mark_damaged(V1, "of 256 known vectors: 3 missing")
    assert await collections.active("conversation", "directions-32") is None

    assert await rebuilding.mend() == ["conversation"]

    assert await states(database) == {V2: "active"}
    assert await is_whole(index, database, V2)


@pytest.mark.usefixtures("kept")
async def test_what_the_index_has_lost_altogether_is_made_anew(
    rebuilding: Rebuilding, index: VectorIndex, database: Database
) -> None:
    await index.drop(V1)

    assert await rebuilding.mend() == ["conversation"]
    assert await states(database) == {V2: "active"}
    assert await is_whole(index, database, V2)


@pytest.mark.usefixtures("kept")
async def test_vectors_without_any_collection_get_one(
    rebuilding: Rebuilding, index: VectorIndex, database: Database, collections: Collections
) -> None:
    await collections.mark_damaged(V1, "gone")
    await collections.retire_others("conversation", "no model of ours")
    assert await rebuilding.mend() == ["conversation"]
    assert await states(database) == {V1: "active"}
    assert await is_whole(index, database, V1)


@pytest.mark.usefixtures("kept")
async def test_nothing_is_done_where_all_is_sound(rebuilding: Rebuilding, database: Database) -> None:
    assert await rebuilding.mend() == []
    assert await states(database) == {V1: "active"}


@pytest.mark.usefixtures("kept")
async def test_a_version_that_turns_out_damaged_while_it_is_built_is_begun_again(
    rebuilding: Rebuilding, index: VectorIndex, database: Database
) -> None:
    with pytest.raises(Killed):
        await rebuilding.rebuild("conversation", killed_at(1))
    await index.drop(V2)

    with pytest.raises(Unavailable, match="not there"):
        await rebuilding.rebuild("conversation")
    assert await states(database) == {V1: "active", V2: "retired"}

    await rebuilding.mend()
    await rebuilding.rebuild("conversation")
    assert len(await states(database)) == 1
    assert await is_whole(index, database, next(iter(await states(database))))


@pytest.mark.usefixtures("kept")
async def test_a_new_model_embeds_every_text_and_takes_the_place_of_the_former_with_its_vectors(
    database: Database, index: VectorIndex, clock: Clock, collections: Collections
) -> None:
    indexer = Indexer(database, index, NEW_MODEL, clock)
    seen: list[Progress] = []

    await Rebuilding(database, index, NEW_MODEL, clock, indexer).mend(seen.append)

    assert await states(database) == {NEW: "active"}
    assert await index.collections() == [NEW]
    assert await vector_ids(database, "directions-32") == []
    assert await is_whole(index, database, NEW, "newer-16")
    assert await outbox(database) == []
    embedding = [(each.done, each.total) for each in seen if each.is_embedding]
    assert embedding[-1] == (35, 35)
    [question] = await NEW_MODEL.embed([turn(7).text or ""])
    assert len(ids_of(await index.nearest(NEW, question.tolist(), 1))) == 1


@pytest.mark.usefixtures("kept")
async def test_until_the_switch_the_former_model_is_what_is_searched_and_nothing_is_embedded_twice(
    database: Database,
    index: VectorIndex,
    clock: Clock,
    collections: Collections,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memory.vectors.adoption.AT_ONCE", 10)
    model = WordDirections("newer-16", 16)
    anew = Rebuilding(database, index, model, clock, Indexer(database, index, model, clock))
    with pytest.raises(Killed):
        await anew.adopt("conversation", killed_at(2))

    searched = await collections.searched("conversation", "newer-16")
    assert searched is not None
    assert searched.name == V1
    assert await collections.active("conversation", "newer-16") is None
    await Entries(database, model, clock).put([turn(100)], remove=[(turn(0).namespace, "t0")])

    await anew.mend()

    searched = await collections.searched("conversation", "newer-16")
    assert searched is not None
    assert searched.name == NEW
    assert len(model.embedded) == len(set(model.embedded))
    assert await is_whole(index, database, NEW, "newer-16")
    assert await vector_ids(database, "directions-32") == []


@pytest.mark.usefixtures("kept")
async def test_a_model_that_is_away_leaves_the_former_as_it_is(
    database: Database, index: VectorIndex, clock: Clock
) -> None:
    model = WordDirections("newer-16", 16)
    model.is_away = True
    with pytest.raises(Unavailable):
        await Rebuilding(database, index, model, clock, Indexer(database, index, model, clock)).mend()

    assert await states(database) == {V1: "active"}
    assert len(await vector_ids(database, "directions-32")) == 35


@pytest.mark.usefixtures("kept")
async def test_a_text_that_the_new_model_refuses_waits_and_the_others_are_adopted(
    database: Database, index: VectorIndex, clock: Clock
) -> None:
    model = WordDirections("newer-16", 16)
    model.refused = "subject-3 "
    await Rebuilding(database, index, model, clock, Indexer(database, index, model, clock)).mend()

    assert await states(database) == {NEW: "active"}
    assert await index.count(NEW) == 34
    assert len(await bare_ids(database)) == len(await outbox(database)) == 1


async def test_upkeep_tells_changes_and_mends_and_says_what_is_wrong(
    database: Database,
    index: VectorIndex,
    clock: Clock,
    entries: Entries,
    indexer: Indexer,
    rebuilding: Rebuilding,
    embedder: WordDirections,
    collections: Collections,
) -> None:
    upkeep = Upkeep(indexer, rebuilding)
    await entries.put([turn(1)])
    assert await upkeep.once() is None
    await collections.mark_damaged(V1, "for the test")
    assert await upkeep.once() is None
    assert await states(database) == {V2: "active"}

    embedder.is_away = True
    await entries.put([turn(2)])
    assert "is away" in (await upkeep.once() or "")
    embedder.is_away = False
    assert await upkeep.once() is None
    assert await index.count(V2) == 2


@pytest.mark.usefixtures("kept")
async def test_a_lost_outbox_is_made_good_by_a_rebuild(
    rebuilding: Rebuilding, index: VectorIndex, database: Database, entries: Entries
) -> None:
    await entries.put([turn(200)])
    await empty_outbox(database)

    await rebuilding.rebuild("conversation")

    assert await is_whole(index, database, V2)
