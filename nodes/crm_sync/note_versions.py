"""The versions of a call's one note: made once, brought up to date in place, and never over what a person wrote there.

Each version is an effect of its own, which holds the text that it replaced, so that undo can go back step by step.
"""

import re

from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.context import Context
from nodes.crm_sync.effects import change_effect
from nodes.crm_sync.past import WRITTEN, Past
from nodes.state import Change
from nodes.turns import Turn
from nodes.undo.sameness import same_property
from tools.hubspot.port import Record

BODY = "hs_note_body"
OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})
DELETED = "it was deleted meanwhile"
EDITED = "a person has edited it since"
NOTE_STAYS = "the note about the call was not brought up to date"
"""How a remark begins that says why."""
MARK = re.compile(r"Sophia ref [0-9a-f]{12}")
"""The line that names the key where the portal has no property for it (tools/hubspot/keyed.py)."""


def note_key(call_id: str) -> str:
    """The key of the note about a call."""
    return effect_key(call_id, "note")


def standing_body(past: Past, call_id: str, id: str) -> str:
    """The text that Sophia wrote into the note last."""
    written = [row for row in past.updates("notes", id, BODY) if row.status in WRITTEN]
    made = past.made(note_key(call_id))
    first = made.payload.get("properties", {}).get(BODY, "") if made else ""
    return str((written[-1].after if written else first) or "")


async def update_note(context: Context, call_id: str, change: Change) -> str | None:
    """Writes this version of the note, once; returns why it was not written, in words, None when there is no reason."""
    ledger, id = context.records.ledger, change.object_id or ""
    async with context.turns.hold([f"notes/{id}"]) as turn:
        row = (await ledger.plan([change_effect(call_id, change)]))[0]
        if row.status in OPEN:
            found = (await context.crm.read("notes", [id], [BODY])).get(id)
            await turn.keep()
            await _settle(context, row, found, turn)
    settled = await ledger.get(row.key)
    return settled.reason if settled is not None and settled.status is EffectStatus.FAILED else None


async def _settle(context: Context, row: Effect, found: Record | None, turn: Turn) -> None:
    """Writes where the note is still as Sophia left it; else the ledger says why not."""
    ledger = context.records.ledger
    if found is None or found.archived:
        await ledger.fail(row.key, DELETED)
        return
    stands = found.get(BODY)
    if same_property(BODY, row.after or "", stands):
        await ledger.confirm(row.key, found.id)
    elif same_property(BODY, row.before or "", stands):
        await _send(context, row, stands or "", turn)
    else:
        await ledger.fail(row.key, EDITED)


async def _send(context: Context, row: Effect, stands: str, turn: Turn) -> None:
    ledger, id = context.records.ledger, row.object_id or ""
    mark = MARK.search(stands)
    body = f"{row.after}<br>{mark[0]}" if mark else row.after or ""
    await ledger.mark_sent([row.key])
    await turn.keep()
    try:
        answers = await context.crm.update("notes", {id: {BODY: body}})
        refused = answers.get(id, "HubSpot did not say that it was done")
    except (Rejected, NotFound) as error:
        refused = str(error)
    await (ledger.confirm(row.key, id) if refused is None else ledger.refuse(row.key, refused))
