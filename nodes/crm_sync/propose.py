"""The propose step: what a call should change in HubSpot, worked out from what was found and what the records hold.

Nothing is written here. A change is proposed only for what a sentence of the call proves, only where the value would
really be another one, and never over what a later call has left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from langgraph.runtime import Runtime

from core.analysis import CallAnalysis, Direction, Finding, Kind, SentenceRef
from core.calls import Call
from memory.ledger import effect_key
from nodes.context import Context
from nodes.crm_sync.deals import pipeline_of, record_name
from nodes.crm_sync.fields import ENTERED_STAGE, LABELS
from nodes.crm_sync.last_call import call_day, tells_of_later_call
from nodes.crm_sync.moments import hubspot_time, parse_time, same_value
from nodes.crm_sync.note import note_body
from nodes.showing import call_name, day, gist, shorten, started_at
from nodes.state import CallState, Change, Resolution
from nodes.stored import analysed
from tools.hubspot.port import Pipeline, Record, Stage
from tools.hubspot.properties import (
    LAST_CALL_DATE,
    LAST_CALL_SENTIMENT,
    LAST_CALL_SUMMARY,
    NEXT_STEP,
    NEXT_STEP_DUE,
    RISK,
)

SUMMARY_LIMIT = 1000
LINES = 3
"""How many next steps or risks a deal's property lists: it is read at a glance, and the note has them all."""
LINE_LIMIT = 200
RANK = {"high": 0, "medium": 1, "low": 2, None: 3}
CLOSED_AT: Mapping[Direction, float] = {"won": 1.0, "lost": 0.0}
"""The probability by which HubSpot tells a stage that is won from one that is lost."""
DIRECTIONS: Mapping[Direction, str] = {
    "advance": "the call speaks for the next stage",
    "won": "the customer said yes",
    "lost": "the customer said no",
}


@dataclass(frozen=True)
class Grounds:
    """What a proposal rests on."""

    call: Call
    analysis: CallAnalysis
    resolution: Resolution
    pipelines: Sequence[Pipeline]
    now: datetime


