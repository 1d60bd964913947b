"""How a call comes to its analysis: kept when it is the wanted one, else made anew, with what stands stored first.

The extractive analysis needs nothing but this machine, so it is stored before the model is asked: whatever becomes of
the model, something stands, marked as awaiting it.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import ConfigurationError, Rejected, SophiaError, Unauthorized, Unavailable
from memory.calls import StoredCall
from nodes.call_analysis.versions import Analysts, reasons_against
from nodes.context import Context

UNANSWERED: Final = "The language model has not answered: this was found without it, and is improved when it is back."
REFUSED: Final = "The language model could not read this call: this was found without it, and it is tried again later."
NOT_AS_SET_UP: Final = (
    "The language model cannot read this call as it is set up: this was found without it. `sophia doctor` says what to "
    "change; `sophia reanalyze` then has the model read it."
)
NOTES: Final = (UNANSWERED, REFUSED, NOT_AS_SET_UP)
"""What an analysis says of a model that took no part: it will by itself, it may, or only when the owner acts."""

Refusal = Unavailable | Rejected | Unauthorized | ConfigurationError | TimeoutError
"""Why a model took no part."""

FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(days=1)
"""A model is asked about a call once more as soon as it answers, then after 15, 30, 60, … minutes: one that cannot do
with this call must not be kept busy by it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reading:
    """What a call comes to for now; `refusal` is why the model took no part in it."""

    analysis: CallAnalysis
    refusal: Refusal | None = None


async def read_call(context: Context, stored: StoredCall, transcript: Transcript) -> None:
    """Sees to it that the wanted analysis of a call is stored, or the best there can be now.

    Never raises for want of the model. What a model made of the same words stands when none answers now.
    """
    analysts, calls, call = Analysts.of(context), context.records.calls, stored.call
    wanted = analysts.wanted(call, transcript)
    if stored.analysis is not None and not reasons_against(stored.analysis, wanted):
        return
    extracted = await analysts.extract(call, transcript)
    if analysts.model is None:
        await calls.save_analysis(call.id, extracted)
        return
    standing = _standing(stored.analysis, extracted)
    await calls.save_analysis(call.id, standing)
    reading = await _judged(analysts, call, transcript, extracted, standing, context.options.model_patience)
    await _store(context, stored, reading)


async def read_once(analysts: Analysts, call: Call, transcript: Transcript) -> CallAnalysis:
    """The analysis of a call that is stored nowhere, as `read_call` would store it at first."""
    extracted = await analysts.extract(call, transcript)
    if analysts.model is None:
        return extracted
    reading = await _judged(analysts, call, transcript, extracted, _standing(None, extracted), None)
    if reading.refusal is not None:
        _tell(call.id, reading.refusal, 1)
    return reading.analysis


async def _judged(
    analysts: Analysts,
    call: Call,
    transcript: Transcript,
    extracted: CallAnalysis,
    standing: CallAnalysis,
    patience: timedelta | None,
) -> Reading:
    """What the model makes of it within this time, else what stands, with a note that says why."""
    try:
        async with asyncio.timeout(patience.total_seconds() if patience else None):
            return Reading(await analysts.judge(call, transcript, extracted))
    except ConfigurationError as error:
        return Reading(_with_note(standing.model_copy(update={"awaits_model": False}), NOT_AS_SET_UP), error)
    except (Unavailable, TimeoutError) as error:
        return Reading(standing, error)
    except (Rejected, Unauthorized) as error:
        return Reading(_with_note(standing, REFUSED), error)


async def _store(context: Context, stored: StoredCall, reading: Reading) -> None:
    calls, call_id, tries = context.records.calls, stored.call.id, stored.model_tries + 1
    if reading.refusal is None:
        await calls.save_analysis(call_id, reading.analysis)
        return
    _tell(call_id, reading.refusal, tries)
    if not reading.analysis.awaits_model:
        await calls.save_analysis(call_id, reading.analysis)
        return
    again_at = context.clock.now() + pause_after(tries, reading.refusal)
    await calls.save_without_model(call_id, reading.analysis, tries, again_at)


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
    others = tuple(said for said in standing.notes if said not in NOTES)
    return standing.model_copy(update={"notes": (*others, note)})


def _tell(call_id: str, refusal: Refusal, tries: int) -> None:
    level = log.warning if isinstance(refusal, Unavailable | TimeoutError) else log.error
    next_step = refusal.next_step if isinstance(refusal, SophiaError) else None
    detail = str(refusal) or "the model took longer than a call may take"
    level("analysis.without_model", call_id=call_id, detail=detail, tries=tries, next_step=next_step)
