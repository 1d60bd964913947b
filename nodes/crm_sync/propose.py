"""The propose step: what a call should change in HubSpot, worked out from what was found and what the records hold.

Nothing is written here. A change is proposed only for what a sentence of the call proves, only where that is sure and
the value would really be another one, and never over what a later call has left. A call that was written before gets
what a new analysis says otherwise, under keys of its own (see `past.py`), and its one note is brought up to date.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from langgraph.runtime import Runtime

from core.analysis import CallAnalysis, Finding, Kind, SentenceRef
from memory.ledger import EffectStatus
from nodes.context import Context
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.last_call import call_day, tells_of_later_call
from nodes.crm_sync.moments import hubspot_time
from nodes.crm_sync.note import note_body
from nodes.crm_sync.note_versions import BODY, note_key, standing_body
from nodes.crm_sync.past import past_of
from nodes.crm_sync.property_change import Basis, property_change
from nodes.crm_sync.stage import stage_change
from nodes.showing import call_name, day, gist, shorten, started_at
from nodes.state import CallState, Change
from nodes.stored import analysed
from nodes.sure import sure
from tools.hubspot.port import Record
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


async def propose(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Works out what the call should change in HubSpot, and writes nothing."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None:
        return {"changes": ()}
    call, analysis = await analysed(context, state["call_id"])
    pipelines = await context.crm.pipelines() if resolution.deal else ()
    past = await past_of(context, call.id)
    grounds = Grounds(call, analysis, resolution, pipelines, context.clock.now(), past)
    return {"changes": tuple(proposed_changes(grounds))}


def proposed_changes(grounds: Grounds) -> Iterator[Change]:
    """Every change that the call speaks for. While a person must say which deal it is, only the contacts' own."""
    if grounds.resolution.question is None:
        if grounds.resolution.records:
            yield from _note(grounds)
        if grounds.resolution.deal:
            yield from _deal_changes(grounds, grounds.resolution.deal)
    for contact in grounds.resolution.contacts:
        yield from _contact_changes(grounds, contact)


def _note(grounds: Grounds) -> Iterator[Change]:
    """The call's one note: to be made, or, where it stands in HubSpot, its text where that would be another one now."""
    call, analysis = grounds.call, grounds.analysis
    key, body = note_key(call.id), note_body(call, analysis)
    made = grounds.past.made(key)
    if made is not None and made.status is EffectStatus.CONFIRMED and made.remote_id:
        yield from _note_update(grounds, made.remote_id, body)
        return
    when = started_at(call) or grounds.now  # HubSpot wants a time on every note
    yield Change(
        key=key,
        object_type="notes",
        label="Note",
        after=shorten(analysis.summary, SUMMARY_LIMIT),
        properties={BODY: body, "hs_timestamp": hubspot_time(when)},
        associations=tuple((record.type, record.id) for record in grounds.resolution.records),
        evidence=analysis.summary_evidence,
        reason=f"what was said in “{call_name(call)}”",
    )


def _note_update(grounds: Grounds, id: str, body: str) -> Iterator[Change]:
    call, stands = grounds.call, standing_body(grounds.past, grounds.call.id, id)
    if body == stands:
        return
    yield Change(
        key=grounds.past.key(call.id, "notes", id, BODY, body),
        object_type="notes",
        object_id=id,
        field=BODY,
        label="Note",
        before=stands,
        after=body,
        evidence=grounds.analysis.summary_evidence,
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
        if field != LAST_CALL_SENTIMENT.name or not analysis.sentiment.candidate:
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
    risks = sorted(sure(grounds.analysis, Kind.RISK), key=lambda risk: RANK[risk.severity])
    if risks:
        lines = "\n".join(shorten(gist(risk), LINE_LIMIT) for risk in risks[:LINES])
        yield from _property(grounds, deal, RISK.name, lines, risks[:LINES])
    yield from stage_change(grounds, deal)


def _by_urgency(analysis: CallAnalysis) -> list[Finding]:
    """The next steps that stand for sure, dated ones first and in order, the others as they came up in the call."""
    return sorted(sure(analysis, Kind.NEXT_STEP), key=lambda step: (step.due is None, step.due or date.max))


def _step_line(step: Finding) -> str:
    who = f"{step.owner}: " if step.owner else ""
    due = f" (due {day(step.due)})" if step.due else ""
    return f"{shorten(who + gist(step), LINE_LIMIT)}{due}"


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
    basis = Basis(
        reason=f"what was said in “{call_name(grounds.call)}”",
        quote=findings[0].quote if findings else "",
        evidence=findings[0].evidence if findings else evidence,
        confidence=min((finding.confidence for finding in findings), default=None),
    )
    yield from property_change(grounds, record, field, value, basis)
