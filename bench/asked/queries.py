"""What a query answer takes with a warm cache, and what a turn adds: its time, its storage, its memory.

Every question is asked in words of its own kind, by the owner of the machine, on threads that go on. The time until
the answer is composed is what a person waits for; after it the turn is kept in memory.
"""

import os
import re
import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.asking import Asking, Question
from bench.asked.house import open_house, spent
from bench.figure import Figure, percentile
from core.people import TERMINAL

KINDS: Final = {
    "a list with filters": "deals closing this month over 50k",
    "tasks": "which tasks are overdue",
    "who owns": "who owns Kestrel Residential",
    "counts by stage": "how many deals per stage",
    "sums by owner": "pipeline by owner",
    "last call": "last call with Kestrel Residential",
    "top five": "top 5 deals by amount",
    "signals of calls": "how many price objections this quarter",
}
ROUNDS: Final = 20
THREAD_TURNS: Final = 100
PRUNED: Final = (16, 96)
"""Turns after which a thread has been pruned: what was stored in between is what stays."""
AROUND: Final = 8
"""Turns around the tenth and the hundredth, of which each is the median: one of them prunes."""


@dataclass(frozen=True)
class Took:
    """Milliseconds of one turn: until the answer, until all was kept, and of CPU."""

    answered: float
    kept: float
    cpu: float


async def queries(folder: Path) -> list[Figure]:
    """Percentiles over all kinds, the medians of each, and a thread's turn 100 beside its turn 10."""
    async with open_house(folder) as asking:
        for question in KINDS.values():
            await _ask(asking, question, "warm")
        took = {kind: [await _ask(asking, question, f"{kind} {number % 4}") for number in range(ROUNDS)]
                for kind, question in KINDS.items()}  # fmt: skip
        return [*_of_all(took), *_of_each(took), *await _thread(asking, folder), _resident()]


def _of_all(took: dict[str, list[Took]]) -> list[Figure]:
    every = [one for some in took.values() for one in some]
    cpu = percentile([one.cpu for one in every], 0.5)
    return [
        Figure("a query answer, warm cache, p50", _of(every, "answered", 0.5), "ms", cpu, "CPU with all that is kept",
               "under 30 ms"),
        Figure("a query answer, warm cache, p95", _of(every, "answered", 0.95), "ms", cpu, "the same"),
        Figure("  and the turn kept, p50", _of(every, "kept", 0.5), "ms", cpu, "the same"),
    ]  # fmt: skip


def _of_each(took: dict[str, list[Took]]) -> list[Figure]:
    return [
        Figure(f"  {kind}, p50", _of(some, "answered", 0.5), "ms", _of(some, "answered", 0.95), "p95")
        for kind, some in took.items()
    ]


async def _thread(asking: Asking, folder: Path) -> list[Figure]:
    """One thread of a hundred turns, by every kind of question in turns."""
    name, questions = uuid.uuid4().hex, list(KINDS.values())
    taken: list[Took] = []
    stored: list[int] = []
    for number in range(THREAD_TURNS + AROUND // 2):
        taken.append(await _ask(asking, questions[number % len(questions)], name))
        stored.append(_stored(folder))
    early, late = taken[10 - AROUND // 2 : 10 + AROUND // 2], taken[THREAD_TURNS - AROUND // 2 :]
    grown = (stored[PRUNED[1] - 1] - stored[PRUNED[0] - 1]) / (PRUNED[1] - PRUNED[0]) / 1024
    return [
        Figure("turn 100 of a thread", _of(late, "kept", 0.5), "ms", _of(early, "kept", 0.5), "turn 10", "as turn 10"),
        Figure("turn 100 of a thread, CPU", _of(late, "cpu", 0.5), "ms", _of(early, "cpu", 0.5), "turn 10"),
        Figure("stored for each turn, indexes included", grown, "KB", 0, "nothing kept", "at most 4 KB"),
    ]


async def _ask(asking: Asking, question: str, thread: str) -> Took:
    told: list[int] = []

    async def work() -> None:
        told.append((await asking.ask(Question(question, thread), TERMINAL)).milliseconds)

    kept, cpu = await spent(work)
    return Took(told[0], kept, cpu)


def _of(took: Sequence[Took], what: str, share: float) -> float:
    return percentile([float(getattr(one, what)) for one in took], share)


def _stored(folder: Path) -> int:
    """Bytes that the database is in use of, its indexes included."""
    [file] = folder.glob("demo/*/sophia/sophia.db")
    with closing(sqlite3.connect(file)) as connection:
        pages, free, size = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size


def _resident() -> Figure:
    """Of this process, in which the sandbox runs too."""
    status = Path(f"/proc/{os.getpid()}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return Figure("resident after all that, sandbox and MiniLM included", int(found[1]) / 1024 if found else 0, "MB",
                  0, "no process")  # fmt: skip
