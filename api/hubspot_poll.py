"""The look for changed records on a schedule: the way to hear of changes without webhooks, and of what they lost.

A search shows what was made or changed. Deletions and merges it does not show: so records that matter are read again
when nothing was heard of them for a day.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from core.clock import Clock
from core.errors import ServiceError, Unauthorized
from core.jobs import Jobs
from core.metrics import Metrics
from nodes.context import Context
from nodes.crm_changes.handled import Handled
from nodes.crm_changes.handling import TYPES, handle_found, handle_records
from nodes.crm_changes.looking import properties_of
from tools.hubspot.port import ObjectType, Record

JOB: Final = "hubspot_poll"
SEARCHED: Final[tuple[ObjectType, ...]] = ("contacts", "companies", "deals")

OVERLAP: Final = timedelta(minutes=5)
"""How far each look goes back behind the last: the index is up to half a minute behind, and clocks differ."""

UNHEARD_OF: Final = timedelta(days=1)
"""After which a record that matters is read again."""

MATTERING: Final = timedelta(days=30)
"""For how long a record matters that Sophia wrote to."""

AT_ONCE: Final = 500
"""Found records handled at once, so that those to be read again are read by the hundred."""

MOST_UNHEARD: Final = 1000
"""Records read again in one look: ten requests; the others follow in the next."""

log = structlog.get_logger(__name__)


def cursor_name(type: ObjectType) -> str:
    """The cursor whose value is the moment up to which changes of this type were looked for, in ISO form."""
    return f"hubspot.changes.{type}"


class HubSpotPoller:
    """Looks for records changed since the last look, and at those that matter and were not heard of."""

    def __init__(self, context: Context, metrics: Metrics) -> None:
        self._context = context
        self._metrics = metrics

    @property
    def _clock(self) -> Clock:
        return self._context.clock

    async def poll(self, _argument: str = "") -> None:
        """The job: one look. A service that is down or refuses is logged, and the next look covers its time too."""
        try:
            handled = await self.look()
        except ServiceError as error:
            level = log.error if isinstance(error, Unauthorized) else log.warning
            level("hubspot_poll.failed", service=error.service, detail=str(error), next_step=error.next_step)
            self._metrics.hubspot_looked("failed")
        else:
            log.info("hubspot_poll.done", **handled.counts())
            self._metrics.hubspot_looked("done")
            self._metrics.hubspot_changes(handled.counts())

    async def look(self) -> Handled:
        """Looks once. The first look ever only begins: what stands in the portal already is not brought in."""
        handled = Handled()
        for type in SEARCHED:
            handled += await self._changed(type)
        return handled + await self._unheard_of()

    async def _changed(self, type: ObjectType) -> Handled:
        cursors, now, handled = self._context.records.cursors, self._clock.now(), Handled()
        last = await cursors.get(cursor_name(type))
        if last is not None:
            since = min(now, datetime.fromisoformat(last)) - OVERLAP
            found = self._context.crm.changed_since(type, since, properties_of(type))
            async for some in _by_the(AT_ONCE, found):
                handled += await handle_found(self._context, type, some)
        await cursors.set(cursor_name(type), now.isoformat())
        return handled

    async def _unheard_of(self) -> Handled:
        now, handled = self._clock.now(), Handled()
        stale = await self._context.records.business_context.stale(
            TYPES, now - MATTERING, now - UNHEARD_OF, MOST_UNHEARD
        )
        ids = {type: [id for _, id in group] for type, group in groupby(sorted(stale), key=lambda each: each[0])}
        for type in TYPES:
            handled += await handle_records(self._context, type, ids.get(type, ()))
        return handled


async def _by_the(size: int, found: AsyncIterator[Record]) -> AsyncIterator[list[Record]]:
    some: list[Record] = []
    async for record in found:
        some.append(record)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def schedule_poll(jobs: Jobs, context: Context, metrics: Metrics, minutes: float) -> None:
    """Registers the look, unless it is switched off."""
    jobs.register(JOB, HubSpotPoller(context, metrics).poll)
    if minutes:
        jobs.every(JOB, timedelta(minutes=minutes))
