"""What it takes until a call of one hour can be recalled, on one core: kept, embedded and in Chroma.

Beside it the embedding of the same texts alone: what is left is cutting, SQL and Chroma.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from bench.world import long_call
from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.clock import SystemClock
from core.scope import UNOWNED

HOUR_S = 3600


def measure() -> list[Figure]:
    """Wall seconds in a fresh process held to one core, the embedding model's loading included."""
    worker = subprocess.run(
        [sys.executable, "-m", "bench.indexing"], input=json.dumps(long_call(HOUR_S)), text=True, check=True,
        capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    kept, indexed, alone, texts = json.loads(worker.stdout)
    what = f"one-hour call ({texts} passages and findings)"
    return [
        Figure(f"{what}, kept and found by words", kept, "s", alone, "embedding its texts alone", "under 10 s"),
        Figure(f"{what}, embedded and in Chroma", indexed, "s", alone, "embedding its texts alone", "under 10 s"),
    ]


def _in_one_core() -> None:
    """Measure in this process and print `[kept, indexed, embedding alone, texts]` as JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from nodes.call_analysis.extractive import ExtractiveAnalyst
    from tools.gong.parse import parse_call_file

    call, transcript = parse_call_file(sys.stdin.read())
    if transcript is None:
        raise SystemExit("the call has no transcript")
    analysis = ExtractiveAnalyst().analyse(call, transcript)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_indexed(call, transcript, analysis, Path(folder)))))


async def _indexed(call: Call, transcript: Transcript, analysis: CallAnalysis, folder: Path) -> list[float]:
    from api.memory import open_database, open_memory
    from core.settings import Settings
    from memory.embedding.minilm import MiniLm

    settings = Settings(_env_file=None, data_dir=folder)
    async with open_database(settings) as database, open_memory(settings, database, SystemClock()) as memory:
        assert memory.upkeep is not None
        begin = time.perf_counter()
        await memory.kept.calls.keep(call, transcript, analysis, UNOWNED, embed=False)
        kept = time.perf_counter() - begin
        if problem := await memory.upkeep.once():
            raise SystemExit(problem)
        indexed = time.perf_counter() - begin
        texts = [each.text or "" for each in await memory.kept.entries.of_source(f"call:{call.id}")]
    minilm = MiniLm()
    begin = time.perf_counter()
    await minilm.embed(texts)
    alone = time.perf_counter() - begin
    await minilm.close()
    return [kept, indexed, alone, len(texts)]


if __name__ == "__main__":
    _in_one_core()
