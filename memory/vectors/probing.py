"""Whether the collections can be relied on: asked in a process of its own, which Chroma may take down or hold up."""

import asyncio
import math
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
from memory.vectors.claim import FolderClaim
from memory.vectors.collections import Collections
from memory.vectors.damage import SERVICE
from memory.vectors.findings import BROKEN, REFUSED, Findings, Known, Place, Question, Verdict, judged
from memory.vectors.known import known_of
from memory.vectors.lock import NEXT_STEP
from memory.vectors.turn import IndexTurn

log = structlog.get_logger(__name__)

TIME_LIMIT: Final = 60.0
"""Seconds for all collections. 100,000 vectors take about three, most of them to start."""

SPARE: Final = 5
"""Seconds more that a probe has before it ends by itself: only where nobody is there to end it."""

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

        A folder must not be open in this process. Raises ConfigurationError when another process has it, or the
        collections in a folder of its own, and Unavailable when others write to the server at this moment, or the probe
        itself cannot be run.
        """
        if self._place.folder is not None:
            await FolderClaim(self._database, self._place.folder).check()
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
            told = await run(self._place, rest, self._time_limit)
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


async def run(place: Place, known: Sequence[Known], time_limit: float) -> Told:
    """Runs the probe to its end, or kills it after `time_limit` seconds, and at once when this is cancelled.

    Raises ConfigurationError when another process has the folder, Unavailable when the probe itself does not work.
    """
    question = Question(place=place, known=tuple(known), seconds=math.ceil(time_limit) + SPARE)
    process = _started()
    answered = asyncio.to_thread(_answered, process, question.model_dump_json().encode(), time_limit)
    asking = asyncio.create_task(answered)
    try:
        return await asyncio.shield(asking)
    except asyncio.CancelledError:
        process.kill()
        await asyncio.wait([asking])
        raise


def _started() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "memory.vectors.probe"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment())  # noqa: S603


def _answered(process: "subprocess.Popen[bytes]", question: bytes, time_limit: float) -> Told:
    try:
        output, errors = process.communicate(question, timeout=time_limit)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        return _told(output, f"it did not answer within {time_limit:g} s")
    if process.returncode == REFUSED:
        raise ConfigurationError(output.decode().strip(), next_step=NEXT_STEP)
    if process.returncode == BROKEN:
        return _told(b"", output.decode().strip())
    if process.returncode > 0:
        said = errors.decode(errors="replace").strip().splitlines()
        raise Unavailable(SERVICE, f"the probe failed: {said[-1] if said else process.returncode}")
    signal = -process.returncode
    return _told(output, f"it ended the process that asked, by signal {signal}" if signal else None)


def _told(output: bytes, end: str | None) -> Told:
    """What stands on whole lines."""
    lines = output.decode(errors="replace").split("\n")[:-1]
    findings = tuple(Findings.model_validate_json(line) for line in lines[1:])
    return Told(opened=bool(lines), findings=findings, end=end)


def _environment() -> dict[str, str]:
    """That of this process without our settings, for the probe is told all it needs and no secret is its business."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))}
