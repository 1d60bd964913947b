"""One try at one delivery: claim it, carry the call workflow out under a renewed lease, leave it in a clear state."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Never

import structlog

from api.identity import worker_name
from api.intake import Intake
from core.clock import Clock
from core.errors import RecordConflict, Rejected, Unauthorized, Unavailable
from core.metrics import Metrics
from memory.calls import CallStatus
from memory.inbox import Delivery
from memory.records import Records
from nodes.state import CallOutcome

LEASE: Final = timedelta(seconds=30)
"""How soon work is taken over from a machine that died; renewed at a third of it."""

FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
"""Waits double from the first to the longest: twelve tries span more than three hours, longer than most outages."""

UNAUTHORIZED_WAIT: Final = timedelta(minutes=15)
"""A person must correct the credential first, so these tries are not counted."""

LONGEST_TRY: Final = timedelta(minutes=20)
"""A try that takes longer hangs somewhere: the longest call takes seconds, and every request has its own time-out."""

SHORTEST_WAIT: Final = timedelta(milliseconds=500)
"""No wait is shorter, whatever a service or a sandbox's speed says."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Settlement:
    """How a try ended. A wait has its delay, and `counts` says whether it uses up a try."""

    result: Literal["done", "waiting", "parked"]
    reason: str | None = None
    delay: timedelta = timedelta(0)
    counts: bool = True


class Worker:
    """Works on deliveries, several at once, never on one that another worker holds.

    `run` carries the call workflow out for a call's id. A call that keeps failing is parked after `max_attempts`
    tries. `speed` divides every wait: it is how much faster than real the services' time runs.
    """

    def __init__(
        self,
        records: Records,
        intake: Intake,
        run: Callable[[str], Awaitable[CallOutcome]],
        metrics: Metrics,
        clock: Clock,
        *,
        max_attempts: int,
        speed: float = 1.0,
    ) -> None:
        self._records = records
        self._intake = intake
        self._run = run
        self._metrics = metrics
        self._clock = clock
        self._max_attempts = max_attempts
        self._speed = speed
        self._name = worker_name()
        self._at_work: set[str] = set()
        self.settled = asyncio.Event()
        """Set whenever a try has ended; whoever waits for it clears it first."""

    async def work(self, delivery_id: str) -> None:
        """The job: one try at the delivery with this id, nothing when it is not ours to take.

        A lease that ran out, while the machine slept or its clock was put on, tells nothing here of our own try.
        """
        if delivery_id in self._at_work:
            return
        self._at_work.add(delivery_id)
        try:
            await self._claim_and_try(delivery_id)
        finally:
            self._at_work.discard(delivery_id)

    async def _claim_and_try(self, delivery_id: str) -> None:
        delivery = await self._records.inbox.claim(int(delivery_id), self._name, LEASE)
        if delivery is None:
            return
        began = time.monotonic()
        try:
            settlement = await self._try_under_lease(delivery)
            await self._settle(delivery, settlement)
            self._metrics.worked(settlement.result, time.monotonic() - began)
        except RecordConflict as conflict:
            log.warning("delivery.lost", call_id=delivery.key, detail=str(conflict))
        finally:
            self.settled.set()

    async def _try_under_lease(self, delivery: Delivery) -> Settlement:
        """The try, with the lease renewed beside it; losing the lease ends the try, for another is at it then."""
        if delivery.attempts > self._max_attempts:
            return Settlement("parked", delivery.reason or "the process died at every try")
        attempt = asyncio.create_task(self._try(delivery))
        keeping = asyncio.create_task(self._keep_lease(delivery))
        try:
            await asyncio.wait((attempt, keeping), return_when=asyncio.FIRST_COMPLETED)
            return attempt.result() if attempt.done() else keeping.result()
        except asyncio.CancelledError:
            await _end(attempt)
            await asyncio.shield(self._give_back(delivery))
            raise
        finally:
            await _end(attempt)
            await _end(keeping)

    async def _keep_lease(self, delivery: Delivery) -> Never:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if not await self._records.inbox.renew(delivery.id, self._name, LEASE):
                raise RecordConflict(f"the lease on delivery {delivery.id} was lost")

    async def _give_back(self, delivery: Delivery) -> None:
        """Leaves the delivery as it was found, for the next process: the work was stopped, it did not fail."""
        await self._records.inbox.wait(delivery.id, timedelta(0), "interrupted", counts=False, worker=self._name)

    async def _try(self, delivery: Delivery) -> Settlement:
        try:
            async with asyncio.timeout(LONGEST_TRY.total_seconds()):
                return self._settlement_of(await self._run(delivery.key))
        except Unauthorized as error:
            log.error("service.unauthorized", call_id=delivery.key, service=error.service, detail=str(error))
            return Settlement("waiting", str(error), self._paced(UNAUTHORIZED_WAIT), counts=False)
        except Unavailable as error:
            return self._once_more(delivery, str(error), error.retry_after)
        except Rejected as error:
            log.error("call.rejected", call_id=delivery.key, service=error.service, detail=str(error))
            return Settlement("parked", str(error))
        except Exception as error:  # a fault of ours must not take the worker down; it is logged, counted and told
            log.error("call.failed", call_id=delivery.key, exc_info=error)
            return self._once_more(delivery, f"{type(error).__name__}: {error}", None)

    def _settlement_of(self, outcome: CallOutcome) -> Settlement:
        """What the workflow's own ending means for the delivery; waiting for a transcript is no failed try."""
        if outcome.retry_at is not None:
            delay = outcome.retry_at - self._clock.now()
            return Settlement("waiting", outcome.reason, self._paced(delay), counts=False)
        if outcome.status is CallStatus.FAILED:
            return Settlement("parked", outcome.reason)
        return Settlement("done", outcome.reason or outcome.status.value)

    def _once_more(self, delivery: Delivery, reason: str, asked: timedelta | None) -> Settlement:
        """A later try, or parking when there were enough of them."""
        if delivery.attempts >= self._max_attempts:
            return Settlement("parked", f"gave up after {delivery.attempts} tries: {reason}")
        doubled: timedelta = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 16), LONGEST_WAIT)
        jittered = doubled * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        return Settlement("waiting", reason, max(self._paced(jittered), asked or timedelta(0)))

    def _paced(self, delay: timedelta) -> timedelta:
        return max(delay / self._speed, SHORTEST_WAIT)

    async def _settle(self, delivery: Delivery, settlement: Settlement) -> None:
        inbox, reason = self._records.inbox, settlement.reason or "no reason was given"
        if settlement.result == "done":
            await inbox.done(delivery.id, settlement.reason, worker=self._name)
        elif settlement.result == "parked":
            await self._tell_state(delivery.key, CallStatus.FAILED, reason)
            await inbox.park(delivery.id, reason, worker=self._name)
            log.warning("call.parked", call_id=delivery.key, reason=reason)
        else:
            await self._tell_state(delivery.key, CallStatus.WAITING, reason)
            later = await inbox.wait(delivery.id, settlement.delay, reason, counts=settlement.counts, worker=self._name)
            await self._intake.queue(later)
            log.info("call.waits", call_id=delivery.key, reason=reason, seconds=settlement.delay.total_seconds())

    async def _tell_state(self, call_id: str, status: CallStatus, reason: str) -> None:
        """Sets the call's state; one that Gong never gave us has none to set."""
        try:
            await self._records.calls.set_status(call_id, status, reason)
        except RecordConflict:
            log.info("call.unknown", call_id=call_id, reason=reason)


async def _end(task: asyncio.Task[Any]) -> None:
    """Cancels a task and waits until it is really over."""
    task.cancel()
    await asyncio.wait((task,))
