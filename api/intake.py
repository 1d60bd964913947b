"""How a call is taken in: a row of the inbox first, then a job, so that nothing depends on a queue that may forget.

A row is queued from three sides: when it is accepted, when its worker puts it off, and by `requeue`, which start-up
and a schedule call. A worker claims the row under a lease, which makes queueing the same row twice harmless.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from api.again import Again
from core.clock import SystemClock
from core.errors import RecordConflict, Unavailable
from core.identity import is_gone
from core.jobs import Jobs, Queued
from core.metrics import Metrics
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records

KIND: Final = "call"
"""The kind of a delivery whose key is a call's id. A delivery's kind is also the name of the job that works on it."""

NOW: Final = timedelta(0)

REQUEUE_AHEAD: Final = timedelta(minutes=2)
"""What is due later than this is left to a later `requeue`, so that the queue stays short."""

log = structlog.get_logger(__name__)


class Intake:
    """Takes calls in, each once, however often and through however many doors it comes."""

    def __init__(self, records: Records, jobs: Jobs, metrics: Metrics) -> None:
        self._records = records
        self._jobs = jobs
        self._metrics = metrics
        self._wall = SystemClock()

    async def accept(self, call_id: str, source: str) -> tuple[Delivery, bool]:
        """Stores one call's delivery and says whether it is new. Once it returns the call is safe; `queue` it then.

        `source` is the door it came through: webhook, poll, backfill or analyze.
        """
        delivery, is_new = await self._records.inbox.accept(KIND, call_id, {}, source)
        if is_new:
            self._metrics.accepted(source)
        return delivery, is_new

    async def accept_many(self, call_ids: Sequence[str], source: str) -> list[Delivery]:
        """Stores and queues those of the calls that were never accepted before, and returns their deliveries."""
        fresh = await self._records.inbox.accept_many(KIND, call_ids, source)
        self._metrics.accepted(source, len(fresh))
        await self.queue_many(fresh)
        return fresh

    async def accept_again(
        self, call_ids: Sequence[str], source: str, reason: str, *, fetch: bool = False, after: timedelta = NOW
    ) -> list[Delivery]:
        """Stores that calls are to be worked on once more, `after` this time; `queue_many` those it returns then.

        Only of those that are not being worked on, do not wait and were not parked. With `fetch` Gong is asked first
        whether it says anything new.
        """
        payload = Again(again=not fetch, fetch=fetch).model_dump(mode="json")
        due = await self._records.repeats.due(KIND, call_ids, payload, source, reason, after)
        self._metrics.repeated(source, len(due))
        return due

    async def queue(self, delivery: Delivery) -> None:
        """Puts a delivery on the queue for the moment it can be claimed; one that waits there already stays one."""
        await self.queue_many([delivery])

    async def queue_many(self, deliveries: Sequence[Delivery]) -> None:
        """Does so with several at once.

        A queue that cannot be reached loses nothing: they are stored, and `requeue` brings them later. So it does with
        a kind that only a newer Sophia knows how to work on.
        """
        known = [delivery for delivery in deliveries if self._jobs.knows(delivery.kind)]
        if unknown := {delivery.kind for delivery in deliveries} - {delivery.kind for delivery in known}:
            log.error("deliveries.of_unknown_kind", kinds=sorted(unknown))
        try:
            await self._jobs.enqueue_many([self._job(delivery) for delivery in known])
        except Unavailable as error:
            log.warning("queue.unreachable", deliveries=len(known), detail=str(error))

    def _job(self, delivery: Delivery) -> Queued:
        due = delivery.claimable_at
        when = due if due > self._wall.now() else None
        return Queued(delivery.kind, str(delivery.id), f"{delivery.id}:{due.isoformat()}", when)

    async def requeue(self) -> int:
        """Queues everything unfinished that can be claimed soon; returns how many deliveries that is.

        What a process of this machine held when it died can be claimed at once, and that try stays counted.
        """
        horizon = self._wall.now() + REQUEUE_AHEAD
        unfinished = [await self._freed(delivery) for delivery in await self._records.inbox.unfinished()]
        soon = [delivery for delivery in unfinished if delivery.claimable_at <= horizon]
        await self.queue_many(soon)
        return len(soon)

    async def _freed(self, delivery: Delivery) -> Delivery:
        if delivery.status is not DeliveryStatus.RUNNING or delivery.worker is None or not is_gone(delivery.worker):
            return delivery
        inbox, reason = self._records.inbox, "the process that worked on it died"
        try:
            freed = await inbox.wait(delivery.id, timedelta(0), reason, worker=delivery.worker)
        except RecordConflict:  # another process was quicker
            return delivery
        self._metrics.stuck("no_worker")
        log.warning("delivery.taken_over", kind=delivery.kind, key=delivery.key, step=delivery.step)
        return freed

    async def hasten(self, call_ids: Iterable[str]) -> int:
        """Makes calls due now whose transcript has come, unless they are done or being worked on; returns how many.

        A call that was given up for want of what has come now gets another try, too.
        """
        hastened = 0
        for call_id in call_ids:
            delivery = await self._records.inbox.get(KIND, call_id)
            if delivery is not None and delivery.status in (DeliveryStatus.WAITING, DeliveryStatus.PARKED):
                hastened += await self.retry(delivery)
        return hastened

    async def retry(self, delivery: Delivery) -> bool:
        """Makes a delivery due now, with all its tries before it; False when a worker has just taken it."""
        try:
            await self.queue(await due_again(self._records, delivery))
        except RecordConflict as conflict:
            log.info("delivery.taken", kind=delivery.kind, key=delivery.key, detail=str(conflict))
            return False
        return True


async def due_again(records: Records, delivery: Delivery) -> Delivery:
    """Makes a delivery due now, with all its tries before it; raises RecordConflict while a worker is on it.

    What a service refused of a parked call is planned again: whoever asks for another try has mended it there.
    """
    due = await records.inbox.retry(delivery.id)
    if delivery.kind == KIND and delivery.status is DeliveryStatus.PARKED:
        await records.ledger.replan(delivery.key)
    return due
