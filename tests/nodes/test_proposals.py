"""What a call speaks for, worked out from values alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from core.analysis import CallAnalysis, Finding, Kind
from core.calls import Call
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.past import NO_PAST, Past
from nodes.crm_sync.propose import proposed_changes
from nodes.state import Candidate, Change, Resolution
from tools.hubspot.port import Pipeline, Record

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)


@pytest.fixture
def propose(
    call: Call, pipeline: Pipeline
) -> Callable[[CallAnalysis, Resolution], dict[tuple[str, str | None], Change]]:
    """The proposed changes by type and field."""

    def changes(analysis: CallAnalysis, resolution: Resolution) -> dict[tuple[str, str | None], Change]:
        found = list(proposed_changes(Grounds(call, analysis, resolution, [pipeline], NOW)))
        assert len({change.key for change in found}) == len(found)
        return {(change.object_type, change.field): change for change in found}

    return changes


Propose = Callable[[CallAnalysis, Resolution], dict[tuple[str, str | None], Change]]
Analyse = Callable[..., CallAnalysis]
Find = Callable[..., Finding]


def with_deal(resolution: Resolution, **properties: str) -> Resolution:
    assert resolution.deal is not None
    held = {**resolution.deal.properties, **properties}
    return resolution.model_copy(update={"deal": resolution.deal.model_copy(update={"properties": held})})


def test_a_note_belongs_to_deal_company_and_contact(
    propose: Propose, analysis: Analyse, resolution: Resolution
) -> None:
    note = propose(analysis(), resolution)["notes", None]
    assert note.associations == (("deals", "301"), ("companies", "101"), ("contacts", "201"))
    assert note.properties["hs_timestamp"] == "2026-03-10T15:03:24Z"
    assert note.after == "Ana wants the price list before the board meets."


def test_a_contact_gets_day_sentiment_and_summary(propose: Propose, analysis: Analyse, resolution: Resolution) -> None:
    changes = propose(analysis(), resolution)
    assert changes["contacts", "last_call_date"].after == "2026-03-10"
    assert changes["contacts", "last_call_sentiment"].after == "mixed"
    assert changes["contacts", "last_call_summary"].before is None


def test_a_call_late_in_the_evening_counts_for_the_day_it_was_held(
    analysis: Analyse, resolution: Resolution, call: Call, pipeline: Pipeline
) -> None:
    evening = call.model_copy(update={"started": datetime.fromisoformat("2026-03-10T23:30:00-05:00")})
    changes = proposed_changes(Grounds(evening, analysis(), resolution, [pipeline], NOW))
    assert {change.after for change in changes if change.field == "last_call_date"} == {"2026-03-10"}


def test_the_deal_gets_the_most_urgent_steps_and_gravest_risks(
    propose: Propose, analysis: Analyse, resolution: Resolution, finding: Find, promise: Finding
) -> None:
    later = finding(text="Prepare the contract", owner="Ana Silva", due=date(2026, 4, 1))
    undated, withdrawn = finding(text="Talk again"), finding(text="Fly to Oslo", withdrawn=True, due=date(2026, 3, 11))
    mild, grave = (
        finding(Kind.RISK, text="Budget is tight", severity="low"),
        finding(Kind.RISK, text="Sponsor leaves", severity="high"),
    )
    changes = propose(analysis(undated, later, withdrawn, promise, mild, grave), resolution)
    assert changes["deals", "sophia_next_step"].after.splitlines() == [
        "Dana Reyes: Send the price list (due Fri 13 Mar 2026)",
        "Ana Silva: Prepare the contract (due Wed 1 Apr 2026)",
        "Talk again",
    ]
    assert changes["deals", "sophia_next_step"].quote == promise.quote
    assert changes["deals", "sophia_next_step_due"].after == "2026-03-13"
    assert changes["deals", "sophia_risk"].after.splitlines() == ["Sponsor leaves", "Budget is tight"]


def test_a_next_step_without_a_day_clears_the_day_of_the_one_before(
    propose: Propose, analysis: Analyse, resolution: Resolution, finding: Find
) -> None:
    dated = with_deal(resolution, sophia_next_step_due="2026-02-01")
    assert propose(analysis(finding()), dated)["deals", "sophia_next_step_due"].after == ""


def test_what_was_not_talked_about_stays_as_it_is(propose: Propose, analysis: Analyse, resolution: Resolution) -> None:
    held = with_deal(resolution, sophia_next_step="Send the offer", sophia_risk="Budget")
    fields = {field for _, field in propose(analysis(), held)}
    assert fields.isdisjoint({"sophia_next_step", "sophia_next_step_due", "sophia_risk", "dealstage"})


def test_a_value_that_stands_there_already_is_not_proposed(
    propose: Propose, analysis: Analyse, resolution: Resolution
) -> None:
    held = with_deal(resolution, last_call_date="2026-03-10T00:00:00Z")
    assert ("deals", "last_call_date") not in propose(analysis(), held)


def test_an_older_call_leaves_records_that_tell_of_a_newer_one(
    propose: Propose, analysis: Analyse, resolution: Resolution, contact: Record, promise: Finding
) -> None:
    newer = contact.model_copy(update={"properties": {**contact.properties, "last_call_date": "2026-03-11"}})
    held = with_deal(resolution, last_call_date="2026-03-11").model_copy(update={"contacts": (newer,)})
    assert set(propose(analysis(promise, direction="advance"), held)) == {("notes", None)}


@pytest.mark.parametrize(
    ("direction", "stage", "proposed"),
    [
        ("advance", "s1", "s2"),
        ("advance", "s2", "s4"),  # not to "At risk", which is less likely
        ("advance", "s4", None),
        ("won", "s1", "s5"),
        ("lost", "s4", "s6"),
        ("hold", "s2", None),
        ("regress", "s2", None),
        ("unknown", "s2", None),
        ("advance", "s5", None),  # closed deals stay closed
        ("lost", "s5", None),
        ("advance", "elsewhere", None),
    ],
)
def test_the_stage_moves_within_the_deals_own_pipeline(
    propose: Propose, analysis: Analyse, resolution: Resolution, direction: str, stage: str, proposed: str | None
) -> None:
    changes = propose(analysis(direction=direction), with_deal(resolution, dealstage=stage))
    change = changes.get(("deals", "dealstage"))
    assert (change.after if change else None) == proposed


def test_a_stage_change_shows_names_and_its_proof(propose: Propose, analysis: Analyse, resolution: Resolution) -> None:
    change = propose(analysis(direction="advance"), resolution)["deals", "dealstage"]
    assert (change.before_label, change.after_label) == ("Demo", "Contract")
    assert (change.quote, change.evidence) == ("Let's move on.", ((7, 0),))


@pytest.mark.parametrize(("confidence", "proposed"), [(0.0, False), (0.49, False), (0.5, True), (1.0, True)])
def test_a_stage_is_proposed_only_where_the_direction_is_likely(
    propose: Propose, analysis: Analyse, resolution: Resolution, confidence: float, proposed: bool
) -> None:
    found = analysis(direction="advance")
    direction = found.stage_direction.model_copy(update={"confidence": confidence})
    changes = propose(found.model_copy(update={"stage_direction": direction}), resolution)
    assert (("deals", "dealstage") in changes) is proposed


@pytest.mark.parametrize("candidate", [False, True])
def test_a_stage_that_no_sure_finding_shows_is_only_possible(
    propose: Propose, analysis: Analyse, resolution: Resolution, finding: Find, candidate: bool
) -> None:
    signal = finding(Kind.BUYING_SIGNAL, evidence=((7, 0),), candidate=candidate)
    change = propose(analysis(signal, direction="advance"), resolution)["deals", "dealstage"]
    assert change.possible is candidate
    assert change.reason.startswith("possible, not sure: ") is candidate


def test_a_value_that_was_written_before_keeps_its_key_and_another_has_its_own() -> None:
    row = Effect(
        key=effect_key("9001", "deals", "301", "sophia_risk"),
        call_id="9001",
        agent="crm_sync",
        service="hubspot",
        action="update",
        object_type="deals",
        object_id="301",
        field="sophia_risk",
        before="",
        after="Price",
        status=EffectStatus.CONFIRMED,
    )
    place = ("9001", "deals", "301", "sophia_risk")
    assert NO_PAST.key(*place, "Price") == Past([row]).key(*place, "Price") == row.key
    other = Past([row]).key(*place, "Budget")
    second = row.model_copy(update={"key": other, "before": "Price", "after": "Budget"})
    assert len({row.key, other, Past([row, second]).key(*place, "Price")}) == 3
    undone = second.model_copy(update={"status": EffectStatus.UNDONE})
    assert Past([row, undone]).key(*place, "Price") == other  # what a person took back is not written anew


def test_a_deal_moved_since_the_call_is_not_moved_again(
    propose: Propose, analysis: Analyse, resolution: Resolution
) -> None:
    moved = with_deal(resolution, hs_v2_date_entered_current_stage="2026-03-10T16:00:00Z")
    assert ("deals", "dealstage") not in propose(analysis(direction="advance"), moved)


def test_while_the_deal_is_in_question_only_the_contact_is_written_to(
    propose: Propose, analysis: Analyse, resolution: Resolution, promise: Finding
) -> None:
    candidates = (Candidate(type="deals", id="301", name="Acme rollout"),)
    asked = resolution.model_copy(update={"deal": None, "question": "several open deals", "candidates": candidates})
    changes = propose(analysis(promise, direction="advance"), asked)
    assert {type for type, _ in changes} == {"contacts"}


def test_a_call_without_a_date_makes_a_note_and_nothing_that_needs_a_day(
    analysis: Analyse, resolution: Resolution, call: Call, pipeline: Pipeline, promise: Finding
) -> None:
    undated = call.model_copy(update={"started": None})
    grounds = Grounds(undated, analysis(promise, direction="advance"), resolution, [pipeline], NOW)
    assert [(change.object_type, change.properties.get("hs_timestamp")) for change in proposed_changes(grounds)] == [
        ("notes", "2026-03-10T18:00:00Z")
    ]


def test_the_same_call_gives_the_same_keys(
    propose: Propose, analysis: Analyse, resolution: Resolution, promise: Finding
) -> None:
    first, second = (propose(analysis(promise, direction="advance"), resolution) for _ in range(2))
    assert [change.key for change in first.values()] == [change.key for change in second.values()]
