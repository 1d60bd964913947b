"""Whether collections can be relied on, asked in a process that Chroma may take down."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from core.clock import Clock
from core.errors import ConfigurationError, Unavailable
from memory.database import Database
from memory.store.entries import Entries
from memory.vectors import probing as probing_module
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.findings import Known, Place, Question, Verdict, judged
from memory.vectors.indexing import Indexer
from memory.vectors.known import sample
from memory.vectors.lock import FolderLock
from memory.vectors.port import Point, VectorIndex
from memory.vectors.probe import examine
from memory.vectors.probing import Probing
from memory.vectors.server import ServerIndex
from memory.vectors.turn import IndexTurn
from tests.memory.conftest import MovableClock
from tests.memory.vectors.conftest import ChromaServer, open_folder, turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import outbox, put_back, states, vector_ids
from tests.servers import ROOT

NAME = "conversation__directions-32__v1"
OTHER = "call_findings__directions-32__v1"
COUNT = 1500
"""Turns in the folder: from a thousand on Chroma writes its graph to files."""


@dataclass(frozen=True)
class Filled:
    """A closed folder of Chroma with a collection of many points and one of few, and its database."""

    folder: Path
    database: Path

    @property
    def files(self) -> Path:
        """Where the many's files are."""
        return max(self.folder.glob("*/data_level0.bin"), key=lambda path: path.stat().st_size).parent

    async def fill(self) -> None:
        embedder, clock = WordDirections(), MovableClock()
        database = await Database.open(f"sqlite:///{self.database}")
        index = await open_folder(self.folder)
        entries, indexer = Entries(database, embedder, clock), Indexer(database, index, embedder, clock)
        await entries.put([turn(number) for number in range(COUNT)])
        await indexer.drain()
        await entries.put([turn(1, "call_findings")])
        await indexer.drain()
        await index.close()
        await database.close()


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Filled once; each test has a copy of its own."""
    root = tmp_path_factory.mktemp("pattern")
    pattern = Filled(root / "chroma", root / "sophia.db")
    asyncio.run(pattern.fill())
    return pattern


@pytest.fixture
def filled(pattern: Filled, tmp_path: Path) -> Filled:
    shutil.copytree(pattern.folder, tmp_path / "chroma")
    shutil.copy(pattern.database, tmp_path / "sophia.db")
    return Filled(tmp_path / "chroma", tmp_path / "sophia.db")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What the probe reads is the same on both kinds of database; test_indexing.py has both."""
    return f"sqlite:///{tmp_path / 'sophia.db'}"


@pytest.fixture
async def database(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Database]:
    """Opened on the copy, where the test asks for one."""
    if "filled" in request.fixturenames:
        request.getfixturevalue("filled")
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def probing(database: Database, folder: Path, clock: Clock) -> Probing:
    return Probing(database, Place(folder=folder), clock)


async def change(folder: Path, work: Callable[[VectorIndex], Awaitable[None]]) -> None:
    """Does something to the index behind our back."""
    index = await open_folder(folder)
    await work(index)
    await index.close()


def by_name(verdicts: list[Verdict]) -> dict[str, bool | None]:
    return {each.collection: each.sound for each in verdicts}


def reason(verdicts: list[Verdict], name: str = NAME) -> str:
    return next(each.reason or "" for each in verdicts if each.collection == name)


@pytest.mark.usefixtures("filled")
async def test_sound_collections_are_found_sound(probing: Probing, database: Database, entries: Entries) -> None:
    await entries.put([turn(2000)], remove=[(turn(3).namespace, "t3")])  # what still waits is no fault

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: True, OTHER: True}
    assert [each.points for each in verdicts] == [1, COUNT]
    assert await states(database) == {NAME: "active", OTHER: "active"}


async def test_a_collection_that_answers_nothing_any_more_is_damaged(
    probing: Probing, filled: Filled, database: Database
) -> None:
    os.truncate(filled.files / "index_metadata.pickle", 100)

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}
    assert "hnsw" in reason(verdicts)
    assert await states(database) == {NAME: "damaged", OTHER: "active"}


