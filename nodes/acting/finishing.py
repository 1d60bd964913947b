"""Sees to it that it is known how an effect ended.

Where no answer came it is looked for at once, by the same steps as after a crash. What stays unknown is left in the
ledger at `sent`, for `finish_left` to find out; what was certainly not sent is given up, since the person is told so.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from core.errors import RecordConflict, Unavailable
from memory.ledger import Effect, EffectStatus, is_of_chat
from memory.outages import SERVICE as DATABASE
from nodes.acting.order import Order
from nodes.context import Context
from nodes.planned_again import carry_out_planned

NOT_SENT = "it could not be sent"
TRIES = 2
LEFT = timedelta(minutes=5)
"""Longer than any turn takes: what stands open for so long belongs to a turn that died, or had no answer."""


async def finished(order: Order, key: str, carry_out: Callable[[], Awaitable[object]]) -> Effect:
    """The row of this effect once it was carried out, or was not."""
    ledger = order.house.records.ledger
    begun = await ledger.get(key)
    doubtful = begun is not None and begun.status is EffectStatus.SENT
    for _ in range(TRIES):
        try:
            await carry_out()
            break
        except Unavailable as error:
            if error.service == DATABASE:
                raise
            doubtful = doubtful or error.maybe_done
            if not doubtful:
                await ledger.fail(key, f"{NOT_SENT}: {error}")
                break
    row = await ledger.get(key)
    if row is None:
        raise RecordConflict(f"effect {key} was never planned", next_step="Say it again.")
    return row


async def finish_left(context: Context, older_than: timedelta = LEFT) -> int:
    """Finds out about what turns have left open, and finishes it; returns how many turns that were.

    Raises Unavailable when a service cannot be asked now: the next look goes on.
    """
    left = [row for row in await context.records.ledger.unsettled(older_than) if is_of_chat(row.call_id)]
    turns = dict.fromkeys(row.call_id for row in left if row.undoes is None and row.approval_id is None)
    for turn in turns:
        await carry_out_planned(context, turn)
    return len(turns)
