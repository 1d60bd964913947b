"""What a call says about the eight MEDDPICC fields of its deal, each with the sentence that says it.

Two sources: findings already made (a competitor is competition, a quantified buying signal is a metric), which are as
sure as the finding is; and turns of phrase of people who buy things. No labelled call says how often the latter are
right, so what rests on them alone is a candidate.
"""

import re
from collections.abc import Iterator, Sequence

from core.analysis import Finding, Kind, MeddpiccField, Qualification
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.orders import is_order
from nodes.call_analysis.extractive.phrases import NUMBER
from nodes.call_analysis.extractive.wording import cleaned, shortened

MOST = 3
"""Sentences given for one field: the first ones, since who decides and how is seldom told thrice."""
BY_PHRASE = 0.5
"""Confidence of what rests on a turn of phrase alone: nobody has measured it."""
LEAST_WORDS = 4

_BOSS = r"(?:cfo|ceo|coo|owner|owners|president|chairman|board|partners|vp|controller|director|asset manager|boss|dean)"
_PHRASES: dict[MeddpiccField, str] = {
    MeddpiccField.METRICS: (
        rf"{NUMBER} (?:\w+ ){{0,2}}(?:hours|days|weeks|percent|dollars|grand|checks|tickets|calls|people|units|doors) "
        rf"(?:\w+ ){{0,3}}(?:a|per|every|each) (?:day|week|month|year|quarter|property|person)|"
        rf"(?:costs|costing|saves|saving|lose|losing|lost|save) (?:us|me|you) (?:\w+ ){{0,3}}{NUMBER}"
    ),
    MeddpiccField.ECONOMIC_BUYER: (
        rf"{_BOSS} (?:\w+ )?(?:signs|sign|approves|decides|holds|has to sign|has to approve|has the final|would sign)|"
        r"(?:signs off|sign off on|final say|final word|holds the budget|owns the budget|signs the check|"
        r"controls the budget|his budget|her budget|my budget|signing authority)|"
        rf"(?:goes|go|needs to go|up) to (?:the|my|our) {_BOSS}"
    ),
    MeddpiccField.DECISION_CRITERIA: (
        r"(?:must have|must-have|has to have|have to have|non-negotiable|deal breaker|dealbreaker|requirement is|"
        r"what matters|matters most|we're looking for|what we need is|we judge|we'd score|criteria|only if it|"
        r"we'll measure|the test is|success looks like)"
    ),
    MeddpiccField.DECISION_PROCESS: (
        r"(?:committee|board meets|board meeting|the vote|vote on it|shortlist|rfp|tender|bake-off|procurement|"
        r"decide by|decision by|make a decision|we'll decide|approval process|how we buy|three quotes|three bids)"
    ),
    MeddpiccField.PAPER_PROCESS: (
        r"(?:legal has|legal needs|legal will|our lawyer|our lawyers|counsel|redlines?|msa|order form|security review|"
        r"security questionnaire|vendor form|vendor packet|purchase order|w-9|docusign|countersign\w*|dpa|"
        r"paperwork|insurance certificate)"
    ),
    MeddpiccField.IDENTIFIED_PAIN: (
        r"(?:by hand|manually|nightmare|killing us|eating up|drowning|sick of|fed up|hours of|can't keep up|"
        r"falling behind|keeps breaking|keep losing|spend all|"
        r"takes (?:us|me|her|him|them) (?:\w+ )?(?:hours|days|weeks))"
    ),
    MeddpiccField.CHAMPION: (
        r"(?:i'll push|i'm pushing|i'll fight|go to bat|going to bat|i'm sold|i want this|i'll make the case|"
        r"i'll take it to|i'll sell it|i picked you|i'll back|in your corner|i'd like to see this happen|"
        r"my name on|i've told (?:my|our|the)|i told (?:my|our|the) (?:boss|board|cfo|owner))"
    ),
}
PHRASES = {field: re.compile(rf" (?:{source}) ") for field, source in _PHRASES.items()}


def qualification_of(dialogue: Dialogue, items: Sequence[Finding]) -> tuple[Qualification, ...]:
    """What was heard of each field, in the order of the fields and then of the call."""
    found = [*_from_findings(dialogue, items), *_from_phrases(dialogue)]
    kept: list[Qualification] = []
    for field in MeddpiccField:
        of_field = sorted((one for one in found if one.field is field), key=lambda one: (one.candidate, one.start_ms))
        chosen: list[Qualification] = []
        for one in of_field:
            if len(chosen) < MOST and not any(set(one.evidence) & set(other.evidence) for other in chosen):
                chosen.append(one)
        kept += sorted(chosen, key=lambda one: one.start_ms)
    return tuple(kept)


def _from_findings(dialogue: Dialogue, items: Sequence[Finding]) -> Iterator[Qualification]:
    for item in items:
        if item.kind is Kind.COMPETITOR:
            yield _restated(MeddpiccField.COMPETITION, item)
        elif item.kind is Kind.BUYING_SIGNAL and _tells_a_number(item.quote):
            yield _restated(MeddpiccField.METRICS, item)


def _tells_a_number(quote: str) -> bool:
    """Whether it tells a figure; "one" and "half" are figures of speech as often as not."""
    return any(found[0] not in ("one", "half") for found in re.finditer(rf"\b{NUMBER}\b", quote.lower()))


def _restated(field: MeddpiccField, item: Finding) -> Qualification:
    return Qualification(
        field=field,
        text=item.text,
        quote=item.quote,
        speaker=item.speaker,
        start_ms=item.start_ms,
        evidence=item.evidence,
        confidence=item.confidence,
        candidate=item.candidate,
    )


def _from_phrases(dialogue: Dialogue) -> Iterator[Qualification]:
    for line in dialogue.of_side("customer"):
        if len(line.words) < LEAST_WORDS or line.asks or is_order(line):
            continue
        for field, pattern in PHRASES.items():
            if pattern.search(line.plain):
                yield _from_line(field, line)


def _from_line(field: MeddpiccField, line: Line) -> Qualification:
    said = cleaned(line.text)
    return Qualification(
        field=field,
        text=shortened(f"{line.speaker}: {said}" if line.speaker else said),
        quote=line.text,
        speaker=line.speaker,
        start_ms=line.start_ms,
        evidence=(line.ref,),
        confidence=BY_PHRASE,
        candidate=True,
    )
