"""The analysis that both analysts make together: whose word stands where, and what a reader must be told."""

from collections.abc import Iterator, Sequence

from core.analysis import CallAnalysis, Sentiment, StageDirection
from nodes.call_analysis.extractive.dialogue import Dialogue
from nodes.call_analysis.judging.agreement import Agreement, Word
from nodes.call_analysis.judging.collecting import Collected
from nodes.call_analysis.judging.ground import Reason, evidence_of
from nodes.call_analysis.judging.grounding import CONFIDENCE, MODEL, Judged
from nodes.call_analysis.judging.merging import Found, Starts, contradicted, of_all_windows, with_extracted
from nodes.call_analysis.judging.outlining import View
from nodes.call_analysis.judging.reading import Part
from nodes.showing import minute

NO_SUMMARY = "No sentence of the model's summary held: this one is composed of what was found."
OTHER_LANGUAGE = "A model read the call as well: what it found are candidates, and due dates were not resolved."
NAMED_PARTS = 5


def composed(
    extracted: CallAnalysis,
    found: Collected,
    whole: View,
    dialogue: Dialogue,
    notes: Sequence[str],
    agreement: Agreement,
) -> CallAnalysis:
    """The analysis of both; topics and talk statistics are counted, not judged, and stay as they are."""
    places = range(len(extracted.items) + len(extracted.meddpicc))
    words, field_words = found.words(places[: len(extracted.items)]), found.words(places[len(extracted.items) :])
    starts = {line.ref: line.start_ms for line in dialogue.lines}
    items = _of_both(extracted.items, words, found.items, starts, agreement, found)
    fields = _of_both(extracted.meddpicc, field_words, found.fields, starts, agreement, found)
    about: dict[str, object] = {
        "analyst": MODEL,
        "sentiment": sentiment_of(extracted.sentiment, whole, agreement),
        "stage_direction": direction_of(extracted.stage_direction, whole),
        "items": tuple(sorted(items, key=lambda item: (item.start_ms, item.kind))),
        "meddpicc": tuple(sorted(fields, key=lambda known: (known.start_ms, known.field))),
        "notes": (*extracted.notes, *notes),
        "dropped": extracted.dropped + sum(found.reasons.values()),
        "awaits_model": False,
    }
    return extracted.model_copy(update=about | _summary(whole))


def _of_both(
    extracted: Sequence[Found],
    words: Sequence[Word],
    judged: Sequence[Judged[Found]],
    starts: Starts,
    agreement: Agreement,
    counts: Collected,
) -> tuple[Found, ...]:
    own = of_all_windows(judged, starts)
    counts.reasons[Reason.CONTRADICTED] += contradicted(extracted, words, own)
    return with_extracted(extracted, words, own, starts, agreement)


def _summary(whole: View) -> dict[str, object]:
    """The model's summary; nothing where no sentence of it held, so that the extracted one stands."""
    if not whole.statements:
        return {}
    refs = {line.ref for statement in whole.statements for line in statement.lines}
    told = " ".join(statement.text for statement in whole.statements)
    return {"summary": told, "summary_evidence": tuple(sorted(refs))}


def sentiment_of(extracted: Sentiment, whole: View, agreement: Agreement) -> Sentiment:
    """The model's label where the customer's sentences bear it out; score and course are counted, and stay."""
    if whole.sentiment is None:
        return extracted
    label, lines = whole.sentiment
    word: Word = "agrees" if label == extracted.label else "rejects"
    return extracted.model_copy(
        update={
            "label": label,
            "evidence": evidence_of(lines),
            "confidence": max(extracted.confidence, CONFIDENCE) if word == "agrees" else CONFIDENCE,
            "candidate": agreement.is_candidate(extracted.candidate, word),
        }
    )


def direction_of(extracted: StageDirection, whole: View) -> StageDirection:
    """The model's direction where sentences bear it out."""
    if whole.direction is None:
        return extracted
    direction, lines = whole.direction
    confidence = max(extracted.confidence, CONFIDENCE) if direction == extracted.direction else CONFIDENCE
    if direction == "hold":
        return StageDirection(direction=direction, confidence=confidence)
    return StageDirection(direction=direction, quote=lines[0].text, evidence=evidence_of(lines), confidence=confidence)


def notes_on(parts: Sequence[Part], whole: View, extracted: CallAnalysis, dialogue: Dialogue) -> tuple[str, ...]:
    """What a reader must know of how the model read the call, in plain words."""
    return tuple(_notes(parts, whole, extracted, dialogue))


def _notes(parts: Sequence[Part], whole: View, extracted: CallAnalysis, dialogue: Dialogue) -> Iterator[str]:
    unread = [part for part in parts if part.judgement is None]
    if unread:
        spans = [_span(part, dialogue) for part in unread[:NAMED_PARTS]]
        more = f" and {len(unread) - NAMED_PARTS} more" if len(unread) > NAMED_PARTS else ""
        yield f"The model's answers on {', '.join(spans)}{more} could not be used: that was read without it."
    if not whole.statements:
        yield NO_SUMMARY
    if extracted.language not in (None, "en"):
        yield OTHER_LANGUAGE


def _span(part: Part, dialogue: Dialogue) -> str:
    first, last = dialogue.lines[part.window.lines[0]], dialogue.lines[part.window.lines[-1]]
    return f"{minute(first.start_ms)}–{minute(last.end_ms)}"
