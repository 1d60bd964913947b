"""What an earlier step has stored, for the steps that cannot work without it."""

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import RecordConflict
from memory.calls import StoredCall
from nodes.context import Context

AGAIN = "Run the call again from the beginning."


async def call_of(context: Context, call_id: str) -> Call:
    """The call as it was stored; raises RecordConflict when it was not."""
    stored = await context.records.calls.get(call_id)
    if stored is None:
        raise RecordConflict(f"call {call_id} is not stored", next_step=AGAIN)
    return stored.call


async def stored_whole(context: Context, call_id: str) -> tuple[StoredCall, Transcript]:
    """All that is stored on a call, which has a transcript; raises RecordConflict when it has none."""
    stored = await context.records.calls.get(call_id)
    if stored is None or stored.transcript is None:
        raise RecordConflict(f"call {call_id} has no transcript stored", next_step=AGAIN)
    return stored, stored.transcript


async def transcribed(context: Context, call_id: str) -> tuple[Call, Transcript]:
    """The call with its transcript; raises RecordConflict when there is none."""
    stored, transcript = await stored_whole(context, call_id)
    return stored.call, transcript


async def analysed(context: Context, call_id: str) -> tuple[Call, CallAnalysis]:
    """The call with what was found in it; raises RecordConflict when it was not analysed."""
    stored = await context.records.calls.get(call_id)
    if stored is None or stored.analysis is None:
        raise RecordConflict(f"call {call_id} has no analysis stored", next_step=AGAIN)
    return stored.call, stored.analysis
