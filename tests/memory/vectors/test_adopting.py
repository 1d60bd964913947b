"""A change of the embedding model, and when there must be none."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from core.clock import Clock, SystemClock
from core.errors import Unavailable
from memory.database import Database
from memory.store.entries import Entries
from memory.tables import CursorRow
from memory.vectors import in_force
from memory.vectors.indexing import Indexer
from memory.vectors.port import VectorIndex
from memory.vectors.rebuilding import Rebuilding
from tests.memory.vectors.conftest import turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import bare_ids, states, vector_ids

FORMER = "conversation__directions-32__v1"
NEW = "conversation__newer-16__v1"

With = Callable[[WordDirections], Rebuilding]


@pytest.fixture
def newer() -> WordDirections:
    """Another model."""
    return WordDirections("newer-16", 16)


@pytest.fixture
def by(database: Database, index: VectorIndex, clock: Clock) -> With:
    """What a process with this embedder mends with."""
    return lambda model: Rebuilding(database, index, model, clock, Indexer(database, index, model, clock))


@pytest.fixture
async def kept(entries: Entries, indexer: Indexer) -> None:
    """Twenty turns that are in the index."""
    await entries.put([turn(number) for number in range(20)])
    await indexer.drain()


async def said(database: Database) -> tuple[str, datetime]:
    """Which model is in force, and when that was last said."""
    row = CursorRow
    statement = select(col(row.value), col(row.updated_at)).where(col(row.name) == in_force.NAME)
    value, at = await database.read(lambda session: session.execute(statement).one())
    return value, at


async def said_so_long_ago(database: Database, ago: timedelta) -> None:
    """Nobody has said anything since."""
    aged = update(CursorRow).where(col(CursorRow.name) == in_force.NAME).values(updated_at=datetime.now(UTC) - ago)
    await database.write(lambda session: session.execute(aged))


@pytest.mark.usefixtures("kept")
async def test_a_model_that_refuses_every_text_takes_the_place_of_none(
    database: Database, by: With, newer: WordDirections
) -> None:
    newer.refused = "turn"
    with pytest.raises(Unavailable, match="all of 20 texts are refused") as refusal:
        await by(newer).mend()

    assert "SOPHIA_EMBEDDING_NAME" in (refusal.value.next_step or "")
    assert await states(database) == {FORMER: "active"}
    assert len(await vector_ids(database, "directions-32")) == 20
    assert await bare_ids(database) == []


async def test_nothing_is_cleared_away_for_a_model_that_has_embedded_nothing(
    entries: Entries,
    indexer: Indexer,
    database: Database,
    index: VectorIndex,
    clock: Clock,
    by: With,
    newer: WordDirections,
) -> None:
    await entries.put([turn(1), turn(2)])
    await indexer.drain()
    newer.refused = "turn"
    await by(newer).mend()
    assert await states(database) == {FORMER: "active"}
    assert len(await vector_ids(database, "directions-32")) == 2

    newer.refused = None
    await Indexer(database, index, newer, clock).drain()
    await by(newer).mend()
    assert await states(database) == {NEW: "active"}
    assert await vector_ids(database, "directions-32") == []


@pytest.mark.usefixtures("kept")
async def test_a_model_is_not_changed_while_another_process_works_with_the_former(
    database: Database, rebuilding: Rebuilding, by: With, newer: WordDirections
) -> None:
    await rebuilding.mend()
    with pytest.raises(Unavailable, match="another Sophia embeds by directions-32") as refusal:
        await by(newer).mend()
    assert "Set the same SOPHIA_EMBEDDER for all, or stop the other." in (refusal.value.next_step or "")
    with pytest.raises(Unavailable, match="another Sophia"):
        await by(newer).adopt("conversation")

    assert newer.embedded == []
    assert await states(database) == {FORMER: "active"}
    assert (await said(database))[0] == "directions-32"


@pytest.mark.usefixtures("kept")
async def test_a_model_is_changed_once_the_former_has_been_silent_and_then_not_back(
    database: Database, rebuilding: Rebuilding, by: With, newer: WordDirections
) -> None:
    await rebuilding.mend()
    await said_so_long_ago(database, timedelta(minutes=9))
    with pytest.raises(Unavailable, match="another Sophia"):
        await by(newer).mend()
    await said_so_long_ago(database, timedelta(minutes=11))

    assert await by(newer).mend() == ["conversation"]

    assert await states(database) == {NEW: "active"}
    with pytest.raises(Unavailable, match="another Sophia embeds by newer-16"):
        await by(WordDirections()).mend()
    assert await states(database) == {NEW: "active"}


@pytest.mark.usefixtures("kept")
async def test_a_process_says_its_model_again_when_a_minute_has_passed(
    database: Database, rebuilding: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rebuilding.mend()
    first = await said(database)
    await rebuilding.mend()
    assert await said(database) == first

    monkeypatch.setattr(in_force, "AGAIN", timedelta(0))
    await rebuilding.mend()
    model, at = await said(database)
    assert (model, at > first[1]) == ("directions-32", True)


@pytest.mark.usefixtures("kept")
async def test_the_own_model_is_rebuilt_whatever_is_in_force(
    database: Database, rebuilding: Rebuilding, by: With, newer: WordDirections
) -> None:
    assert await by(newer).mend() == ["conversation"]
    await Entries(database, WordDirections(), SystemClock()).put([turn(100)])

    await rebuilding.rebuild("conversation")
    assert (await said(database))[0] == "newer-16"
    assert (await states(database))["conversation__directions-32__v1"] == "active"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_vectors_whose_item_was_deleted_by_hand_hold_up_no_change_of_model(
    url: str, database: Database, index: VectorIndex, by: With, newer: WordDirections
) -> None:
    def delete_an_item() -> None:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as by_hand:  # heeds no foreign keys
            by_hand.execute("DELETE FROM memory_item WHERE key = 't7'")
        by_hand.close()

    await asyncio.to_thread(delete_an_item)
    assert len(await vector_ids(database, "directions-32")) == 20

    assert await by(newer).mend() == ["conversation"]

    assert await states(database) == {NEW: "active"}
    assert await index.count(NEW) == len(await vector_ids(database, "newer-16")) == 19
    assert await vector_ids(database, "directions-32") == []
    assert await by(newer).mend() == []
