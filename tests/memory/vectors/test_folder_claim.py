"""Several processes with one database, and a folder of Chroma each: one of them keeps the index."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import Clock, FixedClock, SystemClock
from core.errors import ConfigurationError
from core.settings import Settings, load_settings
from memory.cursors import Cursors
from memory.database import Database
from memory.store.entries import Entries
from memory.vectors import claim
from memory.vectors.configured import FOLDER, open_index
from memory.vectors.damage import Closed
from memory.vectors.findings import Place
from memory.vectors.indexing import Indexer
from memory.vectors.probing import Probing
from tests.memory.vectors.conftest import turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import states

NAME = "conversation__directions-32__v1"
REFUSED = "another Sophia keeps the index"


@pytest.fixture
def each(tmp_path: Path) -> Sequence[Settings]:
    """Settings of two processes with a data folder each."""
    return [load_settings(data_dir=tmp_path / name) for name in ("one", "two")]


async def say(database: Database, folder_id: str, ago: timedelta = timedelta()) -> None:
    """Says that the collections are in that folder."""
    await Cursors(database, FixedClock(SystemClock().now() - ago)).set(claim.ROW, folder_id)


async def test_a_second_folder_is_refused_and_not_probed_while_the_first_is_open_and_taken_once_that_is_closed(
    each: Sequence[Settings], database: Database, clock: Clock, entries: Entries, embedder: WordDirections
) -> None:
    one, two = each
    async with open_index(one, database, clock) as index:
        await entries.put([turn(1)])
        await Indexer(database, index, embedder, clock).drain()
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=REFUSED) as refused:
                async with open_index(two, database, clock):
                    pass
        assert "SOPHIA_CHROMA_URL" in (refused.value.next_step or "")
        with pytest.raises(ConfigurationError, match=REFUSED):
            await Probing(database, Place(folder=two.data_dir / FOLDER), clock).probe()
        assert await states(database) == {NAME: "active"}
    async with open_index(two, database, clock):
        pass


async def test_a_folder_that_a_crash_left_open_is_opened_again_at_once_and_another_only_later(
    each: Sequence[Settings], database: Database, clock: Clock
) -> None:
    one, two = each
    async with open_index(one, database, clock):
        left = await Cursors(database, clock).get(claim.ROW)
    assert left is not None
    await say(database, left)
    with pytest.raises(ConfigurationError, match=REFUSED):
        async with open_index(two, database, clock):
            pass
    async with open_index(one, database, clock):
        pass
    await say(database, left, ago=claim.LAPSES + timedelta(minutes=1))
    async with open_index(two, database, clock):
        assert await Cursors(database, clock).get(claim.ROW) != left


async def test_a_process_that_was_held_up_until_another_took_over_closes_its_folder(
    each: Sequence[Settings], database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "SAY_S", 0.0)
    async with asyncio.timeout(60), open_index(each[0], database, clock) as index:
        await say(database, "another")
        with pytest.raises(Closed):
            while True:
                await index.collections()
    assert await Cursors(database, clock).get(claim.ROW) == "another"
