"""Processes that write memory and are killed: a program of its own that forks them, for starting one takes a second.

It reads a line of JSON on stdin for each process, forks it, kills it at the moment that was asked for, and answers with
a line: what the process has acknowledged, and how it ended. What it writes into its pipe outlives it.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Never

import structlog

from core.clock import SystemClock
from core.errors import ConfigurationError
from memory.database import Database
from memory.store.entries import Entries
from memory.store.entry import Entry, namespace_of
from memory.vectors.batches import COSINE
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from tests.memory.vectors.directions import WordDirections

OPEN = "open"
"""The first line of a process, once it begins to write."""

AT_ONCE = 40
"""Turns in one put."""

TAKEN_OUT = 4
"""How many of the put before are removed with it."""

PATIENCE = 10
"""Times what a process is to work for: it may wait for the disk, or for others, no longer than that."""

LATE = ("alembic.command", "chromadb.api.rust", "filelock")
"""What is imported only when it is needed; here before the first fork."""

OFTEN = {"sync_threshold": 20, "batch_size": 10}
"""Points after which Chroma writes its graph to files, which is when a kill does harm; a thousand otherwise."""

NAMESPACE = namespace_of("main", "place:C1", "conversation")


@dataclass(frozen=True)
class Order:
    """One process: killed once it has worked for `after_ms` since it began to write, or since its start."""

    url: str
    folder: str
    first: int
    after_ms: float
    from_start: bool = False


def text_of(number: int) -> str:
    """What turn `number` says; no other one says the same."""
    return f"turn-{number} of call-{number // 7} about topic-{number % 11}"


def entry_of(number: int) -> Entry:
    return Entry(
        namespace=NAMESPACE, key=str(number), value={"number": number}, kind="conversation", audience="place:C1",
        source="thread:slack-C1", position=number, text=text_of(number), embedded={"text": text_of(number)},
    )  # fmt: skip


def main() -> None:
    """Serves until stdin is closed."""
    for name in LATE:
        importlib.import_module(name)
    COSINE["hnsw"].update(OFTEN)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for answers
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carried_out(Order(**json.loads(line)))) + "\n")
        sys.stdout.flush()


def carried_out(order: Order) -> dict[str, object]:
    """Forks the process, kills it in time, and tells what it said and the signal that ended it."""
    assert threading.active_count() == 1, threading.enumerate()
    told, telling = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(told)
        write(order, telling)
    os.close(telling)
    with os.fdopen(told, "rb") as pipe:
        said = b"" if order.from_start else pipe.readline()
        let_work(process, order.after_ms / 1000)
        os.kill(process, signal.SIGKILL)
        said += pipe.read()
    _, status = os.waitpid(process, 0)
    lines = [line for line in said.decode().split("\n")[:-1] if line != OPEN]  # the last one may be half a line
    return {"said": lines, "ended": os.waitstatus_to_exitcode(status)}


def let_work(process: int, seconds: float) -> None:
    """Waits until the process has had the processor for so long: on a busy machine it would else be killed idle."""
    clock = ~process << 3 | 2  # how Linux numbers the clock of another process's time on the processor
    until = time.clock_gettime(clock) + seconds
    latest = time.monotonic() + PATIENCE * seconds
    while time.clock_gettime(clock) < until and time.monotonic() < latest:
        time.sleep(0.001)


def write(order: Order, telling: int) -> Never:
    """Writes until it is killed."""
    try:
        asyncio.run(_write(order, telling))
    except ConfigurationError as error:
        os.write(telling, f"refused {json.dumps(str(error))}\n".encode())
    finally:
        os._exit(1)


async def _write(order: Order, telling: int) -> None:
    embedder, clock = WordDirections(), SystemClock()
    database = await Database.open(order.url)
    lock = FolderLock(Path(order.folder))
    lock.take()
    lock.mark()
    entries = Entries(database, embedder, clock)
    indexer = Indexer(database, await EmbeddedIndex.open(lock), embedder, clock)
    os.write(telling, f"{OPEN}\n".encode())
    await asyncio.gather(_put(entries, order, telling), _drain(indexer))


async def _put(entries: Entries, order: Order, telling: int) -> Never:
    for start in count(order.first, AT_ONCE):
        numbers = list(range(start, start + AT_ONCE))
        gone = list(range(start - TAKEN_OUT, start)) if start > order.first else []
        os.write(telling, f"removing {json.dumps(gone)}\n".encode())
        await entries.put(
            [entry_of(number) for number in numbers], remove=[(NAMESPACE, str(number)) for number in gone]
        )
        os.write(telling, f"done {json.dumps(numbers)}\n".encode())
    raise AssertionError


async def _drain(indexer: Indexer) -> Never:
    while True:
        await indexer.drain()


if __name__ == "__main__":
    main()