async def test_a_damaged_graph_is_noticed(probing: Probing, filled: Filled, database: Database) -> None:
    os.truncate(filled.files / "data_level0.bin", 1000)

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}
    assert await states(database) == {NAME: "damaged", OTHER: "active"}


DEADLY = """
import os, signal
from memory.vectors.embedded import EmbeddedIndex

async def die(self, collection, vector, count, where=None):
    if collection.startswith("call_findings"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return await nearest(self, collection, vector, count, where)

nearest, EmbeddedIndex.nearest = EmbeddedIndex.nearest, die
"""


@pytest.mark.usefixtures("filled")
async def test_a_collection_that_takes_the_process_down_is_damaged_and_the_others_are_judged(
    probing: Probing, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY)  # as a search in a damaged graph does, now and then
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: True, OTHER: False}
    assert "signal 11" in reason(verdicts, OTHER)
    assert await states(database) == {NAME: "active", OTHER: "damaged"}


@pytest.mark.usefixtures("filled")
async def test_points_that_are_missing_are_noticed(
    probing: Probing, folder: Path, database: Database, embedder: WordDirections
) -> None:
    last = (await vector_ids(database, embedder.model))[-1]
    await change(folder, lambda index: index.delete(NAME, [last]))

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}


async def test_vectors_lost_from_the_graph_alone_are_noticed(probing: Probing, filled: Filled) -> None:
    shutil.rmtree(filled.files)

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}


@pytest.mark.usefixtures("filled")
async def test_a_count_that_lies_is_noticed(probing: Probing, folder: Path) -> None:
    ghost = Point("conversation:0:0:00000000", [1.0] + [0.0] * 31, {"item": 0, "audience": ""})
    await change(folder, lambda index: index.upsert(NAME, [ghost]))

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}
    assert reason(verdicts) == f"it says that it holds {COUNT + 1} vectors, and there are {COUNT}"


@pytest.mark.usefixtures("filled")
async def test_vectors_that_are_others_than_they_were_are_noticed(
    probing: Probing, folder: Path, database: Database, embedder: WordDirections
) -> None:
    ids = await vector_ids(database, embedder.model)
    wrong = [Point(id, [1.0] + [0.0] * 31, {"item": 0, "audience": ""}) for id in ids if id.startswith("conversation")]
    await change(folder, lambda index: index.upsert(NAME, wrong))

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}
    assert "256 other than they were" in reason(verdicts)


@pytest.mark.usefixtures("filled")
async def test_a_collection_that_is_gone_is_noticed(probing: Probing, folder: Path) -> None:
    await change(folder, lambda index: index.drop(NAME))

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: True}
    assert reason(verdicts) == "it is not there"


@pytest.mark.usefixtures("filled")
async def test_a_change_told_before_a_crash_and_still_in_the_outbox_is_no_fault(
    probing: Probing, folder: Path, database: Database, entries: Entries, embedder: WordDirections, clock: Clock
) -> None:
    await entries.put([turn(3000), turn(3001)], remove=[(turn(3).namespace, "t3"), (turn(4).namespace, "t4")])
    changes = await outbox(database)
    index = await open_folder(folder)
    await Indexer(database, index, embedder, clock).drain()
    await index.close()
    await put_back(database, changes)

    assert by_name(await probing.probe()) == {NAME: True, OTHER: True}


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_cannot_be_opened_damages_all(probing: Probing, folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"this is no database" * 1000)

    assert by_name(await probing.probe()) == {NAME: False, OTHER: False}


@pytest.mark.usefixtures("filled")
async def test_a_folder_without_an_answer_is_damaged(database: Database, folder: Path, clock: Clock) -> None:
    probing = Probing(database, Place(folder=folder), clock, time_limit=0.01)

    verdicts = await probing.probe()

    assert by_name(verdicts) == {NAME: False, OTHER: False}
    assert "did not answer" in reason(verdicts)


