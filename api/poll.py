"""The look for new calls on a schedule: a window that overlaps the last one, since calls and transcripts come late."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from api.collect import Collector
from core.clock import Clock
from core.errors import ServiceError, Unauthorized
from core.metrics import Metrics
from memory.cursors import Cursors
from tools.gong.port import CallGateway

CURSOR: Final = "gong.poll"
"""Its value is the moment up to which every call has been looked for, in ISO form."""

log = structlog.get_logger(__name__)


class Poller:
    """Looks at the calls since the last look less `overlap`, and again for transcripts that were late."""

    def __init__(
        self,
        gateway: CallGateway,
        collector: Collector,
        cursors: Cursors,
        metrics: Metrics,
        clock: Clock,
        overlap: timedelta,
    ) -> None:
        self._gateway = gateway
        self._collector = collector
        self._cursors = cursors
        self._metrics = metrics
        self._clock = clock
        self._overlap = overlap

    async def poll(self, _argument: str = "") -> None:
        """The job: one look. A service that is down or refuses is logged, and the next look covers its window too."""
        try:
            fresh = await self.look()
        except ServiceError as error:
            level = log.error if isinstance(error, Unauthorized) else log.warning
            level("poll.failed", service=error.service, detail=str(error), next_step=error.next_step)
            self._metrics.looked("failed")
        else:
            log.info("poll.done", new_calls=fresh)
            self._metrics.looked("done")

    async def look(self) -> int:
        """Looks once; returns how many calls are new. The cursor moves only when everything was brought in."""
        now = self._clock.now()
        last = await self._cursors.get(CURSOR)
        since = (now if last is None else min(now, datetime.fromisoformat(last))) - self._overlap
        fresh, seen = 0, set[str]()
        async for page in self._gateway.pages(since, now):
            fresh += len(await self._collector.bring(page, "poll"))
            seen.update(call.id for call in page)
        await self._collector.bring_late_transcripts(but=seen)
        await self._cursors.set(CURSOR, now.isoformat())
        return fresh
