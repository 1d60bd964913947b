"""What ledger and policy add to an effect: milliseconds for asking, planning, marking as sent and confirming."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.figure import Figure, percentile
from core.clock import SystemClock
from memory.database import Database, sqlite_url
from memory.ledger import Effect, effect_key
from memory.records import Records
from memory.tables import SyncLogRow
from nodes.policy.intent import Intent
from nodes.policy.loading import default_policy

EFFECTS = 300
ABOUT: dict[str, Any] = {
    "call_id": "7",
    "agent": "crm_sync",
    "service": "hubspot",
    "action": "update",
    "object_type": "deals",
    "object_id": "42",
    "field": "dealstage",
    "before": "contractsent",
    "after": "closedwon",
    "payload": {"properties": {"dealstage": "closedwon"}},
}

One = Callable[[str], Awaitable[None]]


def measure() -> list[Figure]:
    """Milliseconds an effect, one effect at a time, on SQLite; beside one insert of the same row."""
    ours, bare = asyncio.run(_both())
    return [
        Figure("ledger and policy, an effect, p50", percentile(ours, 0.5), "ms", percentile(bare, 0.5), "one insert",
               "under 5 ms"),
        Figure("ledger and policy, an effect, p99", percentile(ours, 0.99), "ms", percentile(bare, 0.99), "one insert"),
    ]  # fmt: skip


async def _both() -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(sqlite_url(Path(folder)))
        try:
            return await _timed(_effect_by_ledger(database)), await _timed(_bare_insert(database))
        finally:
            await database.close()


async def _timed(one: One) -> list[float]:
    samples = []
    for number in range(EFFECTS):
        key = effect_key(one.__name__, str(number))
        begin = time.perf_counter()
        await one(key)
        samples.append((time.perf_counter() - begin) * 1000)
    return samples


def _effect_by_ledger(database: Database) -> One:
    ledger, policy = Records.over(database, SystemClock()).ledger, default_policy()
    intent = Intent(action="update", object_type="deals", field="dealstage", value="closedwon", confidence=0.9)

    async def by_ledger(key: str) -> None:
        policy.decide(intent)
        await ledger.plan([Effect(key=key, **ABOUT)])
        await ledger.mark_sent([key])
        await ledger.confirm(key, "42")

    return by_ledger


def _bare_insert(database: Database) -> One:
    insert = database.insert(SyncLogRow)

    async def bare_insert(key: str) -> None:
        now = SystemClock().now()
        row = {**ABOUT, "key": key, "status": "confirmed", "created_at": now, "updated_at": now}
        await database.write(lambda session: session.execute(insert, row))

    return bare_insert


if __name__ == "__main__":
    print(measure())
