"""How far a lead is qualified by what was heard, worked out from values alone."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.analysis import Kind, MeddpiccField, StageDirection
from nodes.lead_qualification.hearing import HeardCall
from nodes.lead_qualification.qualifying import MOST_EVIDENCE, qualified
from nodes.lead_qualification.scoring import band_of
from nodes.lead_qualification.shape import BantField, LeadQualification

Say = Callable[..., Any]
Hear = Callable[..., HeardCall]

FRIDAY = date(2026, 3, 13)
FOR_IT: tuple[tuple[Kind | MeddpiccField, str, dict[str, Any]], ...] = (
    *((field, "It saves us ten grand a month.", {}) for field in MeddpiccField),
    (Kind.BUYING_SIGNAL, "Come in under our budget and I'll sign.", {}),
    (Kind.NEXT_STEP, "I'll ask the board by Friday.", {"due": FRIDAY, "ours": False}),
    (Kind.OBJECTION, "The price is higher than I thought.", {}),
    (Kind.RISK, "Our sponsor leaves in May.", {}),
    (Kind.COMPETITOR, "We also talk to Rentwell.", {}),
)
"""What may be heard of a lead, none of it disqualifying."""


def heard_of(qualification: LeadQualification) -> set[str]:
    return {each.field.value for each in (*qualification.bant, *qualification.meddpicc) if each.heard}


def possible_of(qualification: LeadQualification) -> set[str]:
    return {each.field.value for each in qualification.missing if each.possible}


def test_of_a_call_that_says_nothing_every_field_is_worth_asking_for(heard_call: Hear) -> None:
    found = qualified([heard_call()])
    assert (found.score, found.band, found.reasons) == (0, "unqualified", ())
    assert (found.bant_completeness, found.meddpicc_completeness) == (0, 0)
    assert len({each.question for each in found.missing}) == len(BantField) + len(MeddpiccField)


@pytest.mark.parametrize(
    ("what", "quote", "about", "fields"),
    [
        (MeddpiccField.METRICS, "It costs us thirty grand a year.", {}, {"metrics", "budget"}),
        (MeddpiccField.METRICS, "She spends six hours a week on it.", {}, {"metrics"}),
        (MeddpiccField.ECONOMIC_BUYER, "Our CFO signs off.", {}, {"economic_buyer", "authority"}),
        (MeddpiccField.CHAMPION, "I'll make the case for you.", {}, {"champion", "authority"}),
        (MeddpiccField.IDENTIFIED_PAIN, "We do it all by hand.", {}, {"identified_pain", "need"}),
        (MeddpiccField.DECISION_PROCESS, "The board votes in May.", {}, {"decision_process", "timing"}),
        (MeddpiccField.PAPER_PROCESS, "Legal needs two weeks.", {}, {"paper_process", "timing"}),
        (MeddpiccField.DECISION_CRITERIA, "It must have autopay.", {}, {"decision_criteria"}),
        (MeddpiccField.COMPETITION, "We also talk to Rentwell.", {}, {"competition"}),
        (Kind.BUYING_SIGNAL, "I'd sign that today.", {}, {"need"}),
        (Kind.BUYING_SIGNAL, "There is money for that.", {}, {"need", "budget"}),
        (Kind.BUYING_SIGNAL, "We have no budget, but I love it.", {}, {"need"}),
        (Kind.NEXT_STEP, "I'll ask her by Friday.", {"due": FRIDAY, "ours": False}, {"timing"}),
        (Kind.NEXT_STEP, "I'll ask her.", {"ours": False}, set()),
        (Kind.NEXT_STEP, "I'll ask her by Friday.", {"due": FRIDAY, "ours": False, "withdrawn": True}, set()),
        (Kind.OBJECTION, "That's twice what it costs now.", {}, set()),
        (Kind.QUESTION_OPEN, "What does it cost?", {}, set()),
    ],
)
def test_each_field_is_heard_where_something_proves_it(
    say: Say, heard_call: Hear, what: Kind | MeddpiccField, quote: str, about: dict[str, Any], fields: set[str]
) -> None:
    found = qualified([heard_call(say(what, quote, **about))])
    assert heard_of(found) == fields
    assert {each.evidence[0].quote for each in found.bant if each.heard} <= {quote}
    assert possible_of(found) == set()


def test_evidence_says_which_call_who_and_when(say: Say, heard_call: Hear) -> None:
    found = qualified([heard_call(say(MeddpiccField.CHAMPION, "I'm sold.", start_ms=61_000))])
    (champion,) = [each for each in found.meddpicc if each.heard]
    (proof,) = champion.evidence
    assert (proof.call_id, proof.quote, proof.speaker, proof.start_ms) == ("call-10", "I'm sold.", "Ana Silva", 61_000)
    assert champion.question is None
    assert proof.link is not None and "gong.io" in proof.link


def test_what_is_not_sure_never_counts_and_is_shown_as_possible(say: Say, heard_call: Hear) -> None:
    unsure = [say(what, quote, candidate=True, **about) for what, quote, about in FOR_IT]
    found = qualified([heard_call(*unsure)])
    assert (found.score, heard_of(found)) == (0, set())
    assert possible_of(found) == {each.value for each in (*BantField, *MeddpiccField)}


def test_what_we_promise_by_a_day_is_only_possibly_their_timing(say: Say, heard_call: Hear) -> None:
    found = qualified([heard_call(say(Kind.NEXT_STEP, "I'll send it Friday.", due=FRIDAY, ours=True))])
    assert (heard_of(found), possible_of(found)) == (set(), {"timing"})


@pytest.mark.parametrize(
    ("quote", "field"),
    [
        ("Honestly, we don't have the budget.", "budget"),
        ("The budget was frozen in May.", "budget"),
        ("We can’t afford that.", "budget"),
        ("It's not my call, um, not my decision.", "authority"),
        ("That's above my paygrade.", "authority"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.OBJECTION, Kind.RISK])
def test_what_speaks_against_it_takes_points_away_with_its_sentence(
    say: Say, heard_call: Hear, quote: str, field: str, kind: Kind
) -> None:
    heard = [say(MeddpiccField.IDENTIFIED_PAIN), say(MeddpiccField.CHAMPION), say(Kind.BUYING_SIGNAL, "There's money.")]
    without = qualified([heard_call(*heard)])
    found = qualified([heard_call(*heard, say(kind, quote))])
    assert heard_of(found) == heard_of(without) - {field}
    assert found.score == without.score - 15 - 30
    assert (found.reasons[-1].points, found.reasons[-1].proof.quote) == (-30, quote)


def test_what_is_not_sure_or_our_own_word_speaks_against_nobody(say: Say, heard_call: Hear) -> None:
    unsure = say(Kind.OBJECTION, "There is no budget.", candidate=True)
    ours = say(Kind.RISK, "They have no budget.", speaker="Dana Reyes")
    assert qualified([heard_call(unsure, ours)]).reasons == ()


def test_the_last_word_on_the_budget_counts(say: Say, heard_call: Hear) -> None:
    none, some = say(Kind.OBJECTION, "We have no budget."), say(Kind.BUYING_SIGNAL, "Now there is a budget for it.")
    mended = qualified([heard_call(none, day=9), heard_call(some, day=10)])
    assert "budget" in heard_of(mended)
    assert all(reason.points > 0 for reason in mended.reasons)
    spent = qualified([heard_call(some, day=9), heard_call(none, day=10)])
    assert "budget" not in heard_of(spent)
    assert [reason.what for reason in spent.reasons if reason.points < 0] == ["no budget"]


def lost(heard: HeardCall, direction: str = "lost", confidence: float = 0.9) -> HeardCall:
    """The call with its first finding as what shows where the deal moved."""
    first = heard.analysis.items[0]
    moved: dict[str, Any] = {"direction": direction, "quote": first.quote, "evidence": first.evidence}
    shown = StageDirection(**moved, confidence=confidence)
    return HeardCall(heard.call, heard.analysis.model_copy(update={"stage_direction": shown}))


def test_a_lost_deal_is_worth_nothing_until_it_moves_again(say: Say, heard_call: Hear) -> None:
    good = heard_call(*(say(what, quote, **about) for what, quote, about in FOR_IT), day=9)
    gone = lost(heard_call(say(Kind.RISK, "We signed with Rentwell."), day=10))
    back = lost(heard_call(say(Kind.BUYING_SIGNAL, "We'd like to come back."), day=11), "advance")
    assert qualified([good]).band == "hot"
    found = qualified([good, gone])
    assert (found.score, found.band, found.reasons[-1].what) == (0, "unqualified", "lost")
    assert found.reasons[-1].proof.quote == "We signed with Rentwell."
    assert qualified([good, gone, back]).band == "hot"


@pytest.mark.parametrize("about", [{"candidate": True}, {"evidence": ((99, 9),)}])
def test_a_loss_that_nothing_sure_shows_counts_for_nothing(say: Say, heard_call: Hear, about: dict[str, Any]) -> None:
    heard = lost(heard_call(say(Kind.RISK, "We may not go on.")))
    item = heard.analysis.items[0].model_copy(update=about)
    unsure = HeardCall(heard.call, heard.analysis.model_copy(update={"items": (item,)}))
    assert qualified([unsure]).reasons == ()
    assert qualified([lost(heard_call(say(Kind.RISK, "No.")), confidence=0.3)]).reasons == ()


def test_everything_heard_is_a_hundred_points_each_with_a_sentence(say: Say, heard_call: Hear) -> None:
    found = qualified([heard_call(*(say(what, quote, **about) for what, quote, about in FOR_IT))])
    assert (found.score, found.bant_completeness, found.meddpicc_completeness) == (100, 1, 1)
    assert (len(found.reasons), found.missing) == (12, ())
    assert all(reason.proof.quote and reason.text.startswith("+") for reason in found.reasons)


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "unqualified"), (1, "cold"), (29, "cold"), (30, "warm"), (59, "warm"), (60, "hot"), (100, "hot")],
)
def test_the_band_follows_the_score(score: int, band: str) -> None:
    assert band_of(score) == band


def test_without_money_or_with_somebody_who_cannot_decide_no_lead_is_hot(say: Say, heard_call: Hear) -> None:
    everything = [say(what, quote, **about) for what, quote, about in FOR_IT]
    for quote in ("We have no budget.", "It's not my decision."):
        assert qualified([heard_call(*everything, say(Kind.OBJECTION, quote))]).band == "warm"


def test_the_latest_evidence_comes_first_and_not_too_much_of_it(say: Say, heard_call: Hear) -> None:
    calls = [heard_call(say(MeddpiccField.CHAMPION, f"Day {day}."), day=day) for day in range(1, 8)]
    found = qualified(calls)
    (champion,) = [each for each in found.meddpicc if each.heard]
    assert [proof.quote for proof in champion.evidence] == ["Day 7.", "Day 6.", "Day 5."][:MOST_EVIDENCE]
    assert qualified(reversed(calls)) == found
    assert found.calls[0] == "call-7"


PARTS = st.lists(st.tuples(st.sampled_from(FOR_IT), st.booleans(), st.integers(1, 9)), max_size=12)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=PARTS, more=PARTS)
def test_hearing_more_never_lowers_the_score(say: Say, heard_call: Hear, before: Any, more: Any) -> None:
    def made(parts: Any) -> list[tuple[int, Any]]:
        return [(day, say(what, quote, candidate=unsure, **about)) for (what, quote, about), unsure, day in parts]

    def score(parts: list[tuple[int, Any]]) -> int:
        days = {day for day, _ in parts}
        return qualified([heard_call(*(said for on, said in parts if on == day), day=day) for day in days]).score

    first = made(before)
    assert 0 <= score(first) <= score([*first, *made(more)]) <= 100
