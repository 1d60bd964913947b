"""How rules are tried: in their order, on what they are about, and on what is known."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nodes.policy.deciding import Policy, Verdict
from nodes.policy.intent import Intent, as_it_stands
from nodes.policy.loading import default_policy, parse_policy
from tools.hubspot.port import Pipeline, Record

STAGE = Intent("update", "deals", "dealstage", value="s4", to_stage_label="Contract")


def policy(*rules: str, before: str = "") -> Policy:
    return parse_policy(
        "\n".join(["version = 1", before, *(f"[[rule]]\n{rule}" for rule in rules)]), Path("policy.toml")
    )


def rule(decision: str, when: str = "", **keys: object) -> str:
    about = {"objects": "deals", "actions": "update", "decision": decision} | keys
    lines = [f"{key} = {value!r}" for key, value in about.items()]
    return "\n".join([*lines, "[rule.when]", when])


def decided(intent: Intent, *rules: str) -> tuple[str, int | None]:
    verdict = policy(*rules).decide(intent)
    return verdict.decision, verdict.rule


def test_the_first_rule_that_matches_decides() -> None:
    assert decided(STAGE, rule("DENY", fields="amount"), rule("ASK"), rule("ALLOW")) == ("ask", 2)


def test_what_no_rule_matches_is_denied() -> None:
    assert decided(STAGE, rule("ALLOW", objects="contacts"), rule("ALLOW", actions="create")) == ("deny", None)


def test_no_rules_deny_everything() -> None:
    assert decided(STAGE) == ("deny", None)


@pytest.mark.parametrize(("agent", "decision"), [("crm_sync", "allow"), ("follow_up", "deny")])
def test_a_rule_may_be_for_one_agent(agent: str, decision: str) -> None:
    assert decided(replace(STAGE, agent=agent), rule("ALLOW", agents="crm_sync"))[0] == decision


@pytest.mark.parametrize(
    ("object_type", "field", "decision"),
    [
        ("deals", "sophia_risk", "allow"),
        ("contacts", "last_call_sentiment", "allow"),
        ("contacts", "sophia_risk", "deny"),  # a property of deals
        ("deals", "sophia", "deny"),  # the word in the file is no property
        ("deals", "amount", "deny"),
    ],
)
def test_sophia_among_the_fields_means_what_sophia_made(object_type: str, field: str, decision: str) -> None:
    intent = Intent("update", object_type, field)
    assert policy(rule("ALLOW", objects="*", fields="sophia")).decide(intent).decision == decision


HELD = [
    ("confidence_at_least = 0.8", replace(STAGE, confidence=0.8)),
    ("amount_at_least = 1000", replace(STAGE, amount=1000)),
    ("amount_below = 1000", replace(STAGE, amount=999.99)),
    ("stages = ['Demo']", replace(STAGE, stage_id="s2", stage_label="Demo")),
    ("stages = ['x', 's2']", replace(STAGE, stage_id="s2")),
    ("to_stages = 'Contract'", STAGE),
    ("to_stages = 's4'", replace(STAGE, to_stage_label=None)),
    ("asked_by = 'jane@x.example'", replace(STAGE, asked_by="Jane@X.example")),
]
NOT_HELD = [
    ("confidence_at_least = 0.8", replace(STAGE, confidence=0.79)),
    ("amount_at_least = 1000", replace(STAGE, amount=999)),
    ("amount_below = 1000", replace(STAGE, amount=1000)),
    ("stages = ['demo']", replace(STAGE, stage_id="s2", stage_label="Demo")),
    ("to_stages = 'Won'", STAGE),
    ("to_stages = 'Contract'", replace(STAGE, field="closedate", to_stage_label=None)),
    ("asked_by = 'jane@x.example'", replace(STAGE, asked_by="joe@x.example")),
    ("asked_by = 'jane@x.example'", STAGE),  # it comes of a call, and that is known
]
UNKNOWN = [
    ("confidence_at_least = 0", STAGE),
    ("amount_at_least = 0", STAGE),
    ("amount_below = 1e9", STAGE),
    ("stages = 'Demo'", STAGE),
    ("stages = 'Demo'", replace(STAGE, stage_id="s2")),  # its name is not known
    ("to_stages = 'Contract'", replace(STAGE, value=None, to_stage_label=None)),
]


@pytest.mark.parametrize("decision", ["ALLOW", "ASK", "DENY"])
@pytest.mark.parametrize(("when", "intent"), HELD)
def test_a_rule_whose_condition_holds_matches(when: str, intent: Intent, decision: str) -> None:
    assert decided(intent, rule(decision, when)) == (decision.lower(), 1)


@pytest.mark.parametrize("decision", ["ALLOW", "ASK", "DENY"])
@pytest.mark.parametrize(("when", "intent"), NOT_HELD)
def test_a_rule_whose_condition_does_not_hold_is_passed_over(when: str, intent: Intent, decision: str) -> None:
    assert decided(intent, rule(decision, when)) == ("deny", None)


@pytest.mark.parametrize(("when", "intent"), UNKNOWN)
def test_what_is_unknown_keeps_a_rule_from_allowing_only(when: str, intent: Intent) -> None:
    assert decided(intent, rule("ALLOW", when)) == ("deny", None)
    assert decided(intent, rule("ASK", when)) == ("ask", 1)
    assert decided(intent, rule("DENY", when)) == ("deny", 1)


def test_every_condition_must_hold() -> None:
    when = "confidence_at_least = 0.8\namount_below = 1000"
    sure, small = replace(STAGE, confidence=0.9, amount=2000), replace(STAGE, confidence=0.5, amount=500)
    for intent in (sure, small):
        assert decided(intent, rule("ALLOW", when), rule("ASK")) == ("ask", 2)
    assert decided(replace(sure, amount=500), rule("ALLOW", when), rule("ASK")) == ("allow", 1)


@pytest.mark.parametrize(
    ("held", "proposed", "decision"),
    [(500, "900", "allow"), (500, "90000", "ask"), (90000, "500", "ask"), (500, "a lot", "ask"), (None, "500", "ask")],
)
def test_a_new_amount_is_looked_at_beside_the_old_one(held: float | None, proposed: str, decision: str) -> None:
    intent = Intent("update", "deals", "amount", value=proposed, amount=held)
    assert decided(intent, rule("ALLOW", "amount_below = 1000"), rule("ASK"))[0] == decision


@pytest.mark.parametrize(("held", "proposed"), [(500, "90000"), (90000, "500"), (None, "90000"), (500, "a lot")])
def test_either_amount_is_enough_to_ask(held: float | None, proposed: str) -> None:
    intent = Intent("update", "deals", "amount", value=proposed, amount=held)
    assert decided(intent, rule("ASK", "amount_at_least = 1000"), rule("ALLOW")) == ("ask", 1)


def test_a_verdict_says_who_may_answer_and_how_long_they_have() -> None:
    usual = "[approvals]\napprovers = ['owner', 'Jane@X.example']\nexpire_after_days = 2.5"
    own = rule("ASK", fields="amount", approvers=["admin"], expire_after_days=1, reason="The forecast rests on it.")
    rules = policy(own, rule("ASK"), before=usual)
    verdict = rules.decide(Intent("update", "deals", "amount"))
    assert verdict == Verdict(
        decision="ask",
        rule=1,
        reason="The forecast rests on it.",
        stated="The forecast rests on it.",
        approvers=("admin",),
        expires_after=timedelta(days=1),
    )
    verdict = rules.decide(STAGE)
    assert (verdict.approvers, verdict.expires_after) == (("owner", "jane@x.example"), timedelta(days=2.5))
    assert (verdict.reason, verdict.stated) == ("the policy wants a person asked: rule 2", None)


def test_every_rule_that_was_looked_at_tells_how_its_conditions_came_out() -> None:
    rules = policy(
        rule("ALLOW", "confidence_at_least = 0.9\namount_below = 1000"), rule("DENY", fields="amount"), rule("ASK")
    )
    first, last = rules.trials(replace(STAGE, amount=500))
    assert [(outcome.name, outcome.wanted, outcome.holds) for outcome in first.outcomes] == [
        ("confidence_at_least", 0.9, "unknown"),
        ("amount_below", 1000, "held"),
    ]
    assert [(trial.number, trial.matched) for trial in (first, last)] == [(1, False), (3, True)]


def test_a_deals_standing_is_read_from_its_record(deal: Record, pipeline: Pipeline) -> None:
    held = deal.model_copy(update={"properties": {**deal.properties, "amount": "1250.50"}})
    intent = as_it_stands(STAGE, held, [pipeline])
    assert (intent.amount, intent.stage_id, intent.stage_label) == (1250.5, "s2", "Demo")


@pytest.mark.parametrize("amount", [None, "", "nan", "inf", "plenty"])
def test_an_amount_that_is_no_number_is_unknown(deal: Record, amount: str | None) -> None:
    held = deal.model_copy(update={"properties": {**deal.properties, "amount": amount}})
    assert as_it_stands(STAGE, held, []).amount is None


def test_without_a_deal_nothing_is_known_of_it() -> None:
    assert as_it_stands(STAGE, None, []) == STAGE


def test_what_is_asked_by_default_may_be_answered_by_the_owner_for_a_week() -> None:
    verdict = default_policy().decide(STAGE)
    assert (verdict.decision, verdict.approvers) == ("ask", ("owner", "admin"))
    assert verdict.expires_after == timedelta(days=7)
