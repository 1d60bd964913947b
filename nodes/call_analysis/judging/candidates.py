"""What the extractive analyst found, as candidates for a model to rule on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.analysis import CallAnalysis, Finding, Proved, Qualification, SentenceRef
from nodes.call_analysis.extractive.dialogue import Dialogue


@dataclass(frozen=True)
class Candidate:
    """A finding of the extractive analyst's: `place` among all of them, `lines` its evidence by index, ascending."""

    place: int
    kind: str
    lines: tuple[int, ...]


def ruled_on(extracted: CallAnalysis) -> tuple[Proved, ...]:
    """The findings in the order of their places: items, then MEDDPICC fields."""
    return (*extracted.items, *extracted.meddpicc)


def candidates_of(extracted: CallAnalysis, dialogue: Dialogue) -> tuple[Candidate, ...]:
    """The candidates of a call. Instructions to software are none: no model is asked whether to tell of those."""
    return tuple(_candidates(extracted, dialogue))


def _candidates(extracted: CallAnalysis, dialogue: Dialogue) -> Iterator[Candidate]:
    index: Mapping[SentenceRef, int] = {line.ref: line.index for line in dialogue.lines}
    for place, found in enumerate(ruled_on(extracted)):
        lines = tuple(sorted({index[ref] for ref in found.evidence if ref in index}))
        if lines and not (isinstance(found, Finding) and found.order):
            yield Candidate(place, _kind_of(found), lines)


def _kind_of(found: Proved) -> str:
    if isinstance(found, Qualification):
        return found.field.value
    return found.kind.value if isinstance(found, Finding) else "finding"
