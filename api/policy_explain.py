"""`sophia policy explain`: the rules on one field of one deal as it stands now, told to a person."""

import json
import sys
from collections.abc import Iterator

from rich.text import Text

from api.logs import settings_with_logs
from api.policy import BUNDLED
from api.policy_file import policy_in_force
from api.policy_question import Explanation, Looked, Question, explain, look
from api.terminal import notices, results
from core.settings import Settings
from nodes.crm_sync.deals import record_name
from nodes.policy.deciding import Outcome, Policy, Trial
from nodes.policy.wording import condition_words, rule_text
from tools.hubspot.client import HubSpotClient


async def explain_policy(question: Question, *, as_json: bool) -> None:
    """The command: explains, with how the deal stands where HubSpot is set up; it only reads."""
    settings = settings_with_logs()
    policy = policy_in_force(settings)
    explanation = explain(policy, question, await _looked(settings, question))
    if as_json:
        sys.stdout.write(json.dumps(_as_json(policy, explanation), indent=2, ensure_ascii=False) + "\n")
        return
    for line in _lines(policy, explanation):
        results().print(Text(line), soft_wrap=True)


async def _looked(settings: Settings, question: Question) -> Looked | None:
    if settings.hubspot_access_token is None:
        notices().print("HubSpot is not set up: how the deal stands counts as unknown.")
        return None
    crm = HubSpotClient.from_settings(settings)
    try:
        return await look(crm, question)
    finally:
        await crm.close()


def _lines(policy: Policy, told: Explanation) -> Iterator[str]:
    yield _deal(told)
    yield _change(told)
    yield f"{told.decision.upper()}: {told.reason}"
    if told.looked and told.looked.field.read_only:
        yield "Whatever the rules say: HubSpot itself sets this property and takes no other value."
    if told.decision == "ask":
        yield f"May answer: {', '.join(_approvers(told))}. Lapses after {_days(told):g} days."
    for trial in told.trials:
        yield ""
        how = "decides" if trial.matched else "does not match"
        yield f"Rule {trial.number} of {policy.source or BUNDLED} {how}:"
        yield from (f"  {line}" for line in rule_text(trial.rule).splitlines())
        yield from (f"  -> {_outcome(outcome)}" for outcome in trial.outcomes)


def _deal(told: Explanation) -> str:
    if told.looked is None:
        return f"Deal {told.question.deal_id}"
    amount, owner = told.intent.amount, told.looked.owner
    parts = (
        f"stage {told.intent.stage_label or told.intent.stage_id or 'unknown'}",
        f"amount {'unknown' if amount is None else f'{amount:g}'}",
        f"owner {owner.email or owner.name or owner.id}" if owner else "no owner",
    )
    return f"Deal {told.question.deal_id} “{record_name(told.looked.deal)}”: {', '.join(parts)}"


def _change(told: Explanation) -> str:
    intent, question = told.intent, told.question
    label = f" ({told.looked.field.label})" if told.looked else ""
    to = "" if question.value is None else f" to “{intent.to_stage_label or intent.value}”"
    sure = "" if intent.confidence is None else f", confidence {intent.confidence:g}"
    asked = f", asked by {intent.asked_by}" if intent.asked_by else ""
    return f"Change of {intent.field}{label}{to} by {intent.agent}{sure}{asked}"


def _approvers(told: Explanation) -> Iterator[str]:
    """Who may answer, the owner of the record by name where that is known."""
    owner = told.looked.owner if told.looked else None
    for person in told.verdict.approvers:
        known = person == "owner" and owner is not None and (owner.email or owner.name)
        yield f"{person} ({known})" if known else person


def _days(told: Explanation) -> float:
    return told.verdict.expires_after.total_seconds() / 86_400


def _outcome(outcome: Outcome) -> str:
    return f"{condition_words(outcome.name, outcome.wanted)}: {outcome.holds}"


def _as_json(policy: Policy, told: Explanation) -> dict[str, object]:
    intent, asked = told.intent, told.decision == "ask"
    return {
        "file": str(policy.source) if policy.source else None,
        "deal": told.question.deal_id,
        "field": intent.field,
        "agent": intent.agent,
        "value": intent.value,
        "value_fits": told.looked.fits if told.looked else None,
        "confidence": intent.confidence,
        "asked_by": intent.asked_by,
        "amount": intent.amount,
        "stage": intent.stage_label or intent.stage_id,
        "decision": told.decision,
        "reason": told.reason,
        "rule": told.verdict.rule,
        "approvers": told.verdict.approvers if asked else (),
        "expires_after_days": _days(told) if asked else None,
        "rules": [_trial(trial) for trial in told.trials],
    }


def _trial(trial: Trial) -> dict[str, object]:
    return {
        "rule": trial.number,
        "decision": trial.rule.decision,
        "matched": trial.matched,
        "text": rule_text(trial.rule),
        "conditions": [
            {"name": outcome.name, "wanted": outcome.wanted, "outcome": outcome.holds} for outcome in trial.outcomes
        ],
    }
