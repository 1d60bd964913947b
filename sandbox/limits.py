"""Rate limits as the services keep them: a sliding window, and a count for the day."""

from collections import deque
from dataclasses import dataclass

from sandbox.clock import Pace

DAY_S = 86_400


class Window:
    """At most `limit` requests in any `seconds` seconds of the service (a sliding window)."""

    def __init__(self, limit: int, seconds: float, pace: Pace) -> None:
        self.limit = limit
        self.seconds = seconds
        self._pace = pace
        self._taken: deque[float] = deque()

    def take(self) -> float | None:
        """None when one more request fits, else how many of the service's seconds until one does."""
        now = self._forget()
        if len(self._taken) < self.limit:
            self._taken.append(now)
            return None
        return self._taken[0] + self.seconds - now

    @property
    def remaining(self) -> int:
        """How many requests fit right now."""
        self._forget()
        return self.limit - len(self._taken)

    def _forget(self) -> float:
        now = self._pace.seconds()
        while self._taken and self._taken[0] + self.seconds <= now:
            self._taken.popleft()
        return now


class Daily:
    """At most `limit` requests a day of the service, counted from the sandbox's start."""

    def __init__(self, limit: int, pace: Pace) -> None:
        self.limit = limit
        self._pace = pace
        self._began = pace.seconds()
        self._count = 0

    def take(self) -> float | None:
        """None when one more request fits, else how many of the service's seconds until the next day."""
        self._turn()
        if self._count < self.limit:
            self._count += 1
            return None
        return self._began + DAY_S - self._pace.seconds()

    @property
    def remaining(self) -> int:
        """How many requests are left of this day."""
        self._turn()
        return self.limit - self._count

    def _turn(self) -> None:
        days = (self._pace.seconds() - self._began) // DAY_S
        if days:
            self._began += days * DAY_S
            self._count = 0


@dataclass(frozen=True)
class Limits:
    """Makes limits that all run on the sandbox's pace."""

    pace: Pace

    def window(self, limit: int, seconds: float) -> Window:
        """A sliding window of `seconds` seconds of the service."""
        return Window(limit, seconds, self.pace)

    def daily(self, limit: int) -> Daily:
        """A count for the day of the service."""
        return Daily(limit, self.pace)
