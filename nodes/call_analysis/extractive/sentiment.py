"""The customer's sentiment: over the whole call, and its course from the first quarter to the last.

Every customer sentence gets a value between -1 and 1 from the classifiers' view of it (praise and intent against
pushback) and from plain words of liking and disliking; neither knows the other's side. The label follows from how
much of both there is.
"""

import re
from collections.abc import Mapping, Sequence

from core.analysis import Sentiment, SentimentLabel
from nodes.call_analysis.extractive.dialogue import Dialogue, Line

LIKED = re.compile(
    r" (?:love|loved|loves|great|beautiful|impressed|excited|brilliant|excellent|fantastic|amazing|perfect|nice|"
    r"awesome|wonderful|lovely|delighted|pleased|thrilled|happy|glad|best|appreciate|easy|good|like|liked|"
    r"helpful|useful|better|clever|relief) "
)
DISLIKED = re.compile(
    r" (?:hate|awful|terrible|horrible|ridiculous|unacceptable|disappointed|disappointing|frustrated|frustrating|"
    r"annoyed|angry|mad|furious|fed up|sick of|problem|problems|issue|worried|concern|concerned|expensive|broken|"
    r"down|failed|wrong|missing|late|can't|won't|lost|worse|bad|nobody|never|pain|nervous|afraid|trouble|mess) "
)
DENIED = re.compile(r" (?:not|no|don't|didn't|isn't|wasn't|never) (?:\w+ )?$")


def sentiment_of(dialogue: Dialogue, scores: Mapping[str, Sequence[float]], label: SentimentLabel) -> Sentiment:
    """The sentiment with its course; `label` is what the call as a whole was judged to be."""
    said = list(dialogue.of_side("customer"))
    values = [value_of(line, scores) for line in said]
    if not values:
        return Sentiment(label="unknown", score=0)
    quarters = [values[len(values) * q // 4 : len(values) * (q + 1) // 4] for q in range(4)]
    strongest = sorted(zip(values, said, strict=True), key=lambda pair: -abs(pair[0]))[:3]
    return Sentiment(
        label=label,
        score=_mean(values, weight=3),
        course=tuple(_mean(quarter, weight=3) for quarter in quarters if quarter),
        evidence=tuple(sorted(line.ref for value, line in strongest if value)),
    )


def value_of(line: Line, scores: Mapping[str, Sequence[float]]) -> float:
    """How a sentence leans, from -1 to 1."""
    against = max(scores["objection"][line.index], scores["risk"][line.index])
    leaning = 0.5 * (scores["buying_signal"][line.index] > 0) - 0.5 * (against > 0)
    return max(-1.0, min(1.0, leaning + 0.3 * _count(LIKED, line) - 0.3 * _count(DISLIKED, line)))


def _count(pattern: re.Pattern[str], line: Line) -> int:
    return sum(1 for match in pattern.finditer(line.plain) if not DENIED.search(line.plain[: match.start() + 1]))


def _mean(values: Sequence[float], weight: float) -> float:
    return round(max(-1.0, min(1.0, weight * sum(values) / max(len(values), 1))), 2)
