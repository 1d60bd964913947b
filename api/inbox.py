"""`sophia inbox`: what waits, is worked on or was parked, at which step and why, and another try for it."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from api.intake import KIND, due_again
from api.logs import settings_with_logs
from api.storage import open_records
from api.terminal import BadInput, results
from core.clock import SystemClock
from core.errors import RecordConflict
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records

FORM = "%Y-%m-%d %H:%M:%S %Z"
STUCK = "stuck"
"""The state of a delivery that a worker has and that comes no further: it is ended, or taken over, by itself."""


async def show_inbox(which: Sequence[str] = (), *, retry: bool, as_json: bool = False) -> None:
    """The command: shows everything unfinished or parked, or of that what is named by its id or key.

    With `retry` these are made due now instead. Raises BadInput for a name that nothing unfinished or parked has.
    """
    settings = settings_with_logs()
    stuck_after = timedelta(minutes=settings.stuck_after_minutes)
    async with open_records(settings) as records:
        deliveries = _named([*await records.inbox.parked(), *await records.inbox.unfinished()], which)
        if retry:
            again = [delivery for delivery in deliveries if await _is_due_again(records, delivery)]
            _tell_retried(again, deliveries, as_json=as_json)
            return
    told = [_told(delivery, SystemClock().now(), stuck_after) for delivery in deliveries]
    if as_json:
        _write({"deliveries": told})
    elif told:
        results().print(_table(told))
    else:
        results().print("Nothing waits.")


def _named(deliveries: list[Delivery], which: Sequence[str]) -> list[Delivery]:
    names = {name for delivery in deliveries for name in (str(delivery.id), delivery.key)}
    if unknown := [name for name in which if name not in names]:
        raise BadInput(
            f"nothing unfinished or parked is named {', '.join(unknown)}",
            next_step="`sophia inbox` shows ids and keys of what there is.",
        )
    return [delivery for delivery in deliveries if not which or {str(delivery.id), delivery.key} & set(which)]


async def _is_due_again(records: Records, delivery: Delivery) -> bool:
    try:
        await due_again(records, delivery)
    except RecordConflict:  # a worker has it at this moment: it needs no retry
        return False
    return True


def _tell_retried(again: list[Delivery], deliveries: list[Delivery], *, as_json: bool) -> None:
    if as_json:
        _write({"due_now": [delivery.id for delivery in again]})
        return
    results().print(f"{len(again)} of {len(deliveries)} deliveries are due now; `sophia serve` takes them up.")


def _told(delivery: Delivery, now: datetime, stuck_after: timedelta) -> dict[str, Any]:
    """A delivery as it is shown: moments as ISO text, `next` empty for what was parked."""
    parked = delivery.status is DeliveryStatus.PARKED
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "key": delivery.key,
        "state": STUCK if _is_stuck(delivery, now, stuck_after) else delivery.status.value,
        "source": delivery.source,
        "tries": delivery.attempts,
        "step": delivery.step,
        "since": _iso(delivery.progress_at),
        "next": None if parked else _iso(delivery.claimable_at),
        "reason": delivery.reason,
    }


def _is_stuck(delivery: Delivery, now: datetime, stuck_after: timedelta) -> bool:
    """Whether a worker has it who comes no further, or who let the lease run out."""
    if delivery.status is not DeliveryStatus.RUNNING:
        return False
    since = delivery.progress_at or now
    return delivery.claimable_at <= now or since + stuck_after <= now


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _table(told: list[dict[str, Any]]) -> Table:
    table = Table("id", "delivery", "state", "came by", "tries", "step", "since", "next", "reason", highlight=False)
    for row in told:
        name = row["key"] if row["kind"] == KIND else f"{row['kind']} {row['key']}"
        begin = (str(row["id"]), name, row["state"], row["source"], str(row["tries"]), row["step"] or "")
        moments = (_shown(row["since"]), _shown(row["next"]))
        table.add_row(*map(Text, (*begin, *moments, row["reason"] or "")))
    return table


def _shown(moment: str | None) -> str:
    return "" if moment is None else f"{datetime.fromisoformat(moment):{FORM}}"


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
