"""The call analysis agent: gets a call with its transcript, finds things in it, and checks the proof of each.

A transcript that is late ends the run with the time to look again: nothing sleeps, and the caller books the next run.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from core.calls import Call, Transcript
from memory.calls import CallStatus
from nodes.call_analysis.reading import read_call
from nodes.call_analysis.verify import verify as verified
from nodes.context import Context
from nodes.showing import started_at
from nodes.state import CallOutcome, CallState
from nodes.stored import analysed, stored_whole, transcribed

SHORTEST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=4)
"""Gong needs up to a day for a transcript: most come soon, so look often at first and seldom later."""


async def fetch(state: CallState, runtime: Runtime[Context]) -> Command[Literal["resolve", "analyse", "__end__"]]:
    """Makes sure that the call and its transcript are stored, or ends the run and says why.

    What a poll or backfill has stored already is not asked for again.
    """
    context, call_id = runtime.context, state["call_id"]
    now = context.clock.now()
    first_seen = state.get("first_seen") or now
    call, transcript = await _stored_or_from_gong(context, call_id)
    if call is None:
        await context.records.calls.save(Call(id=call_id), None)  # so that its state can be told
        outcome = CallOutcome(status=CallStatus.FAILED, reason="Gong knows no call with this id")
    elif call.is_private:
        outcome = CallOutcome(status=CallStatus.SKIPPED, reason="private call: left alone")
    elif transcript is None:
        outcome = _late(now, started_at(call) or first_seen, context.options.transcript_patience)
    else:
        silence = reason_for_silence(call, transcript)
        goto: Literal["resolve", "analyse"] = "analyse" if silence else "resolve"
        return Command(goto=goto, update={"silence": silence, "first_seen": first_seen})
    await context.records.calls.set_status(call_id, outcome.status, outcome.reason)
    return Command(goto="__end__", update={"outcome": outcome, "first_seen": first_seen})


async def analyse(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Has the analysts read the call, unless just these have read just this before, and stores what they found."""
    await read_call(runtime.context, *await stored_whole(runtime.context, state["call_id"]))
    return {}


async def verify(state: CallState, runtime: Runtime[Context]) -> Command[Literal["propose", "remember"]]:
    """Drops every finding whose quote is not in the transcript; nothing unproved leaves this step."""
    context, call_id = runtime.context, state["call_id"]
    (call, transcript), (_, analysis) = await transcribed(context, call_id), await analysed(context, call_id)
    await context.records.calls.save_analysis(call_id, verified(analysis, call, transcript))
    return Command(goto="remember" if state.get("silence") else "propose")


def reason_for_silence(call: Call, transcript: Transcript) -> str | None:
    """Why nothing is to be written or posted about this call, None when it is a conversation with a customer."""
    if not any(sentence.text.strip() for turn in transcript.turns for sentence in turn.sentences):
        return "the transcript is empty"
    affiliations = {party.affiliation for party in call.parties}
    if affiliations == {"Internal"} or (call.scope == "Internal" and "External" not in affiliations):
        return "internal call"
    return None


async def _stored_or_from_gong(context: Context, call_id: str) -> tuple[Call | None, Transcript | None]:
    stored = await context.records.calls.get(call_id)
    call, transcript = (stored.call, stored.transcript) if stored else (None, None)
    if call is None or call == Call(id=call_id):  # never seen, or stored before Gong knew it
        call = (await context.calls.calls([call_id])).get(call_id)
    if call is None:
        return None, None
    if transcript is None and not call.is_private:
        transcript = (await context.calls.transcripts([call_id])).get(call_id)
    if stored is None or (call, transcript) != (stored.call, stored.transcript):
        await context.records.calls.save(call, transcript)
    return call, transcript


def _late(now: datetime, since: datetime, patience: timedelta) -> CallOutcome:
    """What to do about a transcript that is not there: look again, or give up once the patience has run out."""
    deadline = since + patience
    if now >= deadline:
        hours = patience.total_seconds() / 3600
        return CallOutcome(status=CallStatus.FAILED, reason=f"no transcript within {hours:g} hours of the call")
    wait = min(max((now - since) / 4, SHORTEST_WAIT), LONGEST_WAIT)
    return CallOutcome(
        status=CallStatus.WAITING,
        reason="the transcript is not ready",
        retry_at=min(now + wait, deadline),
    )
