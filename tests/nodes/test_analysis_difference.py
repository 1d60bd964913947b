"""What a person is shown of the difference between two analyses of a call."""

from collections.abc import Callable
from datetime import date
from typing import Any

from core.analysis import CallAnalysis, Finding, Kind, MeddpiccField, Qualification
from nodes.call_analysis.difference import Difference, difference

Make = Callable[..., Finding]


def told(found: Difference) -> list[tuple[Any, ...]]:
    return [(item.change, item.kind, item.was, item.now) for item in found.items]


def test_the_same_analysis_differs_in_nothing_however_sure_it_is(
    finding: Make, analysis: Callable[..., CallAnalysis]
) -> None:
    old, new = analysis(finding(confidence=0.9)), analysis(finding(confidence=0.8))
    assert difference(old, new).is_none


def test_what_came_went_and_changed_is_told_in_the_order_of_the_call(
    finding: Make, analysis: Callable[..., CallAnalysis]
) -> None:
    gone = finding(Kind.RISK, text="They may not sign", evidence=((1, 0),), start_ms=10)
    due = {"evidence": ((2, 0), (2, 1)), "start_ms": 20}
    new = finding(Kind.OBJECTION, text="Too dear", evidence=((3, 0),), start_ms=30)
    before = analysis(finding(**due), gone)
    after = analysis(new, finding(due=date(2026, 3, 13), **{**due, "evidence": ((2, 1),)}))
    assert told(difference(before, after)) == [
        ("removed", "risk", "They may not sign", None),
        ("changed", "next_step", "Send the price list", "Send the price list (2026-03-13)"),
        ("added", "objection", None, "Too dear"),
    ]


def test_a_candidate_that_is_sure_now_is_promoted_and_the_other_way_round_demoted(
    finding: Make, analysis: Callable[..., CallAnalysis]
) -> None:
    sure, candidate = analysis(finding()), analysis(finding(candidate=True))
    assert [item.change for item in difference(candidate, sure).items] == ["promoted"]
    assert [item.change for item in difference(sure, candidate).items] == ["demoted"]


def test_one_sentence_that_is_two_kinds_is_two_findings(finding: Make, analysis: Callable[..., CallAnalysis]) -> None:
    before = analysis(finding(Kind.RISK), finding(Kind.OBJECTION))
    assert [(change, kind) for change, kind, *_ in told(difference(before, analysis(finding(Kind.RISK))))] == [
        ("removed", "objection")
    ]


def test_fields_of_the_qualification_sentiment_direction_and_summary_are_compared_too(
    analysis: Callable[..., CallAnalysis],
) -> None:
    champion = Qualification(
        field=MeddpiccField.CHAMPION, text="Ana", quote="I want this", start_ms=1, evidence=((0, 0),), confidence=1
    )
    before, after = analysis(), analysis(direction="advance", meddpicc=(champion,), summary="All is well.")
    found = difference(before, after)
    assert told(found) == [("added", "meddpicc champion", None, "Ana")]
    assert (found.sentiment, found.direction) == (None, ("hold", "advance"))
    assert found.summary == (before.summary, "All is well.")
