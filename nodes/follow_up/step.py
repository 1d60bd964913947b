"""The follow-up agent: makes a task of every promise our own team made on the call and did not take back.

A task's due date is the day that was named, at the end of the business day where the account is. HubSpot wants a date
on every task: where none was named, the task carries the day of the call and says so in its body. A promise that made a
task before makes no second one, however a new analysis words it; the task itself is a person's by then, and is left.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, tzinfo
from html import escape
from typing import Any

from langgraph.runtime import Runtime

from core.analysis import CallAnalysis, Finding, Kind
from core.calls import Call
from memory.ledger import Effect, effect_key
from nodes.approval.requesting import Proof, asking_of, request_to_make
from nodes.context import Context
from nodes.crm_sync.creating import create_once
from nodes.crm_sync.effects import new_record_payload
from nodes.crm_sync.gone import without
from nodes.crm_sync.moments import hubspot_time
from nodes.crm_sync.note import quote_html
from nodes.crm_sync.past import past_of
from nodes.heard import heard, transcript_of
from nodes.policy.deciding import Verdict
from nodes.policy.intent import Intent, with_standing
from nodes.policy.refusing import refuse
from nodes.portal_zone import zone_named
from nodes.showing import call_name, day, gist, shorten, started_at
from nodes.state import CallState, Resolution
from nodes.stored import analysed
from nodes.sure import sure
from nodes.task_past import HEARD, still_to_make
from tools.hubspot.port import Owner

AGENT = "follow_up"
"""Whose step this is, as the ledger says it."""

END_OF_BUSINESS = time(17)
SUBJECT_LIMIT = 200
PROMISED = "our own team promised it on the call"


@dataclass(frozen=True)
class Desk:
    """What a task is made with: the HubSpot owners by address, the account's time zone, and the day it is."""

    owners: Mapping[str, str]
    zone: tzinfo | None
    now: datetime


async def follow_up(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Makes the tasks, all in one request. A call that a person must place first gets none yet."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None or resolution.question or not resolution.records:
        return {}
    call, analysis = await analysed(context, state["call_id"])
    if not promises(analysis):
        return {}
    wanted = tuple(tasks(call, analysis, resolution, await _desk(context)))
    new = still_to_make(await past_of(context, call.id), wanted)
    allowed = await _allowed(context, resolution, [(promises(analysis)[at], effect) for at, effect in new])
    missing = await create_once(context, "tasks", allowed)
    return {"resolution": without(resolution, missing)}


def promises(analysis: CallAnalysis) -> tuple[Finding, ...]:
    """The next steps that are our own team's for sure, and still stand."""
    return tuple(step for step in sure(analysis, Kind.NEXT_STEP) if step.ours)


def tasks(call: Call, analysis: CallAnalysis, resolution: Resolution, desk: Desk) -> Iterator[Effect]:
    """A task for each promise, as the ledger plans it. The first sentence that proves a promise names its key."""
    seen: Counter[str] = Counter()
    for promise in promises(analysis):
        place = ".".join(str(number) for number in promise.evidence[0])
        seen[place] += 1
        due = due_moment(promise, call, desk)
        properties = {
            "hs_task_subject": subject(promise),
            "hs_task_body": task_body(call, promise),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            "hs_timestamp": hubspot_time(due),
        }
        if owner := owner_of(promise, resolution, desk):
            properties["hubspot_owner_id"] = owner
        yield Effect(
            key=effect_key(call.id, "task", place, str(seen[place])),
            call_id=call.id,
            agent=AGENT,
            service="hubspot",
            action="create",
            object_type="tasks",
            after=properties["hs_task_subject"],
            payload={
                **new_record_payload(properties, tuple((record.type, record.id) for record in resolution.records)),
                HEARD: heard(promise, transcript_of(analysis)).model_dump(mode="json"),
            },
        )


def subject(promise: Finding) -> str:
    """What is to be done, as a task's title."""
    text = shorten(gist(promise), SUBJECT_LIMIT)
    return text[:1].upper() + text[1:]


def owner_of(promise: Finding, resolution: Resolution, desk: Desk) -> str | None:
    """The HubSpot owner who promised; failing that the deal's, so that the task is on somebody's list."""
    named = desk.owners.get((promise.owner_email or "").strip().lower())
    return named or (resolution.deal.get("hubspot_owner_id") if resolution.deal else None)


def due_moment(promise: Finding, call: Call, desk: Desk) -> datetime:
    """The end of the business day that was named, else of the day of the call."""
    started = started_at(call) or desk.now
    zone = desk.zone or started.tzinfo or UTC
    due = promise.due or started.astimezone(zone).date()
    return datetime.combine(due, END_OF_BUSINESS, zone)


def task_body(call: Call, promise: Finding) -> str:
    """The quote with its minute, where it is from, and what was said about the day."""
    when = f"Due {day(promise.due)}, as said on the call." if promise.due else "No day was named: this is the call's."
    whose = f" Promised by {escape(promise.owner)}." if promise.owner else ""
    return f"<p>{quote_html(call, promise)}</p><p>From the call “{escape(call_name(call))}”.{whose} {when}</p>"


def owners_by_email(owners: Sequence[Owner]) -> Mapping[str, str]:
    """The ids of active owners by address in lower case."""
    return {owner.email.strip().lower(): owner.id for owner in owners if owner.email and not owner.archived}


async def _allowed(context: Context, resolution: Resolution, wanted: Sequence[tuple[Finding, Effect]]) -> list[Effect]:
    """The tasks that the policy allows; denied ones are entered as failed, a person is asked about others."""
    intent = await with_standing(context.crm, Intent("create", "tasks", agent=AGENT), resolution.deal)
    verdicts = [
        (promise, effect, context.policy.decide(replace(intent, confidence=promise.confidence)))
        for promise, effect in wanted
    ]
    denied = [(effect, verdict.reason) for _, effect, verdict in verdicts if verdict.decision == "deny"]
    await refuse(context.records.ledger, denied)
    await _ask(context, resolution, [one for one in verdicts if one[2].decision == "ask"])
    return [effect for _, effect, verdict in verdicts if verdict.decision == "allow"]


async def _ask(context: Context, resolution: Resolution, asked: Sequence[tuple[Finding, Effect, Verdict]]) -> None:
    """Requests a person's word on tasks."""
    if not asked:
        return
    asking = await asking_of(context, asked[0][1].call_id, resolution)
    requests = [
        request_to_make(effect, verdict, asking, Proof(promise.quote, promise.evidence, promise.confidence, PROMISED))
        for promise, effect, verdict in asked
    ]
    await context.records.approvals.request(requests)


async def _desk(context: Context) -> Desk:
    account = await context.crm.account()
    return Desk(owners_by_email(await context.crm.owners()), zone_named(account.time_zone), context.clock.now())
