"""A summary of two to four sentences, composed from what was found: who spoke, what is for it, against it, and next.

Nothing is generated: names come from the call's parties, and every statement is a cleaned quote of a cited sentence
or a step already proved. What was not found is not mentioned, nor is what is not sure: a summary is written down and
told without a person.
"""

from collections.abc import Sequence

from core.analysis import Finding, Kind, SentenceRef
from nodes.call_analysis.extractive.dialogue import Dialogue
from nodes.call_analysis.extractive.wording import cleaned, joined, shortened

QUOTED = 110
"""Characters of a quote in the summary."""
STEPS = 3
SURE = 0.7
"""Confidence from which a name is told as an alternative in the summary."""
NAMES = 4


def summary_of(dialogue: Dialogue, items: Sequence[Finding]) -> tuple[str, tuple[SentenceRef, ...]]:
    """The summary and the sentences it rests on."""
    items = [item for item in items if not item.candidate]
    sentences = [_who(dialogue)]
    cited: list[SentenceRef] = []
    for sentence, used in (_for_it(items), _against_it(items), _next(items)):
        if sentence:
            sentences.append(sentence)
            cited += [ref for item in used for ref in item.evidence]
    return " ".join(sentence for sentence in sentences if sentence), tuple(sorted(set(cited)))


def _who(dialogue: Dialogue) -> str:
    names = {
        side: list(dict.fromkeys(line.speaker for line in dialogue.of_side(side) if line.speaker))
        for side in ("seller", "customer")
    }
    ours, theirs = _short(names["seller"]), _short(names["customer"])
    if ours and theirs:
        return f"{ours} spoke with {theirs}."
    if ours and dialogue.internal:
        return f"{ours} spoke among themselves." if len(names["seller"]) > 1 else f"{ours} spoke alone."
    return f"{ours or theirs} spoke." if ours or theirs else ""


def _short(names: list[str]) -> str:
    return joined([*names[:NAMES], "others"] if len(names) > NAMES else names)


def _for_it(items: Sequence[Finding]) -> tuple[str, list[Finding]]:
    best = _strongest(items, (Kind.BUYING_SIGNAL,), 1)
    return (f"For it: {_quoted(best[0])}.", best) if best else ("", [])


def _against_it(items: Sequence[Finding]) -> tuple[str, list[Finding]]:
    best = _strongest(items, (Kind.OBJECTION, Kind.RISK), 2)
    vendors = [item for item in _strongest(items, (Kind.COMPETITOR,), 2) if item.confidence >= SURE]
    parts = [f"Against it: {'; '.join(_quoted(item) for item in best)}."] if best else []
    if vendors:
        came_up = "came up as alternatives" if len(vendors) > 1 else "came up as an alternative"
        parts.append(f"{joined([item.text for item in vendors])} {came_up}.")
    return " ".join(parts), [*best, *vendors]


def _next(items: Sequence[Finding]) -> tuple[str, list[Finding]]:
    steps = [item for item in items if item.kind is Kind.NEXT_STEP and not item.withdrawn]
    chosen = sorted(sorted(steps, key=lambda item: -item.confidence)[:STEPS], key=lambda item: item.start_ms)
    if not chosen:
        return "", []
    more = f"; and {len(steps) - len(chosen)} more" if len(steps) > len(chosen) else ""
    return f"Next: {'; '.join(item.text for item in chosen)}{more}.", chosen


def _strongest(items: Sequence[Finding], kinds: tuple[Kind, ...], most: int) -> list[Finding]:
    chosen: list[Finding] = []
    for item in sorted((item for item in items if item.kind in kinds), key=lambda item: -item.confidence):
        if len(chosen) < most and not any(set(item.evidence) & set(other.evidence) for other in chosen):
            chosen.append(item)
    return chosen


def _quoted(item: Finding) -> str:
    said = shortened(cleaned(item.quote), QUOTED).rstrip(".,;: ")
    return f"“{said}” ({item.speaker})" if item.speaker else f"“{said}”"
