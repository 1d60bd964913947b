"""What is remembered, in a real database, with an embedder that needs no model."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from memory.database import Database, sqlite_url
from memory.store.chroma_store import ChromaStore
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock

MakeStore = Callable[..., ChromaStore]


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
async def on_sqlite(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    """For tests of what does not depend on the kind of database."""
    shutil.copytree(empty_database, tmp_path / "data", dirs_exist_ok=True)
    opened = await Database.open(sqlite_url(tmp_path / "data"))
    yield opened
    await opened.close()


@pytest.fixture
def entries(database: Database, embedder: HashedWords, clock: MovableClock) -> Entries:
    return Entries(database, embedder, clock)


@pytest.fixture
async def make_store(database: Database, embedder: HashedWords, entries: Entries, clock: MovableClock) -> MakeStore:
    """Makes a store over the same rows; what it is given goes to its constructor."""

    def make(**configuration: object) -> ChromaStore:
        nearest = Nearest(database, None, embedder)
        return ChromaStore(entries, nearest, embedder, clock, **configuration)  # type: ignore[arg-type]

    return make


@pytest.fixture
async def store(make_store: MakeStore) -> ChromaStore:
    """A store that embeds the `text` of what is put."""
    return make_store(index={"fields": ["text"]})


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EmbeddedIndex]:
    """Chroma in a folder of its own."""
    lock = FolderLock(tmp_path / "chroma")
    lock.take()
    opened = await EmbeddedIndex.open(lock)
    yield opened
    await opened.close()


@pytest.fixture
def indexer(on_sqlite: Database, index: EmbeddedIndex, embedder: HashedWords, clock: MovableClock) -> Indexer:
    return Indexer(on_sqlite, index, embedder, clock)
