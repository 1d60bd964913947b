"""How an agent fares in this process: running means of success and latency, its load, and its circuit breaker."""

from dataclasses import dataclass
from typing import Final

from memory.agents import Breaker, load_of

WEIGHT: Final = 0.2
"""Of the newest answer in a running mean: the last ten say nearly all."""

SLOW_MS: Final = 10_000.0
"""At this latency an agent is worth half of one that answers at once."""

FAILURES: Final = 5
"""In a row, after which an agent is left alone."""

PAUSE_S: Final = 30.0
"""For so long at first, twice as long each time it fails at the next try, up to LONGEST_PAUSE_S."""

LONGEST_PAUSE_S: Final = 300.0


@dataclass
class Health:
    """One agent. Moments are seconds of a monotonic clock."""

    capacity: int
    running: int = 0
    waiting: int = 0
    answered: int = 0
    failed: int = 0
    success: float = 1.0
    latency_ms: float = 0.0
    failures_in_row: int = 0
    pause_s: float = PAUSE_S
    open_until: float | None = None

    @property
    def load(self) -> float:
        """From 0, idle, to 1, full."""
        return load_of(self.running, self.waiting, self.capacity)

    @property
    def performance(self) -> float:
        """From 0 to 1: how often it succeeds, less for one that is slow."""
        return self.success / (1 + self.latency_ms / SLOW_MS)

    @property
    def score(self) -> float:
        """By which one of several agents is chosen."""
        return self.performance * (1 - self.load)

    def breaker(self, now: float) -> Breaker:
        """Whether it may be asked: `half open` lets one task through to see whether it is well again."""
        if self.open_until is None:
            return "closed"
        return "open" if now < self.open_until else "half open"

    def may_be_asked(self, now: float) -> bool:
        """Whether the breaker lets a task through."""
        state = self.breaker(now)
        return state == "closed" or (state == "half open" and self.running == 0)

    def succeeded(self, took_ms: float) -> None:
        """Notes an answer; the breaker closes."""
        self.answered += 1
        self.success += WEIGHT * (1 - self.success)
        self._took(took_ms)
        self.failures_in_row, self.open_until, self.pause_s = 0, None, PAUSE_S

    def has_failed(self, now: float, took_ms: float) -> None:
        """Notes a failure; after several in a row, or one at a try, the breaker opens."""
        self.failed += 1
        self.success -= WEIGHT * self.success
        self._took(took_ms)
        self.failures_in_row += 1
        if self.open_until is not None:
            self.pause_s = min(LONGEST_PAUSE_S, self.pause_s * 2)
        if self.failures_in_row >= FAILURES or self.open_until is not None:
            self.open_until = now + self.pause_s

    def _took(self, took_ms: float) -> None:
        first = self.answered + self.failed <= 1
        self.latency_ms = took_ms if first else self.latency_ms + WEIGHT * (took_ms - self.latency_ms)