class Odd(EmbeddedIndex):
    """Chroma in a folder, which answers what nobody expects."""

    async def count(self, collection: str) -> int:
        raise ValueError(f"{collection} is odd")


async def test_an_answer_that_nobody_expects_is_damage(folder: Path) -> None:
    lock = FolderLock(folder)
    lock.take()
    index = await Odd.open(lock)
    known = Known(collection=NAME, kind="conversation", ids=(), packed=(), least=0, most=0)
    found = await examine(index, known)
    await index.close()
    assert judged(known, found).sound is False
    assert found.problem == f"ValueError: {NAME} is odd"


HANGING = """
import threading
from memory.vectors.embedded import EmbeddedIndex
EmbeddedIndex._open = lambda self: threading.Event().wait()
"""


async def test_a_probe_that_hangs_and_that_nobody_waits_for_ends_and_frees_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HANGING)
    question = Question(place=Place(folder=folder), known=(), seconds=1).model_dump_json()
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    command = [sys.executable, "-P", "-m", "memory.vectors.probe"]
    run = partial(subprocess.run, command, input=question.encode(), env={**os.environ, "PYTHONPATH": path}, timeout=60)
    assert (await asyncio.to_thread(run)).returncode == -signal.SIGALRM
    lock = FolderLock(folder)
    lock.take()
    lock.give_back()


@pytest.mark.usefixtures("filled")
async def test_a_probe_that_is_cancelled_frees_the_folder(
    probing: Probing, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HANGING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(start_probe())
        return started[0]

    start_probe = probing_module._started
    monkeypatch.setattr(probing_module, "_started", start)
    probe = asyncio.create_task(probing.probe())
    while not started:
        await asyncio.wait([probe], timeout=0)
    probe.cancel()
    await asyncio.wait([probe])
    assert probe.cancelled()
    assert started[0].returncode == -signal.SIGKILL


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_is_in_use_is_not_probed(probing: Probing, folder: Path, database: Database) -> None:
    lock = FolderLock(folder)
    lock.take()

    with pytest.raises(ConfigurationError, match=f"in use by process {os.getpid()}"):
        await probing.probe()
    lock.give_back()
    assert await states(database) == {NAME: "active", OTHER: "active"}


async def test_nothing_is_asked_where_nothing_is_indexed(probing: Probing) -> None:
    assert await probing.probe() == []


async def test_a_server_is_probed_over_http_and_one_that_is_away_is_not_called_damaged(
    chroma_server: ChromaServer, database: Database, entries: Entries, embedder: WordDirections, clock: Clock
) -> None:
    index = ServerIndex(chroma_server.url, "probed")
    indexer = Indexer(database, index, embedder, clock)
    await entries.put([turn(number) for number in range(20)])
    await indexer.drain()
    probing = Probing(database, Place(url=chroma_server.url, name="probed"), clock)
    assert by_name(await probing.probe()) == {NAME: True}

    async with IndexTurn(database).hold():
        with pytest.raises(Unavailable, match="another process"):
            await probing.probe()

    chroma_server.kill()
    [away] = await probing.probe()
    assert away.sound is None
    assert "no answer" in (away.reason or "")
    assert await states(database) == {NAME: "active"}

    chroma_server.start()
    await index.delete(NAME, (await vector_ids(database, embedder.model))[:1])
    assert by_name(await probing.probe()) == {NAME: False}
    assert await states(database) == {NAME: "damaged"}
    await index.close()


def test_a_sample_has_the_first_the_last_and_some_between() -> None:
    assert sample(0) == []
    assert sample(1) == [0]
    assert sample(200) == list(range(200))
    places = sample(100_000)
    assert places[0] == 0
    assert places[-96:] == list(range(99_904, 100_000))
    assert len(places) == len(set(places)) == 256
