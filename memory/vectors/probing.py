"""Whether the collections can be relied on: asked in a process of its own, which Chroma may take down or hold up."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

import memory
from core.clock import Clock
from core.errors import ConfigurationError, Unavailable
from memory.database import Database
from memory.vectors.collections import Collections
from memory.vectors.damage import SERVICE
from memory.vectors.findings import BROKEN, REFUSED, Findings, Known, Place, Question, Verdict, judged
from memory.vectors.known import known_of
from memory.vectors.lock import NEXT_STEP
from memory.vectors.turn import IndexTurn

log = structlog.get_logger(__name__)

TIME_LIMIT: Final = 60.0
"""Seconds for all collections. 100,000 vectors take about three, most of them to start."""

ROOT: Final = Path(memory.__file__).parents[1]


@dataclass(frozen=True)
class Told:
    """What one run of the probe told: findings as far as it came, and how it ended unless well."""

    opened: bool
    findings: tuple[Findings, ...]
    end: str | None


class Probing:
    """Probes the index at a place, and marks what is damaged."""

    def __init__(self, database: Database, place: Place, clock: Clock, *, time_limit: float = TIME_LIMIT) -> None:
        self._database = database
        self._place = place
        self._collections = Collections(database, clock)
        self._time_limit = time_limit

    async def probe(self) -> list[Verdict]:
        """A verdict for each active collection; the damaged ones are marked, so that they are searched no more.

        A folder must not be open in this process. Raises ConfigurationError when another process has it, and
        Unavailable when others write to the server at this moment, or the probe itself cannot be run.
        """
        if self._place.folder is not None:
            return await self._probe()
        async with IndexTurn(self._database).hold() as held:  # so that nothing is put in between
            if held is None:
                raise Unavailable(SERVICE, "another process writes to the index", next_step="Try again in a moment.")
            return await self._probe()

    async def _probe(self) -> list[Verdict]:
        active = [each for each in await self._collections.all() if each.state == "active"]
        known = [await self._database.read(partial(known_of, collection=each)) for each in active]
        verdicts = await self._ask(known)
        for verdict in verdicts:
            if verdict.sound is False:
                log.warning("a vector collection is damaged", collection=verdict.collection, problem=verdict.reason)
                await self._collections.mark_damaged(verdict.collection, verdict.reason or "")
        return verdicts

    async def _ask(self, known: Sequence[Known]) -> list[Verdict]:
        """Asks, after each collection that ends the probe in another process for the rest."""
        verdicts: list[Verdict] = []
        while len(verdicts) < len(known):
            rest = known[len(verdicts) :]
            told = await asyncio.to_thread(run, Question(place=self._place, known=tuple(rest)), self._time_limit)
            verdicts += [judged(*pair) for pair in zip(rest, told.findings, strict=False)]
            if told.end is None:
                break
            ended = rest[len(told.findings) :] if not told.opened else rest[len(told.findings) : len(told.findings) + 1]
            verdicts += [self._ended(each, told.end) for each in ended]
        return verdicts

    def _ended(self, known: Known, how: str) -> Verdict:
        """A server that does not answer is away; a folder that takes the process down is damaged."""
        findings = Findings(collection=known.collection, problem=how, is_damage=self._place.folder is not None)
        return judged(known, findings)


def run(question: Question, time_limit: float) -> Told:
    """Runs the probe to its end, or kills it after `time_limit` seconds.

    Raises ConfigurationError when another process has the folder, Unavailable when the probe itself does not work.
    """
    command = [sys.executable, "-P", "-m", "memory.vectors.probe"]
    given = question.model_dump_json().encode()
    try:
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, timeout=time_limit, env=_environment(), check=False
        )
    except subprocess.TimeoutExpired as late:
        return _told(late.stdout or b"", f"it did not answer within {time_limit:g} s")
    if done.returncode == REFUSED:
        raise ConfigurationError(done.stdout.decode().strip(), next_step=NEXT_STEP)
    if done.returncode == BROKEN:
        return _told(b"", done.stdout.decode().strip())
    if done.returncode > 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(SERVICE, f"the probe failed: {said[-1] if said else done.returncode}")
    return _told(
        done.stdout, f"it ended the process that asked, by signal {-done.returncode}" if done.returncode else None
    )


def _told(output: bytes, end: str | None) -> Told:
    """What stands on whole lines."""
    lines = output.decode(errors="replace").split("\n")[:-1]
    findings = tuple(Findings.model_validate_json(line) for line in lines[1:])
    return Told(opened=bool(lines), findings=findings, end=end)


def _environment() -> dict[str, str]:
    """That of this process without our settings, for the probe is told all it needs and no secret is its business."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))}
