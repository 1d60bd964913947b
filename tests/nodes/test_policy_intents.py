"""What the rules are told of a proposed change: how sure it is, and how the deal stands."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.analysis import CallAnalysis, Finding, Kind, StageDirection
from core.calls import Call
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.policy import intent_of
from nodes.crm_sync.propose import proposed_changes
from nodes.state import Change, Resolution
from tools.hubspot.port import Pipeline, Record

Find = Callable[..., Finding]
NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)


@pytest.fixture
def proposed(
    call: Call, analysis: Callable[..., CallAnalysis], resolution: Resolution, pipeline: Pipeline
) -> Callable[..., dict[str | None, Change]]:
    """The deal's changes by field, from these findings and a direction that is 0.7 sure."""

    def propose(*items: Finding) -> dict[str | None, Change]:
        direction = StageDirection(direction="advance", quote="Let's.", evidence=((7, 0),), confidence=0.7)
        found = analysis(*items, stage_direction=direction)
        changes = proposed_changes(Grounds(call, found, resolution, [pipeline], NOW))
        return {change.field: change for change in changes if change.object_type == "deals"}

    return propose


def test_a_stage_is_as_sure_as_the_direction(proposed: Callable[..., dict[str | None, Change]]) -> None:
    assert proposed()["dealstage"].confidence == 0.7


def test_several_findings_are_as_sure_as_the_least_of_those_that_are_written(
    proposed: Callable[..., dict[str | None, Change]], finding: Find, promise: Finding
) -> None:
    undated = [finding(confidence=confidence) for confidence in (0.8, 0.6, 0.1)]
    changes = proposed(promise, *undated, finding(Kind.RISK, confidence=0.55))
    assert changes["sophia_next_step"].confidence == 0.6  # the fourth has no line
    assert changes["sophia_next_step_due"].confidence == promise.confidence
    assert changes["sophia_risk"].confidence == 0.55


def test_what_rests_on_no_finding_has_no_confidence(proposed: Callable[..., dict[str | None, Change]]) -> None:
    assert proposed()["last_call_date"].confidence is None


@pytest.mark.parametrize(
    ("type", "id", "stage"), [("deals", "301", "Demo"), ("contacts", "201", "Demo"), ("deals", "9", None)]
)
def test_a_change_is_judged_by_the_calls_deal_but_never_one_deal_by_another(
    deal: Record, pipeline: Pipeline, type: str, id: str, stage: str | None
) -> None:
    change = Change.model_validate(
        {"key": "k", "object_type": type, "object_id": id, "field": "x", "label": "X", "after": "y"}
    )
    assert intent_of(change, deal, [pipeline]).stage_label == stage


def test_only_a_stage_has_a_stage_to_go_to(proposed: Callable[..., dict[str | None, Change]], deal: Record) -> None:
    stage = proposed()["dealstage"]
    assert intent_of(stage, deal, []).to_stage_label == "Contract"
    other = stage.model_copy(update={"field": "dealtype"})
    assert intent_of(other, deal, []).to_stage_label is None
