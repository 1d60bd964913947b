"""Qualifies a lead from what was heard in its calls: the same calls always give the same, and nothing is guessed.

A candidate never counts: it is shown as possible. What was said last stands: a budget that is heard of after there was
none counts, and one from before does not any more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from core.analysis import MeddpiccField
from nodes.lead_qualification.hearing import FIELD_OF, Against, Field, HeardCall
from nodes.lead_qualification.questions import QUESTIONS
from nodes.lead_qualification.scoring import band_of, reasons_of, score_of
from nodes.lead_qualification.shape import BantField, Heard, LeadQualification, Standing
from nodes.showing import started_at

MOST_EVIDENCE: Final = 3
"""Sentences given for one field: the latest prove it, and the calls have the rest."""

Moment = tuple[float, str, int]


def qualified(calls: Iterable[HeardCall]) -> LeadQualification:
    """What these calls say of the lead, in whatever order they come."""
    latest = sorted(calls, key=_began, reverse=True)
    against = dict(_standing_against(latest))
    opposed = {FIELD_OF[what]: proof for what, proof in against.items()}
    bant = tuple(_standing(field, latest, opposed.get(field)) for field in BantField)
    meddpicc = tuple(_standing(field, latest, None) for field in MeddpiccField)
    reasons = reasons_of((*bant, *meddpicc), against, _lost(latest))
    score = score_of(reasons)
    return LeadQualification(
        bant=bant,
        meddpicc=meddpicc,
        score=score,
        band=band_of(score),
        reasons=reasons,
        calls=tuple(each.call.id for each in latest),
    )


def _standing(field: Field, latest: Sequence[HeardCall], opposed: Heard | None) -> Standing:
    """How a field stands, where nothing counts that was said before the opposite of it."""
    found = [heard for each in latest for name, heard in each.fields if name == field]
    found = [heard for heard in found if opposed is None or _moment(heard) > _moment(opposed)]
    sure = _some(found, lambda heard: not heard.candidate)
    if sure:
        return Standing(field=field, evidence=sure)
    return Standing(field=field, possible=_some(found, lambda heard: heard.candidate), question=QUESTIONS[field])


def _some(found: Sequence[Heard], wanted: Callable[[Heard], bool]) -> tuple[Heard, ...]:
    """The first few of them, no sentence of a call twice."""
    kept: list[Heard] = []
    for heard in found:
        if wanted(heard) and len(kept) < MOST_EVIDENCE and not any(_same_sentence(heard, other) for other in kept):
            kept.append(heard)
    return tuple(kept)


def _same_sentence(one: Heard, other: Heard) -> bool:
    return one.call_id == other.call_id and bool(set(one.evidence) & set(other.evidence))


def _standing_against(latest: Sequence[HeardCall]) -> Iterator[tuple[Against, Heard]]:
    """What speaks against the lead, the last word on each, unless the field was heard of for certain since."""
    for what, field in FIELD_OF.items():
        said = [heard for each in latest for name, heard in each.against if name == what]
        spoken = [heard for each in latest for name, heard in each.fields if name == field and not heard.candidate]
        last = max(said, key=_moment, default=None)
        if last is not None and not any(_moment(heard) > _moment(last) for heard in spoken):
            yield what, last


def _lost(latest: Sequence[HeardCall]) -> Heard | None:
    """The proof that the deal was lost, where that is the last that is known of where it goes."""
    last = next((each.direction for each in latest if each.direction is not None), None)
    return last[1] if last is not None and last[0] == "lost" else None


def _moment(heard: Heard) -> Moment:
    return (heard.at.timestamp() if heard.at else float("-inf"), heard.call_id, heard.start_ms)


def _began(each: HeardCall) -> tuple[float, str]:
    started = started_at(each.call)
    return (started.timestamp() if started else float("-inf"), each.call.id)
