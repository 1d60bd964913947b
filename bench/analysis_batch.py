"""How long a hundred calls take the extractive analyst on one core and on all of them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from bench.figure import Figure
from core.calls import Call, Transcript
from nodes.call_analysis.extractive.processes import ProcessAnalyst
from tools.gong.parse import parse_call_file

CALLS = Path(__file__).parent.parent / "sandbox" / "data" / "calls"
BATCH = 100


def measure() -> list[Figure]:
    """Seconds for the bundled calls, over and over up to a hundred, in one process and in one for each core."""
    parsed = [parse_call_file(path.read_text()) for path in sorted(CALLS.glob("*.json"))]
    whole = [(call, transcript) for call, transcript in parsed if transcript is not None]
    batch = list(islice(cycle(whole), BATCH))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    one = _seconds(1, batch)
    return [Figure(f"{BATCH} calls, {cores} processes", _seconds(cores, batch), "s", one, "one process", "scales")]


def _seconds(processes: int, batch: list[tuple[Call, Transcript]]) -> float:
    """Wall seconds once every process has read what was learnt."""
    analyst = ProcessAnalyst(processes)
    with ThreadPoolExecutor(processes) as threads:
        list(threads.map(lambda pair: analyst.analyse(*pair), batch[: 2 * processes]))
        begin = time.perf_counter()
        list(threads.map(lambda pair: analyst.analyse(*pair), batch))
        took = time.perf_counter() - begin
    analyst.close()
    return took
