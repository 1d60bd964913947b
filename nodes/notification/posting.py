"""Carries out what the ledger holds of Slack: a message is posted once, and changed in place where it stands.

A message that may have been posted before a crash is looked for before anything is posted again; to change a message
twice is to change it once.
"""

from datetime import UTC, datetime
from typing import Final

from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus
from nodes.context import Context
from nodes.turns import Turn
from tools.slack.port import Posted

OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})
THREAD: Final = "thread"
"""Under which a reply's payload holds the timestamp of the message it hangs on."""
MESSAGE: Final = "message"
"""Under which a change's payload holds the key of the message that it changes; its timestamp is the `TS`."""
TS: Final = "ts"
REPLACED = "it was changed again before it was shown"


async def post_once(context: Context, effect: Effect) -> None:
    """Posts a message, unless it stands there already; one that may have been posted is looked for first.

    Slack takes the same message twice, so two processes at one call follow each other here.
    """
    ledger = context.records.ledger
    async with context.turns.hold([f"calls/{effect.call_id}"]) as turn:
        row = (await ledger.plan([effect]))[0]
        if row.object_id is None or row.status not in OPEN:
            return
        try:
            posted = await _posted_before(context, row, row.object_id)
        except (Rejected, NotFound) as error:  # it may stand there: it is never posted again
            await ledger.fail(row.key, str(error))
            return
        try:
            posted = posted or await _post(context, row, row.object_id, turn)
        except (Rejected, NotFound) as error:
            await ledger.refuse(row.key, str(error))
            return
        await ledger.confirm(row.key, posted.ts)


async def _posted_before(context: Context, row: Effect, channel: str) -> Posted | None:
    if row.status is not EffectStatus.SENT:
        return None
    since = row.created_at or datetime.min.replace(tzinfo=UTC)
    return await context.messenger.find(channel, row.key, since, thread=row.payload.get(THREAD))


async def _post(context: Context, row: Effect, channel: str, turn: Turn) -> Posted:
    await context.records.ledger.mark_sent([row.key])
    await turn.keep()
    text, blocks = row.after or "", row.payload["blocks"]
    return await context.messenger.post(channel, text, blocks, row.key, thread=row.payload.get(THREAD))


async def change_once(context: Context, effect: Effect) -> None:
    """Changes a message in place; changes of it that were planned before and not carried out are given up."""
    ledger = context.records.ledger
    async with context.turns.hold([f"calls/{effect.call_id}"]) as turn:
        row = (await ledger.plan([effect]))[0]
        if row.object_id is None or row.status not in OPEN:
            return
        for other in await ledger.of_call(effect.call_id):
            if other.key != row.key and other.status in OPEN and other.payload.get(MESSAGE) == row.payload[MESSAGE]:
                await ledger.fail(other.key, REPLACED)
        await ledger.mark_sent([row.key])
        await turn.keep()
        await _change(context, row, row.object_id)


async def _change(context: Context, row: Effect, channel: str) -> None:
    ledger, about = context.records.ledger, row.payload
    try:
        posted = await context.messenger.update(channel, about[TS], row.after or "", about["blocks"], about[MESSAGE])
    except (Rejected, NotFound) as error:
        await ledger.refuse(row.key, str(error))
        return
    await ledger.confirm(row.key, posted.ts)
