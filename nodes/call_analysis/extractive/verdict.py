"""What a call comes to as a whole: how the customer feels, and where the deal moved.

Two small linear classifiers over what was found (how many findings of each kind, how the tone runs, a few turns of
phrase, whether a deal is attached), trained with the rest by `python -m evals.train`. With some sixty labelled calls
more would only be learnt by heart.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from core.analysis import Finding, Kind, SentenceRef, StageDirection
from nodes.call_analysis.extractive.dialogue import Dialogue
from nodes.call_analysis.extractive.sentiment import value_of

_SIGNS = {
    "signed": (
        r"signed|countersigned|it's signed|i'll sign|we're in|let's do it|go ahead|kick off|kickoff|kick-off|"
        r"welcome aboard|go live|live"
    ),
    "lost": (
        r"went with|going with|gone with|decided to go|chose|not renewing|won't be renewing|not going to renew|"
        r"cancel|cancelling|terminate|termination|we're leaving|moving to|notice|closed lost|thanks but no"
    ),
    "refused": r"not interested|no thanks|nope|don't call|take me off|not doing|no need|not for us",
    "angry": (
        r"unacceptable|ridiculous|furious|angry|third time|sick of|fed up|worst|refund|credit|lawyer|outage|missing|"
        r"disappointed"
    ),
    "later": r"next year|not now|not yet|after the|circle back|wait|until|budget|hold|someday|we'll see|no rush",
    "warm": r"love|great|fantastic|perfect|happy|amazing|brilliant|excited|thrilled|delighted",
}
SIGNS = {name: re.compile(rf" (?:{source}) ") for name, source in _SIGNS.items()}
_OCCASIONS = {
    "opening": (
        r"intro|first|discovery|demo|kick|proposal|walkthrough|deep dive|negotiation|commercial|redline|legal|"
        r"technical|tandem|paper|pricing|working session"
    ),
    "keeping": r"renewal|check|qbr|review|catch|sync|support|session|standup|handover|monthly|quarter|follow",
    "trouble": r"escalation|post-mortem|outage|decision|debrief|loss|churn|save|where are we|urgent",
    "closing": r"contract|signature|closing|training|onboarding|final|last open|rollout",
    "cold": r"cold|outbound|office hours|prospect|partner|gatekeeper|call with|blue-sky|quick",
}
OCCASIONS = {name: re.compile(source) for name, source in _OCCASIONS.items()}
"""What kind of occasion a call's title tells."""


def signs_of(dialogue: Dialogue, items: Sequence[Finding], scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The features of a whole call."""
    counts = Counter(item.kind for item in items if not item.withdrawn)
    found = {f"number of {kind}": math.log1p(counts[kind]) for kind in Kind}
    found |= {f"no {kind}": float(not counts[kind]) for kind in Kind}
    weights = Counter(item.severity for item in items if item.severity)
    found["grave"] = math.log1p(weights["high"])
    found["dated steps"] = math.log1p(sum(item.due is not None and not item.withdrawn for item in items))
    found["withdrawn"] = math.log1p(sum(item.withdrawn for item in items))
    found["balance"] = math.log1p(counts[Kind.BUYING_SIGNAL]) - math.log1p(counts[Kind.OBJECTION] + counts[Kind.RISK])
    said = list(dialogue.of_side("customer"))
    values = [value_of(line, scores) for line in said] or [0.0]
    found["tone"] = 3 * sum(values) / len(values)
    last = values[-max(len(values) // 4, 1) :]
    found["last tone"] = 3 * sum(last) / len(last)
    for name, pattern in SIGNS.items():
        found[f"says {name}"] = math.log1p(sum(bool(pattern.search(line.plain)) for line in said)) / 2
    found["has a deal"] = float(any(reference.kind == "deal" for reference in dialogue.call.crm))
    found["length"] = math.log1p(len(dialogue.lines)) - 4.5
    title = (dialogue.call.title or "").lower()
    found |= {f"title {name}": 1.0 for name, pattern in OCCASIONS.items() if pattern.search(title)}
    return {name: value for name, value in found.items() if value}


SHOWN_BY: dict[str, tuple[Kind, ...]] = {
    "advance": (Kind.NEXT_STEP, Kind.BUYING_SIGNAL),
    "won": (Kind.BUYING_SIGNAL, Kind.NEXT_STEP),
    "regress": (Kind.RISK, Kind.OBJECTION),
    "lost": (Kind.RISK, Kind.OBJECTION),
}


def direction_from(direction: str, share: float, items: Sequence[Finding]) -> StageDirection:
    """The stage direction with the strongest findings that show it; a movement that nothing shows is no movement."""
    for kind in SHOWN_BY.get(direction, ()):
        shown = sorted((i for i in items if i.kind is kind and not i.withdrawn), key=lambda item: -item.confidence)
        if shown:
            evidence: tuple[SentenceRef, ...] = shown[0].evidence
            return StageDirection(direction=direction, quote=shown[0].quote, evidence=evidence, confidence=share)
    if direction in SHOWN_BY:
        return StageDirection(direction="hold", confidence=share)
    return StageDirection(direction=direction, confidence=share)
