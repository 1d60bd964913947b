"""An index that is opened when it is first asked for anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.errors import ConfigurationError, Unavailable
from memory.vectors import when_used
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.lock import FolderLock
from memory.vectors.port import Point, VectorIndex
from memory.vectors.when_used import WhenUsed

NAME = "conversation__words__v1"
FIRST = Point("a", (1.0, 0.0), {"item": 1, "audience": ""})


class Folder:
    """Opens Chroma in a folder, as often as it is free, and counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = self.closed = 0
        self.free = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[VectorIndex]:
        if not self.free:
            raise ConfigurationError("process 7 has it", next_step="Stop that one.")
        lock = FolderLock(self.path)
        lock.take()
        lock.mark()
        index = await EmbeddedIndex.open(lock)
        self.opened += 1
        yield index
        await index.close()
        self.closed += 1


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "chroma")


async def test_it_is_opened_once_when_it_is_asked_and_does_what_the_index_does(folder: Folder) -> None:
    index = WhenUsed(folder.open)
    assert folder.opened == 0
    await index.create(NAME)
    await index.upsert(NAME, [FIRST])
    assert [near.id for near in await index.nearest(NAME, (1.0, 0.0), 1)] == ["a"]
    assert list(await index.vectors(NAME, ["a"])) == ["a"]
    assert (await index.count(NAME), await index.collections()) == (1, [NAME])
    await index.delete(NAME, ["a"])
    await index.drop(NAME)
    assert folder.opened == 1
    await index.close()
    assert folder.closed == 1


async def test_who_never_asks_never_opens_it(folder: Folder) -> None:
    await WhenUsed(folder.open).close()
    assert folder.opened == 0
    assert not folder.path.exists()


async def test_while_another_has_it_everybody_is_told_why_and_later_it_is_opened(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = WhenUsed(folder.open)
    folder.free = False
    for _ in range(2):
        with pytest.raises(Unavailable, match="process 7 has it"):
            await index.collections()
    folder.free = True
    with pytest.raises(Unavailable, match="process 7 has it"):  # not asked again at once
        await index.collections()
    monkeypatch.setattr(when_used, "AGAIN_S", 0.0)
    assert await index.collections() == []
    await index.close()
