"""All that a model's answers come to once every word of them was held against the call."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TypeVar

from core.analysis import Finding, Kind, Proved, Qualification, SentenceRef
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.judging.agreement import Word
from nodes.call_analysis.judging.answers import Judgement
from nodes.call_analysis.judging.ground import Ground, Reason, Unproved, evidence_of, start_of
from nodes.call_analysis.judging.grounding import CONFIDENCE, MODEL, Judged, ground_field, ground_item, quoted
from nodes.call_analysis.judging.outlining import View, view_of
from nodes.call_analysis.judging.reading import Part

ORDER_TEXT = "Instruction to software in call"
Found = TypeVar("Found", bound=Proved)


@dataclass
class Collected:
    """What holds, in the order of the call, and what did not, by reason. `rulings` is by place of the candidate."""

    items: list[Judged[Finding]] = field(default_factory=list)
    fields: list[Judged[Qualification]] = field(default_factory=list)
    rulings: dict[int, Word] = field(default_factory=dict)
    views: list[View] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)

    def words(self, places: range) -> list[Word]:
        """What the model says of the candidates at these places."""
        return [self.rulings.get(place, "silent") for place in places]


def orders_in(parts: Sequence[Part], dialogue: Dialogue) -> frozenset[SentenceRef]:
    """The sentences that the model takes for instructions to software."""
    return frozenset(
        dialogue.lines[part.window.lines[number - 1]].ref
        for part in parts
        if part.judgement
        for number in part.judgement.orders
        if 1 <= number <= len(part.window.lines)
    )


def order_findings(refs: frozenset[SentenceRef], dialogue: Dialogue) -> Iterator[Judged[Finding]]:
    """A risk for each passage of such sentences, so that a person knows of it."""
    lines = [line for line in dialogue.lines if line.ref in refs]
    for _, run in groupby(enumerate(lines), key=lambda pair: pair[1].index - pair[0]):
        passage = [line for _, line in run]
        yield Judged(_order(passage), None)


def _order(passage: Sequence[Line]) -> Finding:
    return Finding(
        kind=Kind.RISK,
        text=f"{ORDER_TEXT}: {quoted(passage[0])}",
        quote=passage[0].text,
        speaker=passage[0].speaker,
        start_ms=start_of(passage),
        evidence=evidence_of(passage),
        confidence=CONFIDENCE,
        analyst=MODEL,
        candidate=True,
        severity="medium",
        order=True,
    )


def collected(parts: Sequence[Part], ground: Ground) -> Collected:
    """Everything of the parts that the call bears out."""
    found = Collected()
    for part in parts:
        if part.judgement is not None:
            _collect(part, part.judgement, ground, found)
    return found


def _collect(part: Part, judgement: Judgement, ground: Ground, into: Collected) -> None:
    pages = part.pages(ground.dialogue)
    into.reasons[Reason.MALFORMED] += judgement.malformed
    for item in judgement.findings:
        _keep(partial(ground_item, item, pages, ground), into.items, into.reasons)
    for qualification in judgement.qualification:
        _keep(partial(ground_field, qualification, pages, ground), into.fields, into.reasons)
    _hear_rulings(part, judgement, into)
    view = view_of(judgement.outline, pages, ground)
    into.views.append(view)
    into.reasons.update(view.reasons)


def _keep(make: Callable[[], Judged[Found]], kept: list[Judged[Found]], reasons: Counter[Reason]) -> None:
    try:
        kept.append(make())
    except Unproved as unproved:
        reasons[unproved.reason] += 1


def _hear_rulings(part: Part, judgement: Judgement, into: Collected) -> None:
    """Takes the rulings; of two on one candidate the rejection holds."""
    candidates = part.window.candidates
    for ruling in judgement.rulings:
        if not 1 <= ruling.candidate <= len(candidates):
            into.reasons[Reason.NO_SENTENCE] += 1
            continue
        place = candidates[ruling.candidate - 1].place
        rejected = ruling.verdict == "reject" or into.rulings.get(place) == "rejects"
        into.rulings[place] = "rejects" if rejected else "agrees"
