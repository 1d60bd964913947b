"""`sophia inbox`: what waits or was parked, why, and another try for it."""

from rich.table import Table
from rich.text import Text

from api.intake import KIND
from api.logs import settings_with_logs
from api.storage import open_records
from api.terminal import results
from core.errors import RecordConflict
from memory.inbox import Delivery
from memory.records import Records

FORM = "%Y-%m-%d %H:%M:%S %Z"


async def show_inbox(*, retry: bool) -> None:
    """The command: shows everything unfinished or parked; with `retry` makes it due now."""
    async with open_records(settings_with_logs()) as records:
        deliveries = [*await records.inbox.parked(), *await records.inbox.unfinished()]
        if retry:
            again = [delivery for delivery in deliveries if await _due_again(records, delivery)]
            results().print(f"{len(again)} of {len(deliveries)} deliveries are due now; `sophia serve` takes them up.")
            return
    if not deliveries:
        results().print("Nothing waits.")
        return
    results().print(_table(deliveries))


async def _due_again(records: Records, delivery: Delivery) -> bool:
    try:
        await records.inbox.retry(delivery.id)
    except RecordConflict:  # a worker has it at this moment: it needs no retry
        return False
    return True


def _table(deliveries: list[Delivery]) -> Table:
    table = Table("call", "state", "came by", "tries", "next", "reason", highlight=False)
    for delivery in deliveries:
        name = delivery.key if delivery.kind == KIND else f"{delivery.kind} {delivery.key}"
        due = "" if delivery.status == "parked" else f"{delivery.claimable_at:{FORM}}"
        cells = (name, delivery.status.value, delivery.source, str(delivery.attempts), due, delivery.reason or "")
        table.add_row(*map(Text, cells))
    return table
