"""`sophia memory reindex`: the vector index made anew from the database."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.progress import TaskID

from api.logs import settings_with_logs
from api.memory import OpenMemory, open_database, open_memory
from api.memory_kinds import known_kinds
from api.terminal import notices, progress, results
from core.clock import clock_at
from memory.database import Database
from memory.standing import standing
from memory.store.entry import Kind
from memory.vectors import adoption
from memory.vectors.rebuilding import Progress, Report


async def reindex(kinds: Sequence[str], *, as_json: bool) -> None:
    """The command: makes the collections of these kinds anew, all if none is named, and says how much is in them."""
    wanted = known_kinds(kinds)
    settings = settings_with_logs()
    began = time.monotonic()
    async with open_database(settings) as database:
        clock = clock_at(settings.fixed_clock)
        async with open_memory(settings, database, clock) as memory:
            before = await standing(database, memory.embedder.model, clock.now())
            with _shown() as report:
                for each in before:
                    if each.kind in wanted and each.vectors + each.unembedded:
                        await _make_anew(database, memory, each.kind, report)
            after = await standing(database, memory.embedder.model, clock.now())
    made = {each.kind: each.vectors for each in after if each.kind in wanted and each.vectors}
    _print(made, time.monotonic() - began, as_json=as_json)


async def _make_anew(database: Database, memory: OpenMemory, kind: Kind, report: Report) -> None:
    """Rebuilds a kind's collection, or changes it to the present model where vectors of it are another one's."""
    assert memory.rebuilding is not None and memory.indexer is not None  # the index was needed
    needed = partial(adoption.is_needed, kind=kind, model=memory.embedder.model)
    work = memory.rebuilding.adopt if await database.read(needed) else memory.rebuilding.rebuild
    await work(kind, report)
    await memory.indexer.drain()


@contextmanager
def _shown() -> Iterator[Report]:
    """A bar for each kind and step, on stderr."""
    with progress(notices()) as bars:
        tasks: dict[tuple[str, bool], TaskID] = {}

        def report(at: Progress) -> None:
            step = (at.kind, at.is_embedding)
            if step not in tasks:
                tasks[step] = bars.add_task(f"{at.kind}: {'embedding' if at.is_embedding else 'indexing'}")
            bars.update(tasks[step], completed=at.done, total=at.total)

        yield report


def _print(made: dict[Kind, int], seconds: float, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"vectors": made, "seconds": round(seconds, 2)}, indent=2) + "\n")
        return
    told = ", ".join(f"{count:,} of {kind}" for kind, count in made.items())
    results().print(f"Made anew in {seconds:.1f} s: {told} vectors." if made else "There is nothing to index yet.")
