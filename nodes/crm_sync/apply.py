"""The apply step: carries out the allowed changes, each once, and says for every other one why not.

The note goes first, then the properties, one request for each kind of record. Everything stands in the ledger before
it is sent. What was sent before a crash is read back; what somebody else changed since it was read is not overwritten
but put to a person; what a later call has left stays. A note that a person has edited is left as it is, and that is
said.
"""

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from nodes.context import Context
from nodes.crm_sync.creating import create_once
from nodes.crm_sync.effects import change_effect
from nodes.crm_sync.gone import without
from nodes.crm_sync.note_versions import NOTE_STAYS, update_note
from nodes.crm_sync.updating import Update, update_once
from nodes.state import CallState, Change, Resolution
from nodes.stored import call_of
from tools.hubspot.port import ObjectType

UPDATED: tuple[ObjectType, ...] = ("contacts", "deals")


async def apply(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes the note and the properties; gives back the records that are still there."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None:
        return {}
    changes = state.get("changes", ())
    call = await call_of(context, state["call_id"])
    resolution = await _write_note(context, state["call_id"], changes, resolution)
    for type in UPDATED:
        wanted = tuple(change for change in changes if change.object_type == type)
        if wanted:
            missing = await update_once(Update(context, call, type, wanted, resolution))
            resolution = without(resolution, missing)
    return {"resolution": resolution}


async def _write_note(context: Context, call_id: str, changes: Sequence[Change], resolution: Resolution) -> Resolution:
    """Makes the call's note, or brings the one that is there up to date."""
    notes = [change for change in changes if change.object_type == "notes"]
    made = [change_effect(call_id, change) for change in notes if change.object_id is None]
    resolution = without(resolution, await create_once(context, "notes", made))
    for change in notes:
        if change.object_id is not None and (kept := await update_note(context, call_id, change)):
            resolution = _remarked(resolution, f"{NOTE_STAYS}: {kept}")
    return resolution


def _remarked(resolution: Resolution, remark: str) -> Resolution:
    return resolution.model_copy(update={"remarks": (*resolution.remarks, remark)})
