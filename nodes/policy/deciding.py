"""Decides on an intent by the rules: the first that matches says what is done, and none means no."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.analysis import Frozen
from nodes.crm_sync.fields import OWN_PROPERTIES
from nodes.policy.conditions import Condition, Holds, conditions_of
from nodes.policy.intent import Intent
from nodes.policy.rules import ANY, OWN, ApprovalRules, PolicyFile, Rule
from nodes.state import Decision

SAID: Mapping[Decision, str] = {
    "allow": "the policy allows this",
    "ask": "the policy wants a person asked",
    "deny": "the policy does not allow this",
}
OWN_BY_OBJECT: Mapping[str, frozenset[str]] = {str(type): names for type, names in OWN_PROPERTIES.items()}


class Verdict(Frozen):
    """What the policy says: `rule` counts from 1 and is None where no rule matched.

    `reason` is for people; `stated` is what the owner wrote as the rule's, None where nothing was. `approvers` and
    `expires_after` say who may answer an "ask", and how long it stands.
    """

    decision: Decision
    rule: int | None
    reason: str
    stated: str | None = None
    approvers: tuple[str, ...]
    expires_after: timedelta


@dataclass(frozen=True)
class Outcome:
    """How one condition came out."""

    name: str
    wanted: object
    holds: Holds


@dataclass(frozen=True)
class Trial:
    """A rule that is about an intent: how each of its conditions came out, and whether it matched."""

    number: int
    rule: Rule
    outcomes: tuple[Outcome, ...]
    matched: bool


@dataclass(frozen=True)
class _Ready:
    """A rule made ready for being tried often."""

    number: int
    rule: Rule
    objects: frozenset[str]
    fields: frozenset[str]
    own: bool
    actions: frozenset[str]
    agents: frozenset[str]
    conditions: tuple[Condition, ...]
    verdict: Verdict

    def about(self, intent: Intent) -> bool:
        """Whether the rule is about such an intent, whatever its conditions say."""
        return (
            _among(intent.object_type, self.objects)
            and _among(intent.action, self.actions)
            and _among(intent.agent, self.agents)
            and self._about_field(intent)
        )

    def _about_field(self, intent: Intent) -> bool:
        if self.own and intent.field in OWN_BY_OBJECT.get(intent.object_type, ()):
            return True
        return _among(intent.field, self.fields)

    def matches(self, intent: Intent) -> bool:
        """Whether every condition holds; one that is unknown stands in the way of ALLOW only."""
        strictly = self.verdict.decision == "allow"
        refused = ("not held", "unknown") if strictly else ("not held",)
        return all(condition.judge(intent, strictly) not in refused for condition in self.conditions)


class Policy:
    """The rules in force; `source` is the file they are from, None for the ones that come with Sophia.

    Pure, and fast enough to be asked about every effect: some microseconds.
    """

    def __init__(self, file: PolicyFile, source: Path | None = None) -> None:
        self.file = file
        self.source = source
        self._rules = tuple(_ready(number, rule, file) for number, rule in enumerate(file.rule, start=1))
        self._otherwise = _no_rule(file.approvals)

    def decide(self, intent: Intent) -> Verdict:
        """What the first matching rule says about this; "deny" when none matches."""
        for ready in self._rules:
            if ready.about(intent) and ready.matches(intent):
                return ready.verdict
        return self._otherwise

    def about(self, intent: Intent) -> Iterator[tuple[int, Rule]]:
        """The rules that are about this, by number, whatever their conditions say."""
        return ((ready.number, ready.rule) for ready in self._rules if ready.about(intent))

    def trials(self, intent: Intent) -> Iterator[Trial]:
        """The rules that are about this, down to the one that decides, each with how its conditions came out."""
        for ready in self._rules:
            if not ready.about(intent):
                continue
            strictly = ready.verdict.decision == "allow"
            outcomes = tuple(Outcome(each.name, each.wanted, each.judge(intent, strictly)) for each in ready.conditions)
            matched = ready.matches(intent)
            yield Trial(ready.number, ready.rule, outcomes, matched)
            if matched:
                return


def _among(value: str | None, names: frozenset[str]) -> bool:
    return ANY in names or value in names


def _ready(number: int, rule: Rule, file: PolicyFile) -> _Ready:
    return _Ready(
        number=number,
        rule=rule,
        objects=frozenset(rule.objects),
        fields=frozenset(rule.fields) - {OWN},
        own=OWN in rule.fields,
        actions=frozenset(rule.actions),
        agents=frozenset(rule.agents or (ANY,)),
        conditions=tuple(conditions_of(rule.when)),
        verdict=_verdict(number, rule, file.approvals),
    )


def _verdict(number: int, rule: Rule, usual: ApprovalRules) -> Verdict:
    return Verdict(
        decision=rule.verdict,
        rule=number,
        reason=rule.reason or f"{SAID[rule.verdict]}: rule {number}",
        stated=rule.reason,
        approvers=rule.approvers or usual.approvers,
        expires_after=timedelta(days=rule.expire_after_days or usual.expire_after_days),
    )


def _no_rule(usual: ApprovalRules) -> Verdict:
    return Verdict(
        decision="deny",
        rule=None,
        reason=f"{SAID['deny']}: no rule does",
        approvers=usual.approvers,
        expires_after=timedelta(days=usual.expire_after_days),
    )
