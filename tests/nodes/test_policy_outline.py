"""What a policy amounts to, and the rules of it that can never decide anything."""

from pathlib import Path

import pytest

from nodes.policy.loading import default_policy, parse_policy
from nodes.policy.outline import Possibility, idle_rules, outline
from nodes.policy.wording import rule_text


def rules(*texts: str) -> str:
    return "\n".join(["version = 1", *(f"[[rule]]\n{text}" for text in texts)])


def idle(*texts: str) -> dict[int, str]:
    return dict(idle_rules(parse_policy(rules(*texts), Path("policy.toml"))))


ASK_DEALS = "objects = 'deals'\nactions = 'update'\ndecision = 'ASK'"
SURE = "[rule.when]\nconfidence_at_least = 0.8"


def test_no_rule_of_the_default_is_idle() -> None:
    assert idle_rules(default_policy()) == {}


def test_the_default_amounts_to_what_is_promised() -> None:
    said = {
        (object_type, line.action, field): [possible.decision for possible in line.possibilities]
        for line in outline(default_policy())
        for object_type in line.objects
        for field in line.fields or ("",)
    }
    assert {about for about, decisions in said.items() if decisions == ["ASK"]} == {
        *(("deals", "update", field) for field in ("dealstage", "amount", "closedate", "hubspot_owner_id")),
        ("companies", "update", "hubspot_owner_id"),
        ("contacts", "update", "hubspot_owner_id"),
    }
    assert {about for about, decisions in said.items() if decisions == ["ALLOW"]} == {
        ("notes", "create", ""),
        ("tasks", "create", ""),
        ("messages", "create", "owner"),
        ("messages", "create", "channel"),
        ("messages", "create", "colleague"),
        *(("tasks", "update", f"hs_{name}") for name in ("task_status", "timestamp", "task_subject", "task_priority")),
        *((object_type, "update", "Sophia's own") for object_type in ("contacts", "deals", "notes", "tasks")),
    }


def test_what_depends_on_a_condition_shows_all_that_may_come_out() -> None:
    text = rules("objects = 'deals'\nfields = 'amount'\nactions = 'update'\ndecision = 'ALLOW'\n" + SURE, ASK_DEALS)
    (line,) = [line for line in outline(parse_policy(text, Path("x"))) if line.fields == ("amount",)]
    assert line.possibilities == (
        Possibility("ALLOW", 1, ("confidence at least 0.8",)),
        Possibility("ASK", 2, ()),
    )


def test_what_may_match_no_rule_is_shown_as_denied() -> None:
    text = rules(ASK_DEALS + "\nagents = 'crm_sync'")
    (line,) = [line for line in outline(parse_policy(text, Path("x"))) if "deals" in line.objects and line.fields]
    assert line.possibilities == (Possibility("ASK", 1, ("by crm_sync",)), Possibility("DENY", None, ()))


def test_a_rule_below_one_that_takes_all_is_idle() -> None:
    assert idle(ASK_DEALS, ASK_DEALS + "\nfields = 'amount'") == {2: "rule 1 takes all that it is about"}


def test_several_rules_may_take_all_of_another() -> None:
    notes, tasks, both = (
        f"objects = {objects}\nactions = 'create'\ndecision = 'ALLOW'"
        for objects in ("'notes'", "'tasks'", "['tasks', 'notes']")
    )
    assert idle(notes, tasks, both) == {3: "rules 1, 2 take all that it is about"}


@pytest.mark.parametrize("limit", [SURE, "agents = 'follow_up'", "fields = 'amount'"])
def test_a_rule_that_leaves_something_takes_not_all(limit: str) -> None:
    assert idle(ASK_DEALS + "\n" + limit, ASK_DEALS) == {}


def test_rules_for_the_same_agent_shadow_each_other() -> None:
    mine = ASK_DEALS + "\nagents = 'crm_sync'"
    assert idle(mine, mine, ASK_DEALS) == {2: "rule 1 takes all that it is about"}


def test_what_is_made_has_no_fields() -> None:
    assert "nothing is as it says" in idle("objects = 'notes'\nfields = 'x'\nactions = 'create'\ndecision = 'ALLOW'")[1]


def test_only_the_stage_moves_to_a_stage() -> None:
    moved = "objects = 'deals'\nfields = 'amount'\nactions = 'update'\ndecision = 'ASK'\n[rule.when]\nto_stages = 'Won'"
    assert "dealstage" in idle(moved)[1]


def test_a_rule_is_shown_as_it_may_stand_in_the_file() -> None:
    text = rules(ASK_DEALS + "\nreason = 'Say “why”.'\n" + SURE)
    (rule,) = parse_policy(text, Path("x")).file.rule
    again = parse_policy(f"version = 1\n{rule_text(rule)}", Path("x")).file.rule
    assert again == (rule,)
    assert "approvers" not in rule_text(rule)
