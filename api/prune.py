"""`sophia prune`: what is older than the owner keeps it, removed now instead of within the hour."""

from datetime import timedelta

import structlog

from api.logs import settings_with_logs
from api.storage import database_url
from api.terminal import results
from core.clock import clock_at
from core.settings import Settings
from memory.checkpoints import open_checkpoints
from memory.database import Database
from memory.retention import Keeping, Retention
from nodes.state import CHECKPOINTED

log = structlog.get_logger(__name__)


def keeping(settings: Settings) -> Keeping:
    """How long each is kept as the owner set it; 0 days means for ever."""
    return Keeping(
        inbox=_days(settings.keep_inbox_days),
        events=_days(settings.keep_events_days),
        checkpoints=_days(settings.keep_checkpoints_days),
        ledger=_days(settings.keep_ledger_days),
        calls=_days(settings.keep_calls_days),
        conversations=_days(settings.keep_conversations_days),
        facts=_days(settings.keep_facts_days),
        tasks=_days(settings.keep_tasks_days),
    )


async def prune_on_schedule(retention: Retention, settings: Settings) -> None:
    """The job: removes what is old, and says so when there was anything."""
    pruned = await retention.prune(keeping(settings))
    if any(pruned.values()):
        log.info("retention.pruned", **pruned)


async def prune(*, dry_run: bool) -> None:
    """The command: removes what is old and says how much of what; with `dry_run` only says it."""
    settings = settings_with_logs()
    database = await Database.open(database_url(settings))
    try:
        async with open_checkpoints(database_url(settings), CHECKPOINTED) as checkpoints:
            retention = Retention(database, checkpoints, clock_at(settings.fixed_clock))
            pruned = await retention.prune(keeping(settings), dry_run=dry_run)
    finally:
        await database.close()
    told = ", ".join(f"{count} {name}" for name, count in pruned.items() if count) or "nothing"
    results().print(f"{'Would remove' if dry_run else 'Removed'} {told}.")


def _days(days: float) -> timedelta | None:
    return timedelta(days=days) if days else None
