"""The loop that keeps the index true, whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import ConfigurationError
from memory.store.entries import Entries
from memory.vectors import upkeep as upkeep_module
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from memory.vectors.rebuilding import Rebuilding
from memory.vectors.upkeep import Upkeep
from tests.memory.vectors.conftest import turn


class Failing(EmbeddedIndex):
    """Chroma in a folder, with an error that none of ours is as long as one is set."""

    error: Exception | None = None
    asked = 0
    asked_thrice = asyncio.Event()

    async def collections(self) -> list[str]:
        self.asked += 1
        if self.asked == 3:
            self.asked_thrice.set()
        if self.error is not None:
            raise self.error
        return await super().collections()


@pytest.fixture
def url(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture
async def index(folder: Path) -> AsyncIterator[Failing]:
    lock = FolderLock(folder)
    lock.take()
    opened = await Failing.open(lock)
    opened.asked, opened.asked_thrice = 0, asyncio.Event()
    yield opened
    opened.error = None
    await opened.close()


@pytest.fixture
def upkeep(indexer: Indexer, rebuilding: Rebuilding) -> Upkeep:
    return Upkeep(indexer, rebuilding)


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), ConfigurationError("a package is missing"), RuntimeError("onnxruntime")],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_that_nobody_foresaw_is_told_once_with_its_traceback_and_ends_nothing(
    upkeep: Upkeep, index: Failing, entries: Entries, error: Exception
) -> None:
    await entries.put([turn(1)])
    index.error = error
    with capture_logs() as logs:
        problems = {await upkeep.once() for _ in range(2)}
    assert problems == {f"{type(error).__name__}: {error}"}
    assert [(line["log_level"], line["exc_info"]) for line in logs] == [("error", error)]
    index.error = None
    assert await upkeep.once() is None
    assert await index.count("conversation__directions-32__v1") == 1


async def test_the_loop_goes_on_after_any_error(
    upkeep: Upkeep, index: Failing, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    await entries.put([turn(1)])
    monkeypatch.setattr(upkeep_module, "IDLE_S", 0.0)
    monkeypatch.setattr(upkeep_module, "LONGEST_S", 0.0)
    index.error = OSError(28, "No space left on device")
    running = asyncio.create_task(upkeep.run())
    await asyncio.wait(
        [running, waiting := asyncio.create_task(index.asked_thrice.wait())], return_when="FIRST_COMPLETED"
    )
    assert waiting.done()
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


async def test_it_waits_for_an_index_that_is_being_opened(
    indexer: Indexer, rebuilding: Rebuilding, index: Failing, entries: Entries
) -> None:
    await entries.put([turn(1)])
    opening = asyncio.Event()

    async def opened() -> None:
        await opening.wait()

    once = asyncio.create_task(Upkeep(indexer, rebuilding, opened).once())
    await asyncio.wait([once], timeout=0)
    assert index.asked == 0
    opening.set()
    assert await once is None
    assert index.asked > 0


async def test_where_nothing_was_ever_remembered_the_index_is_not_even_opened(
    indexer: Indexer, rebuilding: Rebuilding, index: Failing
) -> None:
    async def opened() -> None:
        raise AssertionError("nobody needs it")

    assert await Upkeep(indexer, rebuilding, opened).once() is None
    assert index.asked == 0
