"""How much a model server has to do and whether it is well: what the choice among servers goes by.

A server that fails is left alone for a while, twice as long each time. When that is over, one request goes there to
see whether it is back; only when that one is answered do others follow.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from core.errors import Rejected, Unavailable

LONGEST_COOLDOWN_S: Final = 300.0
"""A server that was restarted is found again within this, unless it asked for more itself."""

PATIENCE_S: Final = 5.0
"""A server that is over its limit and says that it is free again within this is waited for."""

BUSY: Final = 429


class Load:
    """One server's requests under way, and its failures in a row. `parallel` is how many requests it is sent at once.

    `cooldown` is the seconds it is left alone after a first failure; `now` are seconds of a clock that never goes back.
    """

    def __init__(self, parallel: int, cooldown: float, now: Callable[[], float] = time.monotonic) -> None:
        self.parallel = parallel
        self.under_way = 0
        self.failures = 0
        self.now = now
        self._cooldown = cooldown
        self._failed_at = -1.0
        self._well_at = 0.0
        self._busy = False
        self._probed = False

    @property
    def cooling(self) -> float:
        """Seconds for which it is still left alone."""
        return max(0.0, self._well_at - self.now())

    @property
    def free(self) -> bool:
        """Whether it may be sent another request now."""
        if self.cooling or (self.failures and self._probed):
            return False
        return self.under_way < self.parallel

    @property
    def hopeless(self) -> bool:
        """Whether it will not be free soon, whoever ends."""
        return self.cooling > (PATIENCE_S if self._busy else 0.0)

    def take(self) -> "Place":
        """A place for one request; give it back by leaving it."""
        place = Place(self, self.now(), probe=self.failures > 0)
        self.under_way += 1
        self._probed = self._probed or place.probe
        return place

    def give_back(self, place: "Place", error: BaseException | None) -> None:
        """Counts a request as over, and learns from how it ended."""
        self.under_way -= 1
        if place.probe:
            self._probed = False
        if place.began < self._failed_at:
            return  # sent before it was known to fail: tells nothing new
        if isinstance(error, Unavailable):
            self._fail(error.retry_after, busy=error.status == BUSY)
        elif error is None or isinstance(error, Rejected):
            self.failures, self._busy = 0, False

    def _fail(self, retry_after: timedelta | None, *, busy: bool) -> None:
        grown = min(self._cooldown * 2.0 ** min(self.failures, 16), LONGEST_COOLDOWN_S)
        asked = None if retry_after is None else retry_after.total_seconds()
        pause = grown if asked is None else asked if busy else max(asked, grown)
        self.failures += 1
        self._busy = busy
        self._failed_at = self.now()
        self._well_at = self._failed_at + pause


@dataclass
class Place:
    """A place at a server, taken at `began`; a `probe` is the one request that shows whether it is back."""

    load: Load
    began: float
    probe: bool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.load.give_back(self, error)


def least_loaded(loads: Sequence[Load]) -> Load | None:
    """The free one with the fewest requests under way, then the fewest failures, then the first; None is free."""
    free = [load for load in loads if load.free]
    return min(free, key=lambda load: (load.under_way, load.failures), default=None)
