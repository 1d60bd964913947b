"""How a try at a delivery ends: done, a wait and how long, or parked for a person."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from api.attempt import Ended
from core.errors import Rejected, Unauthorized, Unavailable
from memory.inbox import Delivery
from memory.outages import SERVICE as DATABASE

FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
"""Waits double from the first to the longest: twelve tries span more than three hours, longer than most outages."""

UNAUTHORIZED_WAIT: Final = timedelta(minutes=15)
"""A person must correct the credential first, so these tries are not counted."""

SHORTEST_WAIT: Final = timedelta(milliseconds=500)
"""No wait is shorter, whatever a service or a sandbox's speed says."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Settlement:
    """How a try ended. A wait has its delay, and `counts` says whether it uses up a try.

    `interrupted` is a wait of no length: the process was told to stop, and the next one goes on.
    """

    result: Literal["done", "waiting", "parked", "interrupted"]
    reason: str | None = None
    delay: timedelta = timedelta(0)
    counts: bool = True


INTERRUPTED: Final = Settlement("interrupted", "interrupted", counts=False)


class Settling:
    """The rules. What keeps failing is parked after `max_attempts` tries; `speed` divides every wait."""

    def __init__(self, max_attempts: int, speed: float) -> None:
        self._max_attempts = max_attempts
        self._speed = speed

    def before(self, delivery: Delivery) -> Settlement | None:
        """For a delivery whose tries were used up by processes that died at it; None for any other."""
        if delivery.attempts <= self._max_attempts:
            return None
        return Settlement("parked", delivery.reason or "the process died at every try")

    def after(self, ended: Ended, now: datetime) -> Settlement:
        """What the work's own ending means; waiting for something that is late is no failed try."""
        if ended.retry_at is not None:
            return Settlement("waiting", ended.reason, self._paced(ended.retry_at - now), counts=False)
        return Settlement("parked" if ended.failed else "done", ended.reason)

    def after_error(self, delivery: Delivery, error: Exception) -> Settlement:
        """What an error means. A fault of ours must not take the worker down: it is logged, counted and told."""
        named = {"kind": delivery.kind, "key": delivery.key}
        if isinstance(error, Unauthorized):
            log.error("service.unauthorized", **named, service=error.service, detail=str(error))
            return Settlement("waiting", str(error), self._paced(UNAUTHORIZED_WAIT), counts=False)
        if isinstance(error, Unavailable) and error.service == DATABASE:
            return Settlement("waiting", str(error), self._paced(FIRST_WAIT), counts=False)
        if isinstance(error, Unavailable):
            return self.once_more(delivery, str(error), error.retry_after)
        if isinstance(error, Rejected):
            log.error("delivery.rejected", **named, service=error.service, detail=str(error))
            return Settlement("parked", str(error))
        log.error("delivery.failed", **named, exc_info=error)
        return self.once_more(delivery, f"{type(error).__name__}: {error}")

    def once_more(self, delivery: Delivery, reason: str, asked: timedelta | None = None) -> Settlement:
        """A later try, no sooner than was asked for, or parking when there were enough of them."""
        if delivery.attempts >= self._max_attempts:
            return Settlement("parked", f"gave up after {delivery.attempts} tries: {reason}")
        doubled: timedelta = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 16), LONGEST_WAIT)
        jittered = doubled * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        return Settlement("waiting", reason, max(self._paced(jittered), asked or timedelta(0)))

    def _paced(self, delay: timedelta) -> timedelta:
        return max(delay / self._speed, SHORTEST_WAIT)
