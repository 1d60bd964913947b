"""What the rules say about one field of one deal, and all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from api.terminal import BadInput
from nodes.crm_sync.deals import pipeline_of
from nodes.crm_sync.fields import DEAL_PROPERTIES
from nodes.policy.deciding import Policy, Trial, Verdict
from nodes.policy.intent import Intent, as_it_stands
from nodes.policy.offered import STAGE, offered
from nodes.state import Change, Decision
from tools.hubspot.port import CrmGateway, FieldSpec, Owner, Pipeline, Record
from tools.hubspot.properties import DEFINITIONS

NEAR = 3
"""How many properties are named when one is not known."""


@dataclass(frozen=True)
class Question:
    """What the person asks about: a change of one field of one deal, with as much of it as they said."""

    deal_id: str
    field: str
    value: str | None = None
    confidence: float | None = None
    agent: str = "crm_sync"
    asked_by: str | None = None


@dataclass(frozen=True)
class Looked:
    """What HubSpot says of it; `fits` is whether it takes the value, None where none was given."""

    deal: Record
    owner: Owner | None
    pipelines: Sequence[Pipeline]
    field: FieldSpec
    fits: bool | None
    value: str | None


@dataclass(frozen=True)
class Explanation:
    """The answer: what is decided, and every rule that was looked at on the way."""

    question: Question
    looked: Looked | None
    intent: Intent
    verdict: Verdict
    decision: Decision
    reason: str
    trials: Sequence[Trial]


def explain(policy: Policy, question: Question, looked: Looked | None) -> Explanation:
    """What the policy says; a value that HubSpot does not have is asked about at least, as in a run."""
    intent = _intent(question, looked)
    verdict = policy.decide(intent)
    unfit = looked is not None and looked.fits is False and verdict.decision == "allow"
    return Explanation(
        question=question,
        looked=looked,
        intent=intent,
        verdict=verdict,
        decision="ask" if unfit else verdict.decision,
        reason=_unfit(intent, verdict) if unfit else verdict.reason,
        trials=tuple(policy.trials(intent)),
    )


def _unfit(intent: Intent, verdict: Verdict) -> str:
    return f"rule {verdict.rule} would allow it, but “{intent.value}” is not exactly one of HubSpot's options"


def _intent(question: Question, looked: Looked | None) -> Intent:
    intent = Intent(
        action="update",
        object_type="deals",
        field=looked.field.name if looked else question.field,
        agent=question.agent,
        value=question.value,
        confidence=question.confidence,
        asked_by=question.asked_by,
    )
    if looked is None:
        return intent
    pipeline = pipeline_of(looked.deal, looked.pipelines)
    stage = pipeline.stage(looked.value) if pipeline and intent.field == STAGE else None
    target = replace(intent, value=looked.value, to_stage_label=stage.label if stage else None)
    return as_it_stands(target, looked.deal, looked.pipelines)


async def look(crm: CrmGateway, question: Question) -> Looked:
    """Reads what HubSpot has to say. Raises BadInput where it knows no such deal or property."""
    deal = (await crm.read("deals", [question.deal_id], DEAL_PROPERTIES)).get(question.deal_id)
    if deal is None or deal.archived:
        raise BadInput(f"HubSpot has no deal {question.deal_id}", next_step="The id is the last number of its address.")
    field = _field(question.field, await crm.fields("deals"))
    pipelines = await crm.pipelines()
    value = _stage_id(question.value, deal, pipelines) if field.name == STAGE else question.value
    fits = None
    if value is not None:
        change = Change(
            key="asked", object_type="deals", object_id=deal.id, field=field.name, label=field.label, after=value
        )
        found = (await offered(crm, [change], deal))[change.key]
        fits, value = found is not None, found.after if found else value
    owner = next((owner for owner in await crm.owners() if owner.id == deal.get("hubspot_owner_id")), None)
    return Looked(deal, owner, pipelines, field, fits, value)


def _field(name: str, portal: Mapping[str, FieldSpec]) -> FieldSpec:
    """The property of this name or label; one that Sophia is yet to make counts as there."""
    ours = {
        made.name: FieldSpec(name=made.name, label=made.label, type=made.type, options=made.options)
        for made in DEFINITIONS["deals"]
    }
    known = {**ours, **portal}
    labelled = [spec for spec in known.values() if spec.label.casefold() == name.casefold()]
    if name in known:
        return known[name]
    if len(labelled) == 1:
        return labelled[0]
    words = {word.casefold(): spec.name for spec in known.values() for word in (spec.name, spec.label)}
    near = dict.fromkeys(words[word] for word in get_close_matches(name.casefold(), words, n=NEAR))
    meant = f"Was {' or '.join(near)} meant?" if near else "Give its internal name, as HubSpot's settings show it."
    raise BadInput(f"HubSpot has no property {name} on deals", next_step=meant)


def _stage_id(value: str | None, deal: Record, pipelines: Sequence[Pipeline]) -> str | None:
    """The id of the one stage of the deal's pipeline that has this id or name; what was given where there is none."""
    pipeline = pipeline_of(deal, pipelines)
    found = [stage.id for stage in pipeline.stages if value in (stage.id, stage.label)] if pipeline else []
    return found[0] if len(found) == 1 else value
