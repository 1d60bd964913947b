"""The sandbox's time: what date it is, and how fast the services' seconds pass."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

Monotonic = Callable[[], float]
"""Seconds since some fixed moment, never going back."""


class Clock(Protocol):
    """Tells the date and time, always with a time zone."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Pace:
    """The seconds of the services: `speed` of them pass in one second of ours.

    Every limit, delay and lag of a double is counted in the service's seconds, so that one factor runs them all.
    """

    speed: float = 1.0
    monotonic: Monotonic = time.monotonic

    def seconds(self) -> float:
        """The service's monotonic time, in its seconds."""
        return self.monotonic() * self.speed

    def ours(self, seconds: float) -> float:
        """How many of our seconds these seconds of the service take."""
        return seconds / self.speed

    def retry_after(self, seconds: float) -> str:
        """A Retry-After header for these seconds of the service: whole seconds of ours, at least 1."""
        return str(max(1, math.ceil(self.ours(seconds))))

    async def sleep(self, seconds: float) -> None:
        """Waits these seconds of the service."""
        await asyncio.sleep(self.ours(seconds))
