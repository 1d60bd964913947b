"""What a call of one hour takes the extractive analyst on one core, in time and memory, beside reading it alone."""

import json
import os
import resource
import subprocess
import sys
import time

from bench.figure import Figure
from bench.world import long_call

HOUR_S = 3600


def measure() -> list[Figure]:
    """Wall seconds in a fresh process held to one core: the first call with the model's loading, and the next one."""
    worker = subprocess.run(
        [sys.executable, "-m", "bench.analysis"], input=json.dumps(long_call(HOUR_S)), text=True, check=True,
        capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    read, first, again, sentences, words, before, peak = json.loads(worker.stdout)
    what = f"{sentences:,} sentences, {words:,} words"
    return [
        Figure(f"one-hour call, model loaded first ({what})", first, "s", read, "reading the call's JSON", "under 2 s"),
        Figure("one-hour call, model loaded", again, "s", read, "reading the call's JSON", "under 2 s"),
        Figure("memory at most while reading it", peak, "MB", before, "before the analyst is loaded", "under 600 MB"),
    ]


def _in_one_core() -> None:
    """Measure in this process and print `[read, first, again, sentences, words, MB before, MB at most]` as JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    text = sys.stdin.read()
    from tools.gong.parse import parse_call_file

    begin = time.perf_counter()
    call, transcript = parse_call_file(text)
    read = time.perf_counter() - begin
    if transcript is None:
        raise SystemExit("the call has no transcript")
    before = _peak_mb()
    begin = time.perf_counter()
    from nodes.call_analysis.extractive import ExtractiveAnalyst

    analyst = ExtractiveAnalyst()
    analyst.analyse(call, transcript)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    analyst.analyse(call, transcript)
    again = time.perf_counter() - begin
    sentences = [sentence.text for turn in transcript.turns for sentence in turn.sentences]
    words = sum(len(text.split()) for text in sentences)
    print(json.dumps([read, first, again, len(sentences), words, before, _peak_mb()]))


def _peak_mb() -> float:
    """The most memory this process has had resident, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    _in_one_core()
