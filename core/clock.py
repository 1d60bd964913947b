"""Time as a thing one can hand over: the system's, or one that stands still for a reproducible run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always with a time zone."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still at `at` (with a time zone)."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def clock_at(moment: datetime | None) -> Clock:
    """A clock that stands still at this moment, or the machine's own when there is none."""
    return SystemClock() if moment is None else FixedClock(moment)
