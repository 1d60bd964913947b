"""Recall while what finds by meaning is away or damaged: words still find, and it is said what is missing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unavailable
from core.scope import EVERYTHING
from memory.database import Database
from memory.recall.recall import NO_VECTORS, Recall
from memory.store.entries import Entries
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.recall.conftest import entry, recall_over


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EmbeddedIndex]:
    """Chroma in a folder of its own."""
    lock = FolderLock(tmp_path / "chroma")
    lock.take()
    opened = await EmbeddedIndex.open(lock)
    yield opened
    await opened.close()


async def test_all_is_well_when_nothing_is_missing(recall: Recall, entries: Entries) -> None:
    await entries.put([entry("The price."), entry("Lunch.", source="call:2")])

    assert (await recall.recall("price", EVERYTHING)).degraded is None


async def test_words_find_while_the_embedder_is_away(recall: Recall, entries: Entries, embedder: HashedWords) -> None:
    await entries.put([entry("The price."), entry("Lunch.", source="call:2")])
    embedder.away = True

    recalled = await recall.recall("What about the price?", EVERYTHING)

    assert [passage.text for passage in recalled.passages] == ["The price."]
    assert recalled.passages[0].score > 0.9
    assert recalled.degraded == "Only words were searched, not meaning: the embedder: is away."


async def test_words_find_while_chroma_is_damaged(
    on_sqlite: Database,
    embedder: HashedWords,
    clock: MovableClock,
    index: EmbeddedIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memory.store.nearest.EXACT", 0)
    await Entries(on_sqlite, embedder, clock).put([entry("The price."), entry("Lunch.", source="call:2")])
    await Indexer(on_sqlite, index, embedder, clock).drain()
    recall = recall_over(on_sqlite, embedder, clock, index)
    assert (await recall.recall("price", EVERYTHING)).degraded is None

    [name] = await index.collections()
    await index.drop(name)
    recalled = await recall.recall("price", EVERYTHING)

    assert recalled.passages[0].text == "The price."
    assert recalled.degraded is not None
    assert recalled.degraded.startswith("Not everything was searched by meaning: ")


async def test_words_find_while_there_is_no_chroma(
    recall: Recall, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.store.nearest.EXACT", 0)
    await entries.put([entry("The price."), entry("Lunch.", source="call:2")])

    recalled = await recall.recall("price", EVERYTHING)

    assert recalled.passages[0].text == "The price."
    assert recalled.degraded == "Not everything was searched by meaning: no vector index is open."
    assert recalled.remark is None, "all that there is was compared without the index"


async def test_who_asks_is_told_how_meaning_can_be_searched_where_nothing_is_embedded(
    recall: Recall, entries: Entries, embedder: HashedWords
) -> None:
    embedder.away = True
    await entries.put([entry("The price."), entry("Lunch.", source="call:2")])
    embedder.away = False

    recalled = await recall.recall("price", EVERYTHING)

    assert recalled.degraded is not None
    assert recalled.remark == NO_VECTORS


async def test_a_database_that_is_away_is_told(
    recall: Recall, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise Unavailable("database", "away")

    monkeypatch.setattr(database, "read", away)

    with pytest.raises(Unavailable):
        await recall.recall("price", EVERYTHING)
