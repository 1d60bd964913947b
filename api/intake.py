"""How a call is taken in: a row of the inbox first, then a job, so that nothing depends on a queue that may forget.

A row is queued from three sides: when it is accepted, when its worker puts it off, and by `requeue`, which start-up
and a schedule call. A worker claims the row under a lease, which makes queueing the same row twice harmless.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from api.identity import is_gone
from core.clock import SystemClock
from core.errors import RecordConflict, Unavailable
from core.jobs import Jobs
from core.metrics import Metrics
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records

KIND: Final = "call"
"""The kind of a delivery whose key is a call's id, and the name of the job that works on it."""

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
        for delivery in fresh:
            await self.queue(delivery)
        return fresh

    async def queue(self, delivery: Delivery) -> None:
        """Puts a delivery on the queue for the moment it can be claimed; one that waits there already stays one.

        A queue that cannot be reached loses nothing: the delivery is stored, and `requeue` brings it later.
        """
        due = delivery.claimable_at
        key = f"{KIND}:{delivery.id}:{due.isoformat()}"
        when = due if due > self._wall.now() else None
        try:
            await self._jobs.enqueue(KIND, str(delivery.id), key=key, when=when)
        except Unavailable as error:
            log.warning("queue.unreachable", call_id=delivery.key, detail=str(error))

    async def requeue(self) -> int:
        """Queues everything unfinished that can be claimed soon; returns how many deliveries that is.

        What a process of this machine held when it died can be claimed at once, and that try stays counted.
        """
        horizon = self._wall.now() + REQUEUE_AHEAD
        unfinished = [await self._freed(delivery) for delivery in await self._records.inbox.unfinished()]
        soon = [delivery for delivery in unfinished if delivery.claimable_at <= horizon]
        for delivery in soon:
            await self.queue(delivery)
        return len(soon)

    async def _freed(self, delivery: Delivery) -> Delivery:
        if delivery.status is not DeliveryStatus.RUNNING or delivery.worker is None or not is_gone(delivery.worker):
            return delivery
        inbox, reason = self._records.inbox, "the process that worked on it died"
        try:
            return await inbox.wait(delivery.id, timedelta(0), reason, worker=delivery.worker)
        except RecordConflict:  # another process was quicker
            return delivery

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
            await self.queue(await self._records.inbox.retry(delivery.id))
        except RecordConflict as conflict:
            log.info("delivery.taken", call_id=delivery.key, detail=str(conflict))
            return False
        return True
