"""From the classifiers' scores to findings: one thing, one finding, with the words that carry it as its quote.

Only sentences above the threshold (and what the same side goes on to say about it, a little weaker) become evidence.
Sides matter: an objection, a buying signal or an open question is a customer's, a moment to coach a seller's.
"""

import math
import re
from collections.abc import Sequence

from core.analysis import Finding, Kind, Severity
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.dialogue import Dialogue, Line, Side
from nodes.call_analysis.extractive.spans import Reach, Span, spans_of
from nodes.call_analysis.extractive.wording import cleaned, shortened

REACH = {
    Kind.OBJECTION: Reach(turns=4, lines=5, weaker=0.75),
    Kind.BUYING_SIGNAL: Reach(turns=4, lines=5, weaker=0.75),
    Kind.RISK: Reach(turns=4, lines=5, weaker=0.75),
    Kind.QUESTION_OPEN: Reach(turns=4, lines=5, weaker=0.25),
    Kind.COACHING: Reach(turns=4, lines=5, weaker=0.5),
}
SPOKEN_BY: dict[Kind, Side] = {
    Kind.OBJECTION: "customer",
    Kind.BUYING_SIGNAL: "customer",
    Kind.QUESTION_OPEN: "customer",
    Kind.COACHING: "seller",
}
MOST_SENTENCES = 6
"""A finding that rests on more sentences than this keeps the strongest."""
STRONG = re.compile(
    r" (?:can't|cannot|won't|never|no way|full stop|deal-breaker|dealbreaker|non-starter|not signing|"
    r"not renewing|veto|cancel|cancelling|canceling|leaving|lost|lose|third|again|unacceptable|impossible|freeze|"
    r"merging|acquired|dead|gone|out of|nothing gets|twice|every) "
)
MILD = re.compile(
    r" (?:maybe|a bit|a little|probably|might|could|i guess|sort of|kind of|not the end|minor|small|slightly|"
    r"would like) "
)


def findings_of(kind: Kind, dialogue: Dialogue, scores: Sequence[float], bar: Bar) -> tuple[Finding, ...]:
    """The findings of one kind, from its scores above the bar by line."""
    return tuple(
        finding_from(kind, span, bar) for span in spans_of(dialogue, by_side(kind, dialogue, scores), REACH[kind])
    )


def by_side(kind: Kind, dialogue: Dialogue, scores: Sequence[float]) -> list[float]:
    """The scores, minus infinity where the side that speaks cannot say a thing of that kind."""
    side = SPOKEN_BY.get(kind)
    return [
        score if side is None or dialogue.internal or line.side == side else -math.inf
        for line, score in zip(dialogue.lines, scores, strict=True)
    ]


def finding_from(kind: Kind, span: Span, bar: Bar) -> Finding:
    """The finding that a span of lines makes."""
    strongest = sorted(span.lines, key=lambda line: -span.scores[line.index])[:MOST_SENTENCES]
    lines = tuple(sorted(strongest, key=lambda line: line.index))
    best = span.strongest
    said = cleaned(best.text)
    return Finding(
        kind=kind,
        text=shortened(f"{best.speaker}: {said}" if best.speaker else said),
        quote=best.text,
        speaker=best.speaker,
        start_ms=lines[0].start_ms,
        evidence=tuple(line.ref for line in lines),
        confidence=bar.confidence(span.score),
        candidate=bar.is_candidate(span.score),
        severity=severity_of(lines) if kind in (Kind.OBJECTION, Kind.RISK) else None,
    )


def severity_of(lines: Sequence[Line]) -> Severity:
    """How grave it is, by how firmly it is put."""
    plain = " ".join(line.plain for line in lines)
    if STRONG.search(plain):
        return "high"
    return "low" if MILD.search(plain) else "medium"
