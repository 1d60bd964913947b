"""The job that handles what HubSpot told of: one at a time, a short while after a delivery, so that many become one."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from core.clock import SystemClock
from core.errors import Unavailable
from core.jobs import Jobs
from core.metrics import Metrics
from nodes.context import Context
from nodes.crm_changes.handling import handle_changes

JOB: Final = "hubspot_events"

PAUSE: Final = timedelta(seconds=5)
"""After the first delivery, so that those behind it are handled with it: HubSpot also tells of all that Sophia writes.

With one request for each type of record that is at most one a second, of the ten that the smallest portals allow.
"""

INTERVAL: Final = timedelta(minutes=1)
"""How soon events are taken up again that an outage or a forgetful queue has left."""

LIMIT: Final = 5000
"""Events of one type handled at once: of these many are about the same records."""

log = structlog.get_logger(__name__)


class EventsWork:
    """Handles events until none wait, or a service is away."""

    def __init__(self, context: Context, metrics: Metrics, limit: int = LIMIT) -> None:
        self._context = context
        self._metrics = metrics
        self._limit = limit
        self._turn = asyncio.Lock()

    async def work(self, _argument: str = "") -> None:
        """The job. What a service that is away leaves over waits for the schedule."""
        async with self._turn:
            while True:
                handled = await handle_changes(self._context, self._limit)
                self._metrics.hubspot_changes(handled.counts())
                if handled.events:
                    log.info("changes.handled", **handled.counts())
                if handled.left or not handled.events:
                    return


async def queue_events(jobs: Jobs) -> None:
    """Has the events that wait handled soon. A queue that cannot be reached loses nothing: the schedule comes by."""
    try:
        await jobs.enqueue(JOB, "", key="all", when=SystemClock().now() + PAUSE)
    except Unavailable as error:
        log.warning("queue.unreachable", job=JOB, detail=str(error))


def schedule_events(jobs: Jobs, context: Context, metrics: Metrics) -> None:
    """Registers the job, for deliveries and for what was left."""
    jobs.register(JOB, EventsWork(context, metrics).work)
    jobs.every(JOB, INTERVAL)
