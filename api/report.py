"""What Sophia did, counted: how things stand in its records, and which effects are new since a moment before."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.analysis import CallAnalysis, Frozen, Kind
from memory.approvals import Approval
from memory.calls import CallStatus, StoredCall
from memory.ledger import Effect, EffectStatus
from memory.records import Records
from nodes.sure import candidates, orders


class Requests(Frozen):
    """How often each service was asked."""

    gong: int = 0
    hubspot: int = 0
    slack: int = 0


class DemoReport(Frozen):
    """What one run did and how things stand after it.

    State: `calls` known; `analysed` with an analysis, of which `unresolved` wait for a person to say whose they are;
    `waiting`, `skipped` (private) and `failed` calls; `findings` of all analyses that are sure enough to be acted on,
    by kind in `kinds`; `candidates` that are not; `orders`, which are instructions to software that somebody spoke;
    `approvals` that wait; `remembered`, passages and findings that can be recalled. This run alone: `crm_writes`
    confirmed by HubSpot (`notes` and `tasks` made are among them), `messages` posted in Slack, `requests` by service,
    `seconds` it took. `speed` is the sandbox's.
    """

    calls: int
    analysed: int
    unresolved: int
    waiting: int
    skipped: int
    failed: int
    findings: int
    kinds: dict[str, int]
    candidates: int
    orders: int
    approvals: int
    remembered: int
    crm_writes: int
    notes: int
    tasks: int
    messages: int
    requests: Requests
    seconds: float
    speed: float


@dataclass(frozen=True)
class Standing:
    """Everything in the records that a report tells of; `fresh` are the effects confirmed since a moment before."""

    calls: tuple[StoredCall, ...]
    fresh: tuple[Effect, ...]
    approvals: tuple[Approval, ...]
    remembered: int


async def confirmed_keys(records: Records) -> frozenset[str]:
    """Keys of all effects that have been carried out."""
    return frozenset(effect.key for effect in await records.ledger.all() if effect.status is EffectStatus.CONFIRMED)


async def standing(records: Records, before: Collection[str], remembered: int) -> Standing:
    """How things stand; `before` are the effects that had been carried out already."""
    effects = await records.ledger.all()
    return Standing(
        calls=tuple(await records.calls.all()),
        fresh=tuple(e for e in effects if e.status is EffectStatus.CONFIRMED and e.key not in before),
        approvals=tuple(await records.approvals.waiting()),
        remembered=remembered,
    )


def demo_report(now: Standing, requests: Requests, seconds: float, speed: float) -> DemoReport:
    """The figures of a run."""
    states = Counter(stored.status for stored in now.calls)
    analyses = [stored.analysis for stored in now.calls if stored.analysis]
    kinds = sum(map(firm_kinds, analyses), Counter[Kind]())
    written = [effect for effect in now.fresh if effect.service == "hubspot"]
    made = Counter(effect.object_type for effect in written if effect.action == "create")
    return DemoReport(
        calls=len(now.calls),
        analysed=len(analyses),
        unresolved=states[CallStatus.UNRESOLVED],
        waiting=states[CallStatus.WAITING] + states[CallStatus.RECEIVED],
        skipped=states[CallStatus.SKIPPED],
        failed=states[CallStatus.FAILED],
        findings=kinds.total(),
        kinds={kind.value: kinds[kind] for kind in Kind},
        candidates=sum(len(candidates(analysis)) for analysis in analyses),
        orders=sum(len(orders(analysis)) for analysis in analyses),
        approvals=len(now.approvals),
        remembered=now.remembered,
        crm_writes=len(written),
        notes=made["notes"],
        tasks=made["tasks"],
        messages=sum(effect.service == "slack" and effect.action == "post" for effect in now.fresh),
        requests=requests,
        seconds=round(seconds, 1),
        speed=speed,
    )


def firm_kinds(analysis: CallAnalysis) -> Counter[Kind]:
    """How many findings of each kind are sure; an instruction to software is none of the deal's risks."""
    return Counter(item.kind for item in analysis.items if not item.candidate and not item.order)


def names_of(calls: Collection[StoredCall]) -> Mapping[tuple[str, str], str]:
    """What the CRM records of these calls are called, by (type, id), as far as the calls' resolutions know."""
    names: dict[tuple[str, str], str] = {}
    for stored in calls:
        known = stored.resolution or {}
        for record in (known.get("deal"), known.get("company"), *(known.get("contacts") or ())):
            if record:
                names[record["type"], record["id"]] = _name(record["properties"], record["id"])
    return names


def _name(properties: Mapping[str, str | None], id: str) -> str:
    person = " ".join(part for part in (properties.get("firstname"), properties.get("lastname")) if part)
    return properties.get("dealname") or properties.get("name") or person or properties.get("email") or id
