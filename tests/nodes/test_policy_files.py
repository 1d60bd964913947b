"""Policy files: what they may hold, and how it is told what is wrong with one."""

import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from core.errors import ConfigurationError
from nodes.policy.loading import DEFAULT_FILE, PolicyFileError, default_policy, load_policy, parse_policy
from nodes.policy.rules import PolicyFile

DOCUMENT = Path(__file__).parents[2] / "docs" / "policy.md"
RULE = "version = 1\n[[rule]]\nobjects = 'deals'\nactions = 'update'\n"


def problems(text: str) -> str:
    with pytest.raises(PolicyFileError) as refused:
        parse_policy(text, Path("policy.toml"))
    assert str(refused.value).startswith("policy.toml: ")
    assert refused.value.next_step
    return "\n".join(refused.value.problems)


def test_without_a_file_the_rules_that_come_with_sophia_are_in_force() -> None:
    assert load_policy(None) is default_policy()
    assert default_policy().source is None


def test_a_file_is_read_with_its_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(
        b"\xef\xbb\xbfversion = 1\r\n[[rule]]\r\nobjects='notes'\r\nactions='create'\r\ndecision='ALLOW'\r\n"
    )
    policy = load_policy(file)
    assert (policy.source, len(policy.file.rule)) == (file, 1)


def test_one_text_may_stand_for_a_list_of_one() -> None:
    (rule,) = parse_policy(RULE + "decision = 'ASK'\napprovers = 'Jane@X.example'", Path("x")).file.rule
    assert (rule.objects, rule.fields, rule.actions) == (("deals",), ("*",), ("update",))
    assert rule.approvers == ("jane@x.example",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", '"version" is missing'),
        ("version = 2", "version should be 1 (it is 2)"),
        ("version = true", "version must be 1 (it is true)"),
        ("version = 1\nversion = 1", "is not TOML: Cannot overwrite a value"),
        ("version = 1\n[[rule]\n", "is not TOML"),
        ("version = 1\n[[rules]]\n", 'there is no key "rules"; is "rule" meant?'),
        ("version = 1\n[rule]\nobjects = 'deals'", "every rule begins with a line [[rule]], in two brackets"),
        ("version = 1\n[approvals]\napprovers = ['bob']", 'approvals: approvers is neither "owner" nor "admin"'),
        ("version = 1\n[approvals]\nexpire_after_days = 0", "approvals: expire_after_days should be greater than 0"),
        (RULE, 'rule 1: "decision" is missing'),
        (RULE + "decision = 'ask'", "rule 1: decision should be 'ALLOW', 'ASK' or 'DENY' (it is \"ask\")"),
        (RULE + "decision = 'ASK'\nfields = []", "rule 1: fields is an empty list"),
        (RULE + "decision = 'ASK'\nfields = 3", 'rule 1: fields should be a list: ["…", "…"]'),
        (RULE + "decision = 'ASK'\nfeilds = 'amount'", 'rule 1: there is no key "feilds"; is "fields" meant?'),
        (RULE + "decision = 'ASK'\nexpire_after_days = nan", "rule 1: expire_after_days should be a finite number"),
        (RULE + "decision = 'DENY'\napprovers = 'owner'", "rule 1: approvers and expire_after_days are for ASK"),
        (RULE + "decision = 'ASK'\nwhen = 3", "rule 1, when: should be a section with keys of its own"),
        (
            RULE + "decision = 'ASK'\nwhen.confidence_at_least = 80",
            "rule 1, when: confidence_at_least should be less than or equal to 1 (it is 80)",
        ),
        (RULE + "decision = 'ASK'\nwhen.amount_below = '5000'", "rule 1, when: amount_below should be a number"),
        (RULE + "decision = 'ASK'\nwhen.stages = [7]", "rule 1, when: stages should be text, in quotation marks"),
        (
            RULE + "decision = 'ASK'\nwhen.confidense_at_least = 1",
            'rule 1, when: there is no key "confidense_at_least"; is "confidence_at_least" meant?',
        ),
        (RULE + "decision = 'ASK'\nwhen.asked_by = 'jane'", "rule 1, when: asked_by is no e-mail address"),
        (
            RULE + "decision = 'ASK'\nwhen = {amount_at_least = 5, amount_below = 5}",
            "rule 1, when: no amount is at least amount_at_least and below amount_below",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = RULE + "decision = 'NO'\n[[rule]]\nobjects = ['deals', 'leads']\nactions = 'update'\ndecision = 'ASK'"
    assert [problem[:7] for problem in problems(wrong).splitlines()] == ["rule 1:", "rule 2:"]


@pytest.mark.parametrize("decision", ["ALLOW", "ASK"])
@pytest.mark.parametrize("actions", ["'delete'", "['update', 'delete']", "'*'"])
def test_deletion_cannot_be_allowed_or_asked(decision: str, actions: str) -> None:
    text = f"{RULE}decision = 'ASK'\n[[rule]]\nobjects = 'notes'\nactions = {actions}\ndecision = '{decision}'"
    assert problems(text).startswith("rule 2: deletion")


@pytest.mark.parametrize("objects", ["'messages'", "['notes', 'messages']", "'*'"])
def test_messages_cannot_be_asked_about(objects: str) -> None:
    text = f"version = 1\n[[rule]]\nobjects = {objects}\nactions = 'create'\ndecision = 'ASK'"
    assert problems(text).startswith("rule 1: messages")


@pytest.mark.parametrize(("name", "said"), [("missing.toml", "No such file"), (".", "cannot be read")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_policy(tmp_path / name)
    assert str(tmp_path / name) in str(refused.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load_policy(tmp_path / "policy.toml")


def test_the_schema_takes_the_default_file_and_refuses_a_wrong_one() -> None:
    schema = Draft202012Validator(PolicyFile.model_json_schema())
    held = tomllib.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    assert schema.is_valid(held)
    assert not schema.is_valid(held | {"rule": [*held["rule"], {"objects": "deals", "actions": "update"}]})
    assert not schema.is_valid(held | {"rules": []})


def test_every_key_is_explained_in_the_default_file() -> None:
    explained = DEFAULT_FILE.read_text(encoding="utf-8")
    schema = PolicyFile.model_json_schema()
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert {key for key in keys if key not in explained} == set()


def test_the_examples_that_people_are_shown_are_right() -> None:
    documented = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    commented = re.findall(r"^#   (\[\[rule\]\].*?)\n\n", DEFAULT_FILE.read_text(encoding="utf-8"), re.DOTALL | re.M)
    assert (len(documented), len(commented)) == (1, 1)
    assert [rule.decision for rule in parse_policy(documented[0], DOCUMENT).file.rule] == ["ALLOW", "ASK"]
    example = "version = 1\n" + re.sub(r"^#   ", "", commented[0], flags=re.M)
    assert parse_policy(example, DEFAULT_FILE).file.rule[0].when.confidence_at_least == 0.9
