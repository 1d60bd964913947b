"""How a call comes to its analysis: kept when it is the wanted one, else made anew, with what stands stored first.

The extractive analysis needs nothing but this machine, so it is stored before the model is asked: whatever becomes of
the model, something stands, marked as awaiting it.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import Rejected, ServiceError, Unauthorized, Unavailable
from memory.calls import StoredCall
from nodes.call_analysis.versions import Analysts, reasons_against
from nodes.context import Context

UNANSWERED: Final = "The language model has not answered: this was found without it, and is improved when it is back."
REFUSED: Final = "The language model could not read this call: this was found without it, and it is tried again later."

FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(days=1)
"""A model is asked about a call once more as soon as it answers, then after 15, 30, 60, … minutes: one that cannot do
with this call must not be kept busy by it."""

log = structlog.get_logger(__name__)


async def read_call(context: Context, stored: StoredCall, transcript: Transcript) -> None:
    """Sees to it that the wanted analysis of a call is stored, or the best there can be now.

    Never raises for want of the model. What a model made of the same words stands when none answers now.
    """
    analysts, call = Analysts.of(context), stored.call
    wanted = analysts.wanted(call, transcript)
    if stored.analysis is not None and not reasons_against(stored.analysis, wanted):
        return
    extracted = await analysts.extract(call, transcript)
    if analysts.model is None:
        await context.records.calls.save_analysis(call.id, extracted)
        return
    standing = _standing(stored.analysis, extracted)
    await context.records.calls.save_analysis(call.id, standing)
    await _ask_model(context, analysts, stored, transcript, extracted, standing)


async def _ask_model(
    context: Context,
    analysts: Analysts,
    stored: StoredCall,
    transcript: Transcript,
    extracted: CallAnalysis,
    standing: CallAnalysis,
) -> None:
    call, calls = stored.call, context.records.calls
    try:
        async with asyncio.timeout(context.options.model_patience.total_seconds()):
            judged = await analysts.judge(call, transcript, extracted)
    except (Unavailable, Rejected, Unauthorized, TimeoutError) as error:
        tries = stored.model_tries + 1
        wait = pause_after(tries, error)
        _tell(call, error, tries)
        kept = standing if isinstance(error, Unavailable | TimeoutError) else _with_note(standing, REFUSED)
        await calls.save_without_model(call.id, kept, tries, context.clock.now() + wait)
        return
    await calls.save_analysis(call.id, judged)


def pause_after(tries: int, error: Exception) -> timedelta:
    """How long a call waits for the next look of a model that was asked about it so often in vain."""
    asked = error.retry_after if isinstance(error, Unavailable) else None
    doubled = FIRST_PAUSE * 2 ** min(tries - 2, 16) if tries > 1 else timedelta(0)
    return max(min(doubled, LONGEST_PAUSE), asked or timedelta(0))


def _standing(stored: CallAnalysis | None, extracted: CallAnalysis) -> CallAnalysis:
    """What stands until the model has answered: what one made of the same words before, else what was extracted."""
    if stored is not None and stored.provenance is not None and extracted.provenance is not None:
        made = stored.provenance
        if made.model is not None and made.input_hash == extracted.provenance.input_hash:
            return stored.model_copy(update={"awaits_model": True})
    return _with_note(extracted.model_copy(update={"awaits_model": True}), UNANSWERED)


def _with_note(standing: CallAnalysis, note: str) -> CallAnalysis:
    """The analysis with this note on the model instead of any other; one that a model made needs none."""
    if standing.provenance is not None and standing.provenance.model is not None:
        return standing
    others = tuple(said for said in standing.notes if said not in (UNANSWERED, REFUSED))
    return standing.model_copy(update={"notes": (*others, note)})


def _tell(call: Call, error: Exception, tries: int) -> None:
    refused = isinstance(error, Rejected | Unauthorized)
    next_step = error.next_step if isinstance(error, ServiceError) else None
    level = log.error if refused else log.warning
    detail = str(error) or "the model took longer than a call may take"
    level("analysis.without_model", call_id=call.id, detail=detail, tries=tries, next_step=next_step)
