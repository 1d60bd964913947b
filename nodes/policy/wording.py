"""Rules and conditions in words, for whoever looks into the policy."""

import json
from collections.abc import Iterator

from nodes.policy.conditions import conditions_of
from nodes.policy.rules import ANY, Rule


def condition_words(name: str, wanted: object) -> str:
    """A condition as one reads it: “amount below 5000”, “to stages Won, Lost”."""
    values = ", ".join(map(str, wanted)) if isinstance(wanted, tuple) else f"{wanted:g}"  # texts, or one number
    return f"{name.replace('_', ' ')} {values}"


def limits(rule: Rule) -> Iterator[str]:
    """What has to be so for a rule to match, besides what it is about: its agents and its conditions."""
    if rule.agents and ANY not in rule.agents:
        yield f"by {', '.join(rule.agents)}"
    for condition in conditions_of(rule.when):
        yield condition_words(condition.name, condition.wanted)


def rule_text(rule: Rule) -> str:
    """The rule as it may stand in the file: only what was written there, without its comments."""
    written = rule.model_dump(exclude_unset=True)
    when = written.pop("when", {})
    lines = ["[[rule]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in written.items())]
    if when:
        lines += ["[rule.when]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in when.items())]
    return "\n".join(lines)
