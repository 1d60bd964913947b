"""The index as the settings name it, opened after whatever happened before."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.clock import Clock
from core.errors import ConfigurationError, Unavailable
from core.settings import Settings, load_settings
from memory.database import Database, sqlite_url
from memory.store.entries import Entries
from memory.vectors.configured import open_index, own_place, place_of
from memory.vectors.damage import Damaged
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.findings import Verdict
from memory.vectors.indexing import Indexer
from memory.vectors.lock import LOCK, MARK, FolderLock
from memory.vectors.probing import Probing
from memory.vectors.rebuilding import Rebuilding
from tests.memory.vectors.conftest import ChromaServer, turn
from tests.memory.vectors.directions import WordDirections
from tests.memory.vectors.seen import states
from tests.servers import ROOT

NAME = "conversation__directions-32__v1"
NEXT = "conversation__directions-32__v2"

DIES = """
import asyncio, os, signal, sys
from core.clock import SystemClock
from core.settings import load_settings
from memory.database import Database
from memory.vectors.configured import open_index

async def main():
    database = await Database.open(sys.argv[2])
    async with open_index(load_settings(data_dir=sys.argv[1]), database, SystemClock()):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def url(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
async def filled(
    settings: Settings, database: Database, entries: Entries, embedder: WordDirections, clock: Clock
) -> None:
    """A folder with one collection, closed in good order."""
    async with open_index(settings, database, clock) as index:
        await entries.put([turn(number) for number in range(20)])
        await Indexer(database, index, embedder, clock).drain()


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the folder was probed."""
    times: list[str] = []
    probe = Probing.probe

    async def counted(self: Probing) -> object:
        times.append("probed")
        return await probe(self)

    monkeypatch.setattr(Probing, "probe", counted)
    return times


def die_with_it_open(folder: Path, url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, str(folder), url], cwd=ROOT, check=False)
    assert died.returncode == -9


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_was_closed_in_good_order_is_opened_without_a_probe(
    settings: Settings, database: Database, clock: Clock, probed: list[str]
) -> None:
    async with open_index(settings, database, clock) as index:
        assert await index.count(NAME) == 20
    assert probed == []


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_a_crash_left_open_is_probed_once_and_used_when_it_is_sound(
    settings: Settings, database: Database, clock: Clock, probed: list[str], tmp_path: Path, url: str
) -> None:
    await asyncio.to_thread(die_with_it_open, tmp_path, url)

    for _ in range(2):
        async with open_index(settings, database, clock) as index:
            assert await index.count(NAME) == 20
    assert probed == ["probed"]
    assert await states(database) == {NAME: "active"}


@pytest.mark.usefixtures("filled")
async def test_a_collection_damaged_by_a_crash_is_made_anew(
    settings: Settings, database: Database, clock: Clock, embedder: WordDirections, tmp_path: Path, url: str
) -> None:
    async with open_index(settings, database, clock) as index:
        near = await index.nearest(NAME, [1.0] * 32, 1)
        await index.delete(NAME, [near[0].id])
    await asyncio.to_thread(die_with_it_open, tmp_path, url)

    async with open_index(settings, database, clock) as index:
        assert await states(database) == {NAME: "damaged"}
        indexer = Indexer(database, index, embedder, clock)
        await Rebuilding(database, index, embedder, clock, indexer).mend()
        assert await states(database) == {NEXT: "active"}
        assert await index.count(NEXT) == 20


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_cannot_be_opened_is_emptied_and_filled_again(
    settings: Settings, database: Database, clock: Clock, embedder: WordDirections, tmp_path: Path
) -> None:
    await asyncio.to_thread((tmp_path / "chroma" / "chroma.sqlite3").write_bytes, b"no database" * 1000)

    async with open_index(settings, database, clock) as index:
        assert await states(database) == {NAME: "damaged"}
        indexer = Indexer(database, index, embedder, clock)
        await Rebuilding(database, index, embedder, clock, indexer).mend()
        assert await index.count(NEXT) == 20


def overwrite_page(file: Path, table: str) -> None:
    """Spoils the first page of a table, which shows only when that is read."""
    connection = sqlite3.connect(file)
    [[page]] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchall()
    [[size]] = connection.execute("PRAGMA page_size").fetchall()
    connection.close()
    with file.open("r+b") as pages:
        pages.seek((page - 1) * size)
        pages.write(b"\xff" * size)


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_opens_but_cannot_be_read_is_emptied_and_filled_again(
    settings: Settings, database: Database, clock: Clock, embedder: WordDirections, tmp_path: Path
) -> None:
    await asyncio.to_thread(overwrite_page, tmp_path / "chroma" / "chroma.sqlite3", "collections")

    async with open_index(settings, database, clock) as index:
        assert await states(database) == {NAME: "damaged"}
        indexer = Indexer(database, index, embedder, clock)
        await Rebuilding(database, index, embedder, clock, indexer).mend()
        assert await index.count(NEXT) == 20


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_could_not_be_probed_is_probed_at_the_next_opening(
    settings: Settings, database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chroma" / MARK).write_text("a crash")
    asked: list[str] = []

    async def refused(_self: Probing) -> list[Verdict]:
        asked.append("probed")
        raise Unavailable("Chroma", "the probe failed")

    async def untold(_self: Probing) -> list[Verdict]:
        asked.append("probed")
        return [Verdict(collection=NAME, kind="conversation", sound=None)]

    for probe in (refused, untold):
        monkeypatch.setattr(Probing, "probe", probe)
        async with open_index(settings, database, clock) as index:
            assert await index.count(NAME) == 20
    monkeypatch.undo()
    async with open_index(settings, database, clock) as index:
        assert await index.count(NAME) == 20
    assert asked == ["probed"] * 2
    assert not (tmp_path / "chroma" / MARK).exists()


@pytest.mark.usefixtures("filled")
async def test_a_folder_whose_opening_failed_is_probed_at_the_next(
    settings: Settings, database: Database, clock: Clock, probed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: EmbeddedIndex) -> None:
        raise Unavailable("Chroma", "the disk is full")

    with monkeypatch.context() as patch, pytest.raises(Unavailable, match="full"):
        patch.setattr(EmbeddedIndex, "_open", full)
        async with open_index(settings, database, clock):
            pass
    async with open_index(settings, database, clock):
        pass
    assert probed == ["probed"]


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_turned_out_damaged_while_it_was_open_is_probed_at_the_next_opening(
    settings: Settings, database: Database, clock: Clock, probed: list[str]
) -> None:
    with pytest.raises(Damaged):
        async with open_index(settings, database, clock):
            raise Damaged(None, "malformed")
    async with open_index(settings, database, clock):
        pass
    assert probed == ["probed"]


async def test_a_full_disk_while_it_is_opened_does_not_keep_the_folder(
    settings: Settings, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("_write", "mark"):
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left") as kept:
            patch.setattr(FolderLock, name, full)
            async with open_index(settings, database, clock):
                pass
        async with open_index(settings, database, clock):
            assert kept.tb is not None  # nothing was freed by chance


async def test_a_second_opening_is_refused_while_the_first_lasts(
    settings: Settings, database: Database, clock: Clock
) -> None:
    async with open_index(settings, database, clock):
        with pytest.raises(ConfigurationError, match=f"in use by process {os.getpid()}"):
            async with open_index(settings, database, clock):
                pass
    async with open_index(settings, database, clock):
        pass


async def test_an_error_within_closes_the_folder_in_good_order(
    settings: Settings, database: Database, clock: Clock, tmp_path: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_index(settings, database, clock):
            raise ZeroDivisionError
    left = await asyncio.to_thread(lambda: {path.name for path in (tmp_path / "chroma").iterdir()})
    assert MARK not in left
    assert LOCK in left


async def test_a_server_is_used_where_the_settings_name_one_even_while_it_is_away(
    chroma_server: ChromaServer, database: Database, clock: Clock, tmp_path: Path
) -> None:
    settings = load_settings(data_dir=tmp_path, chroma_url=chroma_server.url, tenant="acme")
    assert place_of(settings).folder is None
    chroma_server.kill()
    async with open_index(settings, database, clock) as index:
        chroma_server.start()
        assert await index.collections() == []


async def test_two_databases_at_one_server_leave_each_others_collections_alone(
    chroma_server: ChromaServer, database: Database, clock: Clock, tmp_path: Path
) -> None:
    settings = load_settings(data_dir=tmp_path, chroma_url=chroma_server.url)
    other = await Database.open(sqlite_url(tmp_path / "other"))
    places = [await own_place(settings, each, clock) for each in (database, other, database)]
    assert places[0] == places[2] != places[1]
    async with open_index(settings, database, clock) as one, open_index(settings, other, clock) as two:
        await one.create(NAME)
        assert await two.collections() == []
        await two.create(NAME)
        await two.drop(NAME)
        assert await one.collections() == [NAME]
    await other.close()
