"""One try at one delivery: claim it, have it carried out under a renewed lease, leave it in a clear state."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal, Never

import structlog
from langgraph.errors import GraphDrained

from api.attempt import Attempt, Handler, Tell
from api.intake import Intake
from api.settlement import INTERRUPTED, Settlement, Settling
from core.clock import Clock
from core.errors import RecordConflict, Unavailable
from core.identity import worker_name
from core.metrics import Metrics
from memory.inbox import Delivery
from memory.records import Records

LEASE: Final = timedelta(seconds=30)
"""How soon work is taken over from a machine that died; renewed at a third of it."""

STUCK_AFTER: Final = timedelta(minutes=10)
"""A step takes seconds, and every request has its own time-out: one that takes longer hangs somewhere."""

LEAVING: Final = timedelta(seconds=5)
"""How long a try that was cancelled may take to leave; after that the worker goes on without it."""

SETTLE_PAUSE: Final = timedelta(seconds=1)
"""Between two tries to write down how a try ended, while the database is away."""

log = structlog.get_logger(__name__)


class Worker:
    """Works on deliveries, several at once, never on one that another worker holds.

    `handlers` carry out what a delivery asks for, by its kind, and `tell` hears of those that wait or were parked.
    What keeps failing is parked after `max_attempts` tries, and a try that comes no further within `stuck_after` is
    ended. `speed` divides every wait: it is how much faster than real the services' time runs.
    """

    def __init__(
        self,
        records: Records,
        intake: Intake,
        handlers: Mapping[str, Handler],
        metrics: Metrics,
        clock: Clock,
        *,
        max_attempts: int,
        speed: float = 1.0,
        stuck_after: timedelta = STUCK_AFTER,
        tell: Mapping[str, Tell] | None = None,
    ) -> None:
        self._records = records
        self._intake = intake
        self._handlers = handlers
        self._metrics = metrics
        self._clock = clock
        self._settling = Settling(max_attempts, speed)
        self._stuck_after_s = stuck_after.total_seconds()
        self._tell = tell or {}
        self._name = worker_name()
        self._at_work: dict[str, Attempt] = {}
        self._draining = False
        self.drained = 0
        """How many tries stopped between two steps because they were asked to."""
        self.settled = asyncio.Event()
        """Set whenever a try has ended; whoever waits for it clears it first."""

    async def work(self, delivery_id: str) -> None:
        """The job: one try at the delivery with this id, nothing when it is not ours to take.

        A lease that ran out, while the machine slept or its clock was put on, tells nothing here of our own try.
        """
        if delivery_id in self._at_work or self._draining:
            return
        attempt = self._at_work[delivery_id] = Attempt()
        try:
            await self._claim_and_try(delivery_id, attempt)
        finally:
            self._at_work.pop(delivery_id)

    def drain(self) -> int:
        """Has every try stop after the step it is at, and begins no other; returns how many are under way."""
        self._draining = True
        for attempt in self._at_work.values():
            attempt.request_drain()
        return len(self._at_work)

    async def _claim_and_try(self, delivery_id: str, attempt: Attempt) -> None:
        delivery = await self._records.inbox.claim(int(delivery_id), self._name, LEASE)
        if delivery is None:
            return
        began = time.monotonic()
        try:
            settlement = await self._try_under_lease(delivery, attempt)
            await self._settle(delivery, attempt, settlement)
            self._metrics.worked(settlement.result, time.monotonic() - began)
        except RecordConflict as conflict:
            log.warning("delivery.lost", kind=delivery.kind, key=delivery.key, detail=str(conflict))
        finally:
            self.settled.set()

    async def _try_under_lease(self, delivery: Delivery, attempt: Attempt) -> Settlement:
        """The try, with the lease renewed beside it; losing the lease ends the try, for another is at it then."""
        if (settled := self._settling.before(delivery)) is not None:
            return settled
        trying = asyncio.create_task(self._try(delivery, attempt))
        beside = (
            asyncio.create_task(self._keep_lease(delivery, attempt)),
            asyncio.create_task(self._watch(delivery, attempt)),
        )
        try:
            await asyncio.wait((trying, *beside), return_when=asyncio.FIRST_COMPLETED)
            first = next(task for task in (trying, *beside) if task.done())
            return first.result()
        except asyncio.CancelledError:
            await self._end(trying)
            await asyncio.shield(self._settle(delivery, attempt, INTERRUPTED))
            raise
        finally:
            for task in (trying, *beside):
                await self._end(task)

    async def _try(self, delivery: Delivery, attempt: Attempt) -> Settlement:
        try:
            ended = await self._handlers[delivery.kind](delivery, attempt)
        except GraphDrained:
            self.drained += 1
            self._metrics.drained()
            return INTERRUPTED
        except Exception as error:
            return self._settling.after_error(delivery, error)
        return self._settling.after(ended, self._clock.now())

    async def _keep_lease(self, delivery: Delivery, attempt: Attempt) -> Never:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                held = await self._records.inbox.renew(delivery.id, self._name, LEASE, attempt.progress_made)
            except Unavailable as error:  # nobody else can take it either
                log.warning("lease.not_renewed", kind=delivery.kind, key=delivery.key, detail=str(error))
                continue
            if not held:
                raise RecordConflict(f"the lease on delivery {delivery.id} was lost")

    async def _watch(self, delivery: Delivery, attempt: Attempt) -> Settlement:
        """Returns, as a failed try, once the try has come no further for too long."""
        while (left_s := self._stuck_after_s - attempt.still_s) > 0:  # noqa: ASYNC110 - sleeps once for each step
            await asyncio.sleep(left_s)
        reason = f"no progress in step {attempt.step} for {self._stuck_after_s / 60:g} minutes"
        self._metrics.stuck("no_progress")
        log.error("delivery.stuck", kind=delivery.kind, key=delivery.key, reason=reason)
        return self._settling.once_more(delivery, reason)

    async def _settle(self, delivery: Delivery, attempt: Attempt, settlement: Settlement) -> None:
        """Writes down how the try ended; while the database is away, again and again for as long as a lease runs."""
        deadline = time.monotonic() + LEASE.total_seconds()
        while True:
            try:
                return await self._leave(delivery, attempt, settlement)
            except Unavailable as error:
                if time.monotonic() > deadline:
                    raise
                log.warning("delivery.not_settled", kind=delivery.kind, key=delivery.key, detail=str(error))
                await asyncio.sleep(SETTLE_PAUSE.total_seconds())

    async def _leave(self, delivery: Delivery, attempt: Attempt, settlement: Settlement) -> None:
        inbox, reason = self._records.inbox, settlement.reason or "no reason was given"
        told = log.bind(kind=delivery.kind, key=delivery.key, reason=reason)
        if settlement.result == "done":
            await inbox.done(delivery.id, settlement.reason, worker=self._name)
        elif settlement.result == "parked":
            await self._tell_of(delivery, "parked", reason)
            await inbox.park(delivery.id, reason, worker=self._name, progress=attempt.progress_made)
            told.warning("delivery.parked")
        else:
            if settlement.result == "waiting":
                await self._tell_of(delivery, "waiting", reason)
            later = await inbox.wait(
                delivery.id,
                settlement.delay,
                reason,
                counts=settlement.counts,
                worker=self._name,
                progress=attempt.progress_made,
            )
            await self._intake.queue(later)
            told.info("delivery.waits", seconds=settlement.delay.total_seconds())

    async def _tell_of(self, delivery: Delivery, result: Literal["waiting", "parked"], reason: str) -> None:
        if delivery.kind in self._tell:
            await self._tell[delivery.kind](delivery, result, reason)

    async def _end(self, task: asyncio.Task[Any]) -> None:
        """Cancels a task and waits until it is over, though not forever: one that will not leave is left behind."""
        task.cancel()
        done, _ = await asyncio.wait((task,), timeout=LEAVING.total_seconds())
        if not done:
            log.error("try.left_behind", task=task.get_name())
        elif not task.cancelled():
            task.exception()
