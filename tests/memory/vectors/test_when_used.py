"""An index that is opened when it is first asked for anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.errors import ConfigurationError, Unavailable
from memory.vectors import when_used
from memory.vectors.damage import Closed, Damaged
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
        self.full: OSError | None = None
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.ended_by: list[BaseException] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[VectorIndex]:
        if not self.free:
            raise ConfigurationError("process 7 has it", next_step="Stop that one.")
        if self.full is not None:
            raise self.full
        await self.may_open.wait()
        lock = FolderLock(self.path)
        lock.take()
        lock.mark()
        index = await EmbeddedIndex.open(lock)
        self.opened += 1
        try:
            yield index
        except Exception as error:
            self.ended_by.append(error)
            raise
        finally:
            await index.close()
            self.closed += 1


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "chroma")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chroma takes longer to be loaded than anybody would wait."""
    monkeypatch.setattr(when_used, "GRACE_S", 60.0)


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


async def test_while_it_is_being_opened_everybody_is_told_so_and_who_can_wait_waits(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(when_used, "GRACE_S", 0.0)
    index = WhenUsed(folder.open)
    folder.may_open.clear()
    for _ in range(2):
        with pytest.raises(Unavailable, match="the index is being opened"):
            await index.collections()
    waiting = asyncio.create_task(index.opened())
    folder.may_open.set()
    await waiting
    assert await index.collections() == []
    assert folder.opened == 1
    await index.close()


async def test_closing_ends_an_opening(folder: Folder) -> None:
    index = WhenUsed(folder.open)
    folder.may_open.clear()
    waiting = asyncio.create_task(index.opened())
    await asyncio.wait([waiting], timeout=0)
    await index.close()
    with pytest.raises(Closed):
        await waiting
    assert folder.opened == 0


async def test_a_disk_that_is_full_makes_it_unavailable(folder: Folder) -> None:
    index = WhenUsed(folder.open)
    folder.full = OSError(28, "No space left on device")
    with pytest.raises(Unavailable, match="No space left"):
        await index.collections()
    await index.close()


@pytest.mark.parametrize("error", [Damaged(None, "malformed"), Closed()], ids=["damaged", "closed"])
async def test_what_is_damaged_as_a_whole_is_closed_and_opened_anew(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, error: Unavailable
) -> None:
    index = WhenUsed(folder.open)
    await index.create(NAME)

    async def damaged(*_given: object) -> int:
        raise error

    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(EmbeddedIndex, "count", damaged)
        await index.count(NAME)
    assert (folder.closed, folder.ended_by) == (1, [error])
    assert await index.count(NAME) == 0
    assert folder.opened == 2
    await index.close()


async def test_a_damaged_collection_leaves_the_others_open(folder: Folder) -> None:
    index = WhenUsed(folder.open)
    with pytest.raises(Damaged, match="not there"):
        await index.count(NAME)
    assert (folder.opened, folder.closed) == (1, 0)
    await index.close()