async def propose(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Works out what the call should change in HubSpot, and writes nothing."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None:
        return {"changes": ()}
    call, analysis = await analysed(context, state["call_id"])
    pipelines = await context.crm.pipelines() if resolution.deal else ()
    grounds = Grounds(call, analysis, resolution, pipelines, context.clock.now())
    return {"changes": tuple(proposed_changes(grounds))}


def proposed_changes(grounds: Grounds) -> Iterator[Change]:
    """Every change that the call speaks for. While a person must say which deal it is, only the contacts' own."""
    if grounds.resolution.question is None:
        if grounds.resolution.records:
            yield _note(grounds)
        if grounds.resolution.deal:
            yield from _deal_changes(grounds, grounds.resolution.deal)
    for contact in grounds.resolution.contacts:
        yield from _contact_changes(grounds, contact)


def _note(grounds: Grounds) -> Change:
    call, analysis = grounds.call, grounds.analysis
    when = started_at(call) or grounds.now  # HubSpot wants a time on every note
    return Change(
        key=effect_key(call.id, "note"),
        object_type="notes",
        label="Note",
        after=shorten(analysis.summary, SUMMARY_LIMIT),
        properties={"hs_note_body": note_body(call, analysis), "hs_timestamp": hubspot_time(when)},
        associations=tuple((record.type, record.id) for record in grounds.resolution.records),
        evidence=analysis.summary_evidence,
        reason=f"what was said in “{call_name(call)}”",
    )


def _contact_changes(grounds: Grounds, contact: Record) -> Iterator[Change]:
    held = call_day(grounds.call)
    if held is None or tells_of_later_call(contact, grounds.call):
        return
    analysis = grounds.analysis
    summary = shorten(analysis.summary, SUMMARY_LIMIT)
    values: tuple[tuple[str, str, tuple[SentenceRef, ...]], ...] = (
        (LAST_CALL_DATE.name, held.isoformat(), ()),
        (LAST_CALL_SENTIMENT.name, analysis.sentiment.label, analysis.sentiment.evidence),
        (LAST_CALL_SUMMARY.name, summary, analysis.summary_evidence),
    )
    for field, value, evidence in values:
        yield from _property(grounds, contact, field, value, evidence=evidence)


def _deal_changes(grounds: Grounds, deal: Record) -> Iterator[Change]:
    held = call_day(grounds.call)
    if held is None or tells_of_later_call(deal, grounds.call):
        return
    yield from _property(grounds, deal, LAST_CALL_DATE.name, held.isoformat())
    steps = _by_urgency(grounds.analysis)
    if steps:
        lines = "\n".join(_step_line(step) for step in steps[:LINES])
        due = steps[0].due.isoformat() if steps[0].due else ""
        yield from _property(grounds, deal, NEXT_STEP.name, lines, steps[:LINES])
        yield from _property(grounds, deal, NEXT_STEP_DUE.name, due, steps[:1])
    risks = sorted(grounds.analysis.of(Kind.RISK), key=lambda risk: RANK[risk.severity])
    if risks:
        lines = "\n".join(shorten(gist(risk), LINE_LIMIT) for risk in risks[:LINES])
        yield from _property(grounds, deal, RISK.name, lines, risks[:LINES])
    yield from _stage_change(grounds, deal)


def _by_urgency(analysis: CallAnalysis) -> list[Finding]:
    """The next steps that still stand, dated ones first and in order, the others as they came up in the call."""
    steps = [step for step in analysis.of(Kind.NEXT_STEP) if not step.withdrawn]
    return sorted(steps, key=lambda step: (step.due is None, step.due or date.max))


def _step_line(step: Finding) -> str:
    who = f"{step.owner}: " if step.owner else ""
    due = f" (due {day(step.due)})" if step.due else ""
    return f"{shorten(who + gist(step), LINE_LIMIT)}{due}"


def _stage_change(grounds: Grounds, deal: Record) -> Iterator[Change]:
    """The stage that the call speaks for, unless somebody has moved the deal since the call."""
    direction, started = grounds.analysis.stage_direction, started_at(grounds.call)
    pipeline, moved = pipeline_of(deal, grounds.pipelines), parse_time(deal.get(ENTERED_STAGE))
    current = pipeline.stage(deal.get("dealstage")) if pipeline else None
    if pipeline is None or current is None or current.closed or not direction.quote:
        return
    target = _target(direction.direction, pipeline, current)
    if target is None or (moved is not None and started is not None and moved > started):
        return
    yield Change(
        key=effect_key(grounds.call.id, "deals", deal.id, "dealstage"),
        object_type="deals",
        object_id=deal.id,
        object_name=record_name(deal),
        field="dealstage",
        label="Deal stage",
        before=current.id,
        before_label=current.label,
        after=target.id,
        after_label=target.label,
        quote=direction.quote,
        evidence=direction.evidence,
        confidence=direction.confidence,
        reason=DIRECTIONS[direction.direction],
    )


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


def _property(
    grounds: Grounds,
    record: Record,
    field: str,
    value: str,
    findings: Sequence[Finding] = (),
    *,
    evidence: tuple[SentenceRef, ...] = (),
) -> Iterator[Change]:
    """The change of one property, or none when it would hold the same as before. The first finding is its proof."""
    before = record.get(field)
    if same_value(before, value):
        return
    yield Change(
        key=effect_key(grounds.call.id, record.type, record.id, field),
        object_type=record.type,
        object_id=record.id,
        object_name=record_name(record),
        field=field,
        label=LABELS[record.type, field],
        before=before,
        after=value,
        quote=findings[0].quote if findings else "",
        evidence=findings[0].evidence if findings else evidence,
        confidence=min((finding.confidence for finding in findings), default=None),
        reason=f"what was said in “{call_name(grounds.call)}”",
    )
