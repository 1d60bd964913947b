"""Recall over 100,000 passages of calls: time, memory and opening, beside Chroma's and FTS5's own search alone.

Making so many takes some minutes. To measure the same ones again: `python -m bench.recall make FOLDER`, and then
`python -m bench.recall measure FOLDER`. Words are as frequent as in a language, and vectors lie near centres as those
of subjects do; embedding the question is not counted.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert

from bench.figure import Figure, percentile
from core.clock import FixedClock
from core.scope import EVERYTHING, Scope, owned_by
from memory.database import Database, sqlite_url
from memory.embedding.port import Vectors
from memory.recall.access import access
from memory.recall.asked import Asked
from memory.recall.lexical import Lexical
from memory.recall.recall import CANDIDATES, Recall
from memory.store.entry import KINDS
from memory.store.nearest import TIMES_ASKED, Nearest
from memory.store.packing import pack
from memory.tables import MemoryCollectionRow, MemoryItemRow, MemoryVectorRow, Table
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.lock import FolderLock

PASSAGES = 100_000
WORDS = 135
VOCABULARY = 30_000
CENTRES = 500
SPREAD = 0.04
"""Of each dimension around its centre, so that two passages of one subject have a cosine of some 0.6."""

OWNERS = 200
PASSAGES_OF_A_CALL = 50
QUESTIONS = 200
QUESTION_WORDS = 6
AT_ONCE = 5_000

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TENANT, KIND = "main", "call_passages"
MODEL, DIMENSIONS = "minilm-l6-384", 384
COLLECTION = f"{KIND}__{MODEL}__v1"

SCOPES = {
    "everything": EVERYTHING,
    "a fifth": Scope(audiences=frozenset(owned_by(str(owner)) for owner in range(OWNERS // 5))),
    "a twentieth": Scope(audiences=frozenset(owned_by(str(owner)) for owner in range(OWNERS // 20))),
    "one owner of 200": Scope(audiences=frozenset({owned_by("0")})),
}

Vector = NDArray[np.float32]
Measured = Mapping[str, list[float]]


def measure() -> list[Figure]:
    """Milliseconds a question, one after the other; megabytes of a process with both open; seconds to open."""
    with tempfile.TemporaryDirectory() as folder:
        _child("make", folder)
        return figures(json.loads(_child("measure", folder)))


def figures(found: Measured) -> list[Figure]:
    """What was measured, each beside its baseline."""
    (memory, bare), (opened, imported) = found["memory"], found["open"]
    rows = []
    for scope in SCOPES:
        for share, name, goal in ((0.5, "p50", ""), (0.95, "p95", "under 30 ms")):
            alone = percentile(found["Chroma"], share) + percentile(found["FTS5"], share)
            of_all = percentile(found[scope], share)
            rows.append(
                Figure(f"recall, {scope}, {name}", of_all, "ms", alone, "Chroma's and FTS5's query alone", goal)
            )
    return [
        *rows,
        Figure("Chroma's query alone, p95", percentile(found["Chroma"], 0.95), "ms", percentile(found["FTS5"], 0.95),
               "FTS5's alone"),
        Figure(f"memory with {PASSAGES:,} passages", memory, "MB", bare, "before they are opened", "under 700 MB"),
        Figure("open, with the first answer", opened, "s", imported, "importing Chroma", "under 2 s"),
    ]  # fmt: skip


class Prepared:
    """Vectors of the questions made beforehand: an embedder that takes no time."""

    def __init__(self, vectors: Mapping[str, Vector]) -> None:
        self.model, self.dimensions = MODEL, DIMENSIONS
        self._vectors = vectors

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of these questions."""
        return np.stack([self._vectors[text] for text in texts])

    async def close(self) -> None:
        """Holds nothing."""


