"""Memory written by processes that are killed: nothing acknowledged is lost, and recall is right afterwards."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from sqlalchemy import select
from sqlmodel import col

from core.clock import SystemClock
from core.settings import load_settings
from memory.database import Database, sqlite_url
from memory.store.entries import Entries
from memory.tables import MemoryItemRow, MemoryVectorRow
from memory.vectors.collections import Collections
from memory.vectors.configured import FOLDER, open_index
from memory.vectors.indexing import Indexer
from memory.vectors.rebuilding import Rebuilding
from memory.vectors.upkeep import Upkeep
from tests.chaos.forks import ROOT
from tests.chaos.memory_writer import Order, entry_of, text_of
from tests.chaos.tally import Tally
from tests.memory.vectors.directions import WordDirections

if TYPE_CHECKING:
    from chromadb.api.client import Client

ROUNDS = 4
KILLS = 25
"""Kills in each round; a round has a folder and a database of its own, and is recovered from once, at its end."""

BACKLOG = 1000
LONGEST_MS = 250
KILLED = -9
FAR_APART = 100_000
"""Numbers of turns that one process may use up."""

ABOUT = "memory killed while it is written"


@dataclass
class Writers:
    """The program that forks writers, and what they acknowledged."""

    process: "subprocess.Popen[str]"
    acknowledged: set[int] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def run(self, order: Order) -> int:
        """Runs one writer to its end and returns its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(order)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        for line in answer["said"]:
            what, _, numbers = line.partition(" ")
            self._heard(what, json.loads(numbers))
        ended: int = answer["ended"]
        return ended

    def _heard(self, what: str, told: Any) -> None:
        if what == "refused":
            self.refusals.append(told)
        elif what == "removing":  # from now on they may be gone, although nobody has said so yet
            self.acknowledged -= set(told)
        else:
            self.acknowledged |= set(told)


@pytest.fixture
def writers() -> Iterator[Writers]:
    command = [sys.executable, "-m", "tests.chaos.memory_writer"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Writers(process)


@pytest.mark.parametrize("round", range(ROUNDS))
async def test_no_kill_loses_what_was_acknowledged_and_all_of_it_is_found_again(
    round: int, writers: Writers, tmp_path: Path, tally: Tally
) -> None:
    random = Random(round)
    url, folder = sqlite_url(tmp_path), tmp_path / FOLDER
    writers.acknowledged |= await backlog(url)
    for kill in range(KILLS):
        after = random.uniform(0, LONGEST_MS)
        order = Order(url, str(folder), FAR_APART * (kill + 1), after, from_start=random.random() < 0.2)
        ended = await asyncio.to_thread(writers.run, order)
        tally.add(ABOUT, "kills", ended == KILLED)
        if ended != KILLED:  # Chroma took it down: somebody starts Sophia again
            tally.add(ABOUT, "writers that Chroma took down")
            await restarted(url, tmp_path, tally)

    database = await Database.open(url)
    lost = writers.acknowledged - await kept_numbers(database)
    await restarted(url, tmp_path, tally)
    unfound = await asyncio.to_thread(unfound_numbers, folder, await active_name(database), writers.acknowledged)
    ghosts = await asyncio.to_thread(ids_in, folder, await active_name(database)) ^ await vector_ids(database)
    await database.close()

    counts = {"acknowledged": len(writers.acknowledged), "lost": len(lost)}
    for name, number in {**counts, "not found": len(unfound), "ghosts or missing": len(ghosts)}.items():
        tally.add(ABOUT, name, number)
    assert len(writers.acknowledged) > 0
    assert lost == set()
    assert unfound == set()
    assert ghosts == set()


async def test_a_second_process_at_the_same_folder_is_refused(writers: Writers, tmp_path: Path, tally: Tally) -> None:
    order = Order(sqlite_url(tmp_path), str(tmp_path / FOLDER), FAR_APART, after_ms=100)
    database = await Database.open(order.url)
    async with open_index(load_settings(data_dir=tmp_path), database, SystemClock()):
        assert await asyncio.to_thread(writers.run, order) != KILLED
    await database.close()

    [refusal] = writers.refusals
    assert f"in use by process {os.getpid()} on" in refusal
    assert writers.acknowledged == set()
    tally.add("a second process at one folder", "refused", len(writers.refusals))


async def backlog(url: str) -> set[int]:
    """Puts much that the index is yet to be told of, so that a kill mostly comes while it is."""
    numbers = range(BACKLOG)
    database = await Database.open(url)
    await Entries(database, WordDirections(), SystemClock()).put([entry_of(number) for number in numbers])
    await database.close()
    return set(numbers)


async def restarted(url: str, data_dir: Path, tally: Tally) -> None:
    """Opens the index as Sophia does, and brings it to rest."""
    embedder, clock = WordDirections(), SystemClock()
    database = await Database.open(url)
    async with open_index(load_settings(data_dir=data_dir), database, clock) as index:
        states = [each.state for each in await Collections(database, clock).all()]
        indexer = Indexer(database, index, embedder, clock)
        upkeep = Upkeep(indexer, Rebuilding(database, index, embedder, clock, indexer))
        assert await upkeep.once() is None
        assert indexer.state.waiting == 0
    await database.close()
    tally.add(ABOUT, "damaged and rebuilt", states.count("damaged") + states.count("retired"))


async def active_name(database: Database) -> str:
    [collection] = await Collections(database, SystemClock()).all()
    assert collection.state == "active"
    return collection.name


async def kept_numbers(database: Database) -> set[int]:
    keys = await database.read(lambda session: session.scalars(select(col(MemoryItemRow.key))).all())
    return set(map(int, keys))


async def vector_ids(database: Database) -> set[str]:
    return set(await database.read(lambda session: session.scalars(select(col(MemoryVectorRow.id))).all()))


def unfound_numbers(folder: Path, name: str, numbers: set[int]) -> set[int]:
    """Which turns a search for their own text does not find, asked of Chroma itself."""
    embedder = WordDirections()
    client = opened(folder)
    collection = client.get_collection(name, embedding_function=None)
    missed: set[int] = set()
    ordered = sorted(numbers)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        vectors = asyncio.run(embedder.embed([text_of(number) for number in some]))
        near = collection.query(query_embeddings=list(vectors), n_results=1, include=["distances"])
        distances = np.asarray(near["distances"])[:, 0]
        missed |= {number for number, distance in zip(some, distances, strict=True) if distance > 0.001}
    client.close()
    return missed


def ids_in(folder: Path, name: str) -> set[str]:
    """All ids of a collection."""
    client = opened(folder)
    ids = set(client.get_collection(name, embedding_function=None).get(include=[])["ids"])
    client.close()
    return ids


def opened(folder: Path) -> "Client":
    """Chroma without anything of ours between."""
    import chromadb

    return cast("Client", chromadb.PersistentClient(path=str(folder)))
