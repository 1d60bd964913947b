"""Works through past calls: fetching goes ahead while calls are worked on, and an interrupted run goes on later.

A page is listed while the transcripts of the page before are asked for, so that Gong's limit is all it waits for.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog

from api.logs import settings_with_logs
from api.place import Place
from api.terminal import BadInput, notices, progress, results
from api.together import together
from api.wiring import Services, open_services
from core.analysis import Frozen
from core.calls import Call
from core.clock import clock_at
from core.errors import Unavailable
from memory.inbox import Delivery, DeliveryStatus

CURSOR: Final = "gong.backfill"

BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any recorded call: from here on means all calls, those too whose start Gong does not know."""

PAGES_AHEAD: Final = 2
"""Pages listed but not yet stored: enough to keep Gong busy, few enough to stay small in memory."""

PATIENCE: Final = timedelta(seconds=30)
"""A call that waits no longer than this is waited for; others are left to `sophia serve` or the next run."""

TRIES: Final = 6
FIRST_PAUSE_S: Final = 10.0
"""Gong out of reach is asked again after 10, 20, 40, … seconds: about five minutes before giving up."""

LOOK_S: Final = 0.2
"""Seconds between two looks at how far the work is, at least."""

log = structlog.get_logger(__name__)

SPAN: Final = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[dw])")
MOST_DAYS: Final = 20 * 366
SINCE_FORMS: Final = "Give days (90d), weeks (12w) or a date (2026-01-31)."

Pages = asyncio.Queue[tuple[Call, ...] | None]


class BackfillProgress(Frozen):
    """How a backfill stands: calls listed by Gong, those new to Sophia; of all to work on, how many ended or wait."""

    listed: int = 0
    fresh: int = 0
    total: int = 0
    ended: int = 0
    waiting: int = 0


class Backfill:
    """One backfill of [since, until), up to now when `until` is None. `tell` hears now and then how it stands."""

    def __init__(
        self, services: Services, since: datetime, until: datetime | None, tell: Callable[[BackfillProgress], None]
    ) -> None:
        self._services = services
        self._since = since
        self._until = until
        self._tell = tell
        self._listed = 0
        self._fresh = 0
        self._deliveries: set[int] = set()

    async def run(self) -> BackfillProgress:
        """Lists, fetches and works until nothing is left that can be done soon; returns how it ended.

        Raises Unavailable, Unauthorized or Rejected when Gong cannot be asked; what was taken in is safe.
        """
        unfinished = await self._services.records.inbox.unfinished()
        self._deliveries = {item.id for item in unfinished if self._services.jobs.knows(item.kind)}
        await self._services.intake.requeue()
        self._services.schedule_requeue()  # what a dead process or a failed claim leaves would be waited for forever
        async with together() as group:
            group.create_task(self._services.jobs.run())
            last = await self._watch(group.create_task(self._fetch()))
            self._services.jobs.stop()
        return last

    async def _watch(self, fetching: asyncio.Task[None]) -> BackfillProgress:
        """Tells how it stands until everything is fetched and nothing is left that is due soon."""
        settled = self._services.worker.settled
        while True:
            settled.clear()
            fetched = fetching.done()
            progress = await self._progress()
            self._tell(progress)
            if fetched and progress.ended + progress.waiting == progress.total:
                return progress
            await asyncio.sleep(LOOK_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(settled.wait(), timeout=1)

    async def _progress(self) -> BackfillProgress:
        unfinished = [item for item in await self._services.records.inbox.unfinished() if item.id in self._deliveries]
        return BackfillProgress(
            listed=self._listed,
            fresh=self._fresh,
            total=len(self._deliveries),
            ended=len(self._deliveries) - len(unfinished),
            waiting=sum(not self._is_soon(item) for item in unfinished),
        )

    def _is_soon(self, delivery: Delivery) -> bool:
        running = delivery.status is DeliveryStatus.RUNNING
        return running or delivery.claimable_at <= self._services.wall.now() + PATIENCE

    async def _fetch(self) -> None:
        """Fetches everything, asking again while Gong is out of reach."""
        for attempt in range(TRIES):
            try:
                return await self._walk()
            except Unavailable as error:
                if attempt == TRIES - 1:
                    raise
                log.warning("backfill.waits", detail=str(error))
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt / self._services.settings.service_speed)
        return None

    async def _walk(self) -> None:
        """Lists pages ahead while the ones before are stored with their transcripts."""
        pages: Pages = asyncio.Queue(PAGES_AHEAD)
        place = await self._place()
        async with together() as group:
            group.create_task(self._list(place.through, pages))
            await self._store(place, pages)

    async def _list(self, begin: datetime, pages: Pages) -> None:
        since = None if begin <= BEGINNING else begin
        async for page in self._services.context.calls.pages(since, self._until):
            await pages.put(page)
        await pages.put(None)

    async def _store(self, place: Place, pages: Pages) -> None:
        while (page := await pages.get()) is not None:
            fresh = await self._services.collector.bring(page, "backfill")
            self._listed += len(page)
            self._fresh += len(fresh)
            self._deliveries.update(delivery.id for delivery in fresh)
            place = place.after(page)
            await self._keep(place)
        await self._keep(place.model_copy(update={"complete": True}))

    async def _place(self) -> Place:
        """Where to begin: where the last backfill of this range was interrupted, or at its beginning."""
        begin = self._since
        if (kept := await self._services.records.cursors.get(CURSOR)) is not None:
            overlap = timedelta(hours=self._services.settings.poll_overlap_hours)
            begin = Place.model_validate_json(kept).resume_at(self._since, overlap)
        return Place(since=self._since, through=begin, listed_at=self._services.clock.now())

    async def _keep(self, place: Place) -> None:
        await self._services.records.cursors.set(CURSOR, place.model_dump_json())


async def backfill_since(since: str) -> None:
    """The command: works through the calls since then, shows how it goes and how it ended."""
    settings = settings_with_logs()
    begin = parse_since(since, clock_at(settings.fixed_clock).now())
    async with open_services(settings) as services:
        last = await run_with_bar(services, begin)
        parked = len(await services.records.inbox.parked())
    results().print(
        f"{last.listed} calls since {begin:%Y-%m-%d}, {last.fresh} of them new; worked on {last.ended}, "
        f"{last.waiting} wait, {parked} parked."
    )
    if last.waiting or parked:
        notices().print("Next: `sophia inbox` says why; `sophia serve` goes on with what waits.")


async def run_with_bar(services: Services, since: datetime) -> BackfillProgress:
    """A backfill up to now, with a bar on stderr."""
    with progress(notices()) as bar:
        task = bar.add_task("Working through the calls", total=None)

        def tell(state: BackfillProgress) -> None:
            bar.update(task, total=state.total or None, completed=state.ended)

        last = await Backfill(services, since, None, tell).run()
        bar.update(task, total=last.total)
        return last


def parse_since(text: str, now: datetime) -> datetime:
    """The moment that `90d`, `12w` or `2026-01-31` (its beginning, in UTC) means; raises BadInput for anything else."""
    if found := SPAN.fullmatch(text.strip()):
        days = int(found["count"]) * (7 if found["unit"] == "w" else 1)
        return now - timedelta(days=min(days, MOST_DAYS))
    try:
        begin = datetime.combine(date.fromisoformat(text.strip()), datetime.min.time(), UTC)
    except ValueError:
        raise BadInput(f"--since {text} is neither a span nor a date", next_step=SINCE_FORMS) from None
    if begin > now:
        raise BadInput(f"--since {text} is in the future", next_step=SINCE_FORMS)
    return begin
