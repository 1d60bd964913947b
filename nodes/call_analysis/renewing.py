"""A known call looked at once more in Gong: a transcript may come in two halves, or be corrected later."""

from core.analysis import CallAnalysis
from core.calls import Call, Transcript, Turn
from core.fingerprint import input_hash_of
from memory.calls import THROUGH
from nodes.context import Context


async def renew(context: Context, call_id: str) -> bool:
    """Stores what Gong says of a call by now, in two requests; returns whether there is anything to do about it.

    That is so when the call was not worked through, or what was found in it does not rest on what is stored now. What
    Gong does not know any more, or what became private, is left as it stands. Raises what CallGateway raises.
    """
    stored = await context.records.calls.get(call_id)
    if stored is None or stored.analysis is None:
        return True
    call = (await context.calls.calls([call_id])).get(call_id)
    transcript = stored.transcript
    if call is None or call.is_private:
        call = stored.call
    else:
        transcript = joined(transcript, (await context.calls.transcripts([call_id])).get(call_id))
    if (call, transcript) != (stored.call, stored.transcript):
        await context.records.calls.save(call, transcript)
    return stored.status not in THROUGH or not _rests_on(stored.analysis, call, transcript)


def joined(stored: Transcript | None, given: Transcript | None) -> Transcript | None:
    """The transcript to keep of the stored one and what Gong gives now.

    The newer one counts for all the time from its first word on, and what was said before that stays: so the second
    half of a call is put behind the first, and a corrected transcript takes the place of the whole. One without words
    never replaces one with words.
    """
    if stored is None or given is None:
        return given or stored
    begins = min((sentence.start_ms for turn in given.turns for sentence in turn.sentences), default=None)
    if begins is None:
        return stored
    before = tuple(turn for turn in stored.turns if _is_over(turn, begins))
    return given.model_copy(update={"turns": (*before, *given.turns)})


def _is_over(turn: Turn, begins: int) -> bool:
    """Whether a turn was ended before the newer transcript begins (milliseconds)."""
    return bool(turn.sentences) and all(sentence.end_ms <= begins for sentence in turn.sentences)


def _rests_on(analysis: CallAnalysis, call: Call, transcript: Transcript | None) -> bool:
    made = analysis.provenance
    return transcript is None or (made is not None and made.input_hash == input_hash_of(call, transcript))