class World:
    """What is said and what is asked."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._words = np.array([f"w{number:x}" for number in range(VOCABULARY)])
        weights = 1 / (np.arange(VOCABULARY) + 2.7)  # Zipf's law, as Mandelbrot put it
        self._share = weights / weights.sum()
        self._centres = _unit(np.random.default_rng(0).standard_normal((CENTRES, DIMENSIONS)))

    def texts(self, count: int, words: int) -> list[str]:
        """So many texts of so many words."""
        return [" ".join(row) for row in self._words[self._random.choice(VOCABULARY, (count, words), p=self._share)]]

    def vectors(self, count: int) -> Vectors:
        """So many vectors near the centres."""
        centres = self._centres[self._random.integers(CENTRES, size=count)]
        return _unit(centres + SPREAD * self._random.standard_normal((count, DIMENSIONS)))


async def make(folder: Path) -> None:
    """Fills the database and Chroma past our own ways in, which are made for a call at a time."""
    import chromadb

    world, database = World(1), await Database.open(sqlite_url(folder))
    async with _index(folder) as index:
        await index.create(COLLECTION)
    collection = chromadb.PersistentClient(str(folder / "chroma")).get_collection(COLLECTION, embedding_function=None)
    active = {"name": COLLECTION, "kind": KIND, "model": MODEL, "version": 1, "state": "active"}
    await _put(database, MemoryCollectionRow, [active | {"created_at": NOW, "updated_at": NOW}])
    for first in range(0, PASSAGES, AT_ONCE):
        texts, vectors = world.texts(AT_ONCE, WORDS), world.vectors(AT_ONCE)
        items = [_item(first + number, text) for number, text in enumerate(texts)]
        rows = [_vector(item, vector) for item, vector in zip(items, vectors, strict=True)]
        await _put(database, MemoryItemRow, items)
        await _put(database, MemoryVectorRow, rows)
        told = [{"item": item["id"], "audience": item["audience"]} for item in items]
        collection.upsert(ids=[row["id"] for row in rows], embeddings=vectors, metadatas=told)  # type: ignore[arg-type]
    await database.close()


async def measured(folder: Path) -> Measured:
    """Samples of each, of a process that does nothing else."""
    bare, begin = _resident_megabytes(), time.perf_counter()
    import chromadb  # noqa: F401

    imported = time.perf_counter() - begin
    world = World(2)
    questions = dict(zip(world.texts(QUESTIONS, QUESTION_WORDS), world.vectors(QUESTIONS), strict=True))
    first = next(iter(questions))
    begin = time.perf_counter()
    async with _index(folder) as index:
        database = await Database.open(sqlite_url(folder))
        embedder, lexical = Prepared(questions), Lexical(database)
        recall = Recall(database, Nearest(database, index, embedder), lexical, embedder, FixedClock(NOW), TENANT)
        await recall.recall(first, EVERYTHING)
        found = {"open": [imported + time.perf_counter() - begin, imported]}
        everything = Asked(access(EVERYTHING, TENANT), NOW, KINDS).wanted()
        asked = TIMES_ASKED * CANDIDATES
        for scope, allowed in SCOPES.items():
            found[scope] = await _times(questions, partial(recall.recall, scope=allowed))
        found["Chroma"] = await _times(
            questions, lambda each: index.nearest(COLLECTION, questions[each].tolist(), asked)
        )
        found["FTS5"] = await _times(questions, lambda each: lexical.best(each, CANDIDATES, everything))
        found["memory"] = [_resident_megabytes(), bare]
        await database.close()
    return found


async def _times(questions: Mapping[str, Vector], ask: Callable[[str], Awaitable[Any]]) -> list[float]:
    samples = []
    for question in questions:
        begin = time.perf_counter()
        await ask(question)
        samples.append(1000 * (time.perf_counter() - begin))
    return samples


def _item(number: int, text: str) -> dict[str, Any]:
    call, position = divmod(number, PASSAGES_OF_A_CALL)
    audience, start_ms = owned_by(str(call % OWNERS)), position * 60_000
    return {
        "id": number + 1,
        "namespace": f"{TENANT}.{audience}.{KIND}.",
        "key": str(number),
        "value": {"text": text, "speaker": "Ana", "start_ms": start_ms, "link": f"https://app.gong.io/call?id={call}"},
        "kind": KIND,
        "tenant": TENANT,
        "audience": audience,
        "source": f"call:{call}",
        "position": position,
        "at": NOW - timedelta(days=call % 700),
        "text": text,
        "content_hash": f"{number:064x}",
        "created_at": NOW,
        "updated_at": NOW,
    }


def _vector(item: Mapping[str, Any], vector: Vector) -> dict[str, Any]:
    id = f"{KIND}:{item['id']}:0:{item['id']:08x}"
    columns = {"id": id, "model": MODEL, "item_id": item["id"], "kind": KIND, "path": "text", "text": item["text"]}
    return columns | {"vector": pack(vector)}


async def _put(database: Database, row: type[Table], values: Sequence[Mapping[str, Any]]) -> None:
    table = row.__table__  # type: ignore[attr-defined]
    await database.write(lambda session: session.execute(insert(table), values))


@asynccontextmanager
async def _index(folder: Path) -> AsyncIterator[EmbeddedIndex]:
    lock = FolderLock(folder / "chroma")
    lock.take()
    index = await EmbeddedIndex.open(lock)
    try:
        yield index
    finally:
        await index.close()


def _unit(vectors: NDArray[np.float64]) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _resident_megabytes() -> float:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if match is None:
        raise SystemExit("this machine does not tell a process's memory in /proc")
    return int(match[1]) / 1024


def _child(what: str, folder: str) -> str:
    command = [sys.executable, "-m", "bench.recall", what, folder]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        asyncio.run(make(Path(sys.argv[2])))
    elif sys.argv[1:2] == ["measure"]:
        print(json.dumps(asyncio.run(measured(Path(sys.argv[2])))))
    else:
        print(measure())
