"""The conditions of a rule, each judged on what is known of an intent.

What is not known is not guessed: such a condition is `unknown`, and keeps nothing from being asked or denied, but
everything from being allowed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from nodes.policy.intent import Intent, amount_of
from nodes.policy.rules import Conditions

Holds = Literal["held", "not held", "unknown"]


@dataclass(frozen=True)
class Condition:
    """One line of a rule's `when`: `name` is its key, `wanted` what it asks for, `judge` tells whether it holds.

    `judge` is given the intent, and whether every value in question must do (so for ALLOW) or any of them will.
    """

    name: str
    wanted: object
    judge: Callable[[Intent, bool], Holds]


def conditions_of(when: Conditions) -> Iterator[Condition]:
    """The conditions that stand in a rule, ready to be judged."""
    for name, judge_of in JUDGES.items():
        wanted = getattr(when, name)
        if wanted is not None:
            yield Condition(name, wanted, judge_of(wanted))


Judge = Callable[[Intent, bool], Holds]


def _confident(least: float) -> Judge:
    return lambda intent, _: _known(intent.confidence, lambda confidence: confidence >= least)


def _amount_at_least(least: float) -> Judge:
    return lambda intent, strictly: _amounts(intent, strictly, lambda amount: amount >= least)


def _amount_below(limit: float) -> Judge:
    return lambda intent, strictly: _amounts(intent, strictly, lambda amount: amount < limit)


def _stages(names: Sequence[str]) -> Judge:
    wanted = frozenset(names)
    return lambda intent, _: _named(wanted, intent.stage_id, intent.stage_label)


def _to_stages(names: Sequence[str]) -> Judge:
    wanted = frozenset(names)

    def judge(intent: Intent, _: bool) -> Holds:
        if intent.field != "dealstage":
            return "not held"  # it moves the deal nowhere
        return _named(wanted, intent.value, intent.to_stage_label)

    return judge


def _asked_by(addresses: Sequence[str]) -> Judge:
    wanted = frozenset(addresses)
    return lambda intent, _: "held" if (intent.asked_by or "").strip().lower() in wanted else "not held"


JUDGES: dict[str, Callable[..., Judge]] = {
    "confidence_at_least": _confident,
    "amount_at_least": _amount_at_least,
    "amount_below": _amount_below,
    "stages": _stages,
    "to_stages": _to_stages,
    "asked_by": _asked_by,
}


def _known(value: float | None, holds: Callable[[float], bool]) -> Holds:
    return "unknown" if value is None else "held" if holds(value) else "not held"


def _amounts(intent: Intent, strictly: bool, holds: Callable[[float], bool]) -> Holds:
    """Judges the deal's amount and, where that is what changes, the proposed one with it."""
    if intent.object_type != "deals" or intent.field != "amount":
        return _known(intent.amount, holds)
    both = {_known(intent.amount, holds), _known(amount_of(intent.value), holds)}
    order: tuple[Holds, ...] = ("not held", "unknown", "held") if strictly else ("held", "unknown", "not held")
    return next(outcome for outcome in order if outcome in both)


def _named(wanted: frozenset[str], id: str | None, label: str | None) -> Holds:
    """Whether an id or its label is wanted; without the label, an id that is not wanted proves nothing."""
    if id in wanted or label in wanted:
        return "held"
    return "unknown" if id is None or label is None else "not held"
