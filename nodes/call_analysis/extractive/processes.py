"""The extractive analyst in processes of its own, so that many calls at once are read on many cores.

Reading a call is work for a processor, and Python's threads share one. A process is begun with the first call it gets
and holds what was learnt; one that dies (killed for its memory, say) is replaced, and the call is read once more.
"""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from threading import Lock

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from nodes.call_analysis.extractive.analyst import ExtractiveAnalyst


class ProcessAnalyst:
    """Reads calls in up to `processes` processes; what it says is what ExtractiveAnalyst says. Thread-safe."""

    name = ExtractiveAnalyst.name
    version = ExtractiveAnalyst.version

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._lock = Lock()
        self._pool = self._new_pool()

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis:
        """The analysis of a call; raises BrokenProcessPool when two processes in a row died over it."""
        pool = self._pool
        try:
            return pool.submit(_analyse, call, transcript).result()
        except BrokenProcessPool:
            return self._instead_of(pool).submit(_analyse, call, transcript).result()

    def close(self) -> None:
        """Ends the processes, without waiting for what nobody will read."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _instead_of(self, broken: ProcessPoolExecutor) -> ProcessPoolExecutor:
        """The pool that replaces a broken one; whoever notices first makes it."""
        with self._lock:
            if self._pool is broken:
                broken.shutdown(wait=False)
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ProcessPoolExecutor:
        # Spawned, not forked: this process has threads and open connections.
        return ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"))


def _analyse(call: Call, transcript: Transcript) -> CallAnalysis:
    return ExtractiveAnalyst().analyse(call, transcript)
