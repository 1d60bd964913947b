"""What findings a bar would give, and which of them are right: the ground that bars are chosen on."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis import Kind, SentenceRef
from evals.labelled import Labelled
from evals.labels import GoldItem
from nodes.call_analysis.extractive.arrangements import step_spans, taken_back
from nodes.call_analysis.extractive.findings import REACH, by_side
from nodes.call_analysis.extractive.spans import Reach, Span, spans_of

Proof = frozenset[SentenceRef]


@dataclass(frozen=True)
class Told:
    """The score above the bar of every finding told and whether it was right, and how many were labelled."""

    found: tuple[tuple[float, bool], ...]
    labelled: int

    @property
    def right(self) -> int:
        return sum(is_right for _, is_right in self.found)


def told_of(kind: Kind, limit: float, pairs: Sequence[tuple[Labelled, Sequence[float]]]) -> Told:
    """What would be told of a kind if its findings began at this score."""
    found: list[tuple[float, bool]] = []
    labelled = 0
    for source, scores in pairs:
        spans = _live_spans(kind, source, [score - limit for score in scores])
        gold = [frozenset(item.evidence) for item in _gold(source, kind)]
        right = _matched([frozenset(line.ref for line in span.lines) for span in spans], gold)
        found += [(span.score, place in right) for place, span in enumerate(spans)]
        labelled += len(gold)
    return Told(tuple(found), labelled)


def _live_spans(kind: Kind, source: Labelled, scores: Sequence[float]) -> list[Span]:
    dialogue = source.dialogue
    if kind is not Kind.NEXT_STEP:
        return list(spans_of(dialogue, by_side(kind, dialogue, scores), REACH.get(kind, Reach())))
    spans = step_spans(dialogue, scores)
    withdrawn = taken_back(spans, dialogue)
    return [span for place, span in enumerate(spans) if place not in withdrawn]


def _gold(source: Labelled, kind: Kind) -> list[GoldItem]:
    items = source.gold.items if source.gold else ()
    return [item for item in items if item.kind is kind and not item.withdrawn]


def _matched(proofs: Sequence[Proof], gold: Sequence[Proof]) -> set[int]:
    """Places of the proofs that meet a label: one to one, largest overlap first."""
    pairs = sorted((-len(p & g), a, b) for a, p in enumerate(proofs) for b, g in enumerate(gold) if p & g)
    left: set[int] = set()
    right: set[int] = set()
    for _, a, b in pairs:
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
    return left
