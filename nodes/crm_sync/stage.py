"""The stage that a call speaks for: where it points in the deal's own pipeline, and how sure that is."""

from collections.abc import Iterator, Mapping
from typing import Final

from core.analysis import CallAnalysis, Direction, Finding, Kind, StageDirection
from nodes.crm_sync.deals import pipeline_of, record_name
from nodes.crm_sync.fields import ENTERED_STAGE
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.moments import parse_time
from nodes.showing import started_at
from nodes.state import Change
from nodes.sure import sure
from tools.hubspot.port import Pipeline, Record, Stage

STAGE: Final = "dealstage"
LEAST_SURE_STAGE: Final = 0.5
"""Confidence below which no stage is proposed: all other directions together are as likely then."""
CLOSED_AT: Mapping[Direction, float] = {"won": 1.0, "lost": 0.0}
"""The probability by which HubSpot tells a stage that is won from one that is lost."""
DIRECTIONS: Mapping[Direction, str] = {
    "advance": "the call speaks for the next stage",
    "won": "the customer said yes",
    "lost": "the customer said no",
}
POSSIBLE = "possible, not sure"
"""What the reason says of a stage that no sure finding speaks for."""


def stage_change(grounds: Grounds, deal: Record) -> Iterator[Change]:
    """The stage that the call speaks for, unless somebody has moved the deal since the call."""
    direction, started = grounds.analysis.stage_direction, started_at(grounds.call)
    pipeline, moved = pipeline_of(deal, grounds.pipelines), parse_time(deal.get(ENTERED_STAGE))
    current = pipeline.stage(deal.get("dealstage")) if pipeline else None
    if pipeline is None or current is None or current.closed or not direction.quote:
        return
    if direction.confidence < LEAST_SURE_STAGE or grounds.past.has_written("deals", deal.id, STAGE):
        return
    target = _target(direction.direction, pipeline, current)
    if target is None or (moved is not None and started is not None and moved > started):
        return
    possible = not firm_proofs(direction, grounds.analysis)
    yield Change(
        key=grounds.past.key(grounds.call.id, "deals", deal.id, STAGE, target.id),
        object_type="deals",
        object_id=deal.id,
        object_name=record_name(deal),
        field=STAGE,
        label="Deal stage",
        before=current.id,
        before_label=current.label,
        after=target.id,
        after_label=target.label,
        quote=direction.quote,
        evidence=direction.evidence,
        confidence=direction.confidence,
        reason=f"{POSSIBLE}: {DIRECTIONS[direction.direction]}" if possible else DIRECTIONS[direction.direction],
        possible=possible,
    )


def firm_proofs(direction: StageDirection, analysis: CallAnalysis) -> tuple[Finding, ...]:
    """The findings that are sure and rest on the sentences that the direction is read from."""
    firm = (item for kind in Kind for item in sure(analysis, kind))
    return tuple(item for item in firm if set(item.evidence) & set(direction.evidence))


def _target(direction: Direction, pipeline: Pipeline, current: Stage) -> Stage | None:
    """The stage a direction points to in this very pipeline; None where it points nowhere.

    Forward is by order, past stages less likely to be won than this one: some pipelines list "at risk" in between.
    """
    stages = sorted(pipeline.stages, key=lambda stage: stage.order)
    if direction == "advance":
        likely = current.probability or 0
        ahead = (stage for stage in stages if not stage.closed and stage.order > current.order)
        return next((stage for stage in ahead if stage.probability is None or stage.probability >= likely), None)
    if direction in CLOSED_AT:
        ends = (stage for stage in stages if stage.closed and stage.probability == CLOSED_AT[direction])
        return next(ends, None)
    return None
