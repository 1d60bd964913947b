"""`sophia policy`: the file in force, whether it holds, what it amounts to, and why something is decided as it is."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import api.policy
import api.policy_explain
from api.checks import Check, local_checks
from api.policy import check_policy, show_policy, show_schema, start_policy
from api.policy_explain import explain_policy
from api.policy_file import NAME, policy_in_force, policy_path
from api.policy_question import Question
from api.terminal import BadInput
from api.wiring import open_services
from core.errors import ConfigurationError
from core.settings import Settings, load_settings
from nodes.policy.loading import DEFAULT_FILE, load_policy

DEAL = "74408"
"""A deal of the bundled data in the stage “Evaluation”, with an amount of 33600."""
ALLOW_MOVES = """
version = 1
[[rule]]
objects = "deals"
fields = ["dealstage", "hubspot_owner_id"]
actions = "update"
decision = "ALLOW"
[rule.when]
amount_below = 50000
confidence_at_least = 0.8
[[rule]]
objects = "deals"
fields = "dealstage"
actions = "update"
decision = "ASK"
approvers = "owner"
"""


@pytest.fixture
def own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The owner's file in the data folder, where the commands of the test look for it; not there yet."""
    for module in (api.policy, api.policy_explain):
        monkeypatch.setattr(module, "settings_with_logs", lambda: settings)
    settings.data_dir.mkdir(exist_ok=True)
    yield settings.data_dir / NAME


Write = Callable[[str], int]


@pytest.fixture
def write(own: Path) -> Write:
    """Puts this text into the owner's file."""
    return own.write_text


async def explained(capsys: pytest.CaptureFixture[str], *about: Any, **more: Any) -> dict[str, Any]:
    await explain_policy(Question(*about, **more), as_json=True)
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("command", ["check", "explain", "show", "schema", "init"])
def test_every_command_explains_itself_with_an_example(alone: Any, command: str) -> None:
    told = alone.run("policy", command, "--help")
    assert told.returncode == 0
    assert f"sophia policy {command}" in told.stdout.partition("Example")[2]


def test_a_machine_where_nothing_is_set_up_has_the_rules_that_come_with_sophia(alone: Any) -> None:
    told = alone.run("policy", "check")
    assert (told.returncode, told.stderr) == (0, "")
    assert "the rules that come with Sophia: nothing wrong" in told.stdout
    assert "ASK (rule 4)" in told.stdout


def test_a_file_to_edit_is_made_once(alone: Any, tmp_path: Path) -> None:
    assert alone.run("policy", "init").returncode == 0
    made = tmp_path / ".sophia" / NAME
    made.write_text(made.read_text().replace('"ALLOW"', '"DENY"'))
    told = alone.run("policy", "init")
    assert (told.returncode, told.stdout) == (2, "")
    assert "is there already" in told.stderr
    assert '"ALLOW"' not in made.read_text()


def test_a_wrong_file_is_told_in_two_lines_and_ends_with_2(alone: Any, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('version = 1\n[[rule]]\nobjects = "deals"\nactions = "*"\ndecision = "ASK"\n')
    told = alone.run("policy", "check", "wrong.toml")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("Error: wrong.toml: rule 1: deletion")
    assert len(told.stderr.splitlines()) == 2


def test_a_wrong_file_keeps_sophia_from_working(sophia: Any, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("version = 2")
    told = sophia.run("backfill", "--since", "1d", SOPHIA_POLICY_FILE="wrong.toml")
    assert told.returncode == 2
    assert "wrong.toml: version should be 1" in told.stderr


def test_the_settings_file_goes_before_the_data_folders_and_that_before_the_bundled_one(tmp_path: Path) -> None:
    nothing = Settings(data_dir=tmp_path)
    assert policy_path(nothing) is None
    (tmp_path / NAME).write_text("version = 1")
    assert policy_path(nothing) == tmp_path / NAME
    named = Settings(data_dir=tmp_path, policy_file=tmp_path / "other.toml")
    assert policy_path(named) == tmp_path / "other.toml"
    with pytest.raises(ConfigurationError, match=r"other\.toml: cannot be read"):
        policy_in_force(named)


def test_a_link_to_nowhere_is_not_taken_for_no_file(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        policy_in_force(Settings(data_dir=tmp_path))


async def test_the_steps_go_by_the_file_in_force(settings: Settings, own: Path, write: Write) -> None:
    write(ALLOW_MOVES)
    async with open_services(settings) as services:
        assert services.context.policy.source == own


async def test_check_as_json_tells_what_comes_out_and_what_is_hardly_meant(
    own: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = '[[rule]]\nobjects = "deals"\nfields = "amount"\nactions = "update"\ndecision = "DENY"\n'
    write(f'version = 1\n{rule}\n{rule}agents = "crm_synk"\n')
    assert await check_policy(None, as_json=True) is None
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["valid"], told["rules"]) == (str(own), True, 2)
    assert {
        "objects": ["deals"],
        "action": "update",
        "fields": ["amount"],
        "outcomes": [{"decision": "DENY", "rule": 1, "only": []}],
    } in told["decisions"]
    assert told["warnings"] == [
        "rule 2 can never match: rule 1 takes all that it is about",
        "rule 2 names an agent that Sophia does not have: crm_synk",
    ]


async def test_warnings_do_not_stand_among_the_results(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("version = 1")
    await check_policy(None, as_json=False)
    told = capsys.readouterr()
    assert "Warning: there is no rule, so everything is denied" in told.err
    assert "Warning" not in told.out


async def test_check_as_json_lists_all_that_is_wrong(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("version = 1\nx = 1\ny = 2")
    assert await check_policy(None, as_json=True) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["valid"], len(told["problems"])) == (False, 2)


async def test_show_prints_the_file_in_force_and_says_where_it_is_from(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_policy()
    told = capsys.readouterr()
    assert told.out == DEFAULT_FILE.read_text(encoding="utf-8")
    assert told.err.strip() == "In force: the rules that come with Sophia"
    await start_policy()
    capsys.readouterr()
    await show_policy()
    assert str(own) in capsys.readouterr().err.replace("\n", "")
    assert load_policy(own).file == load_policy(None).file


async def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    await show_schema()
    assert set(json.loads(capsys.readouterr().out)["properties"]) == {"version", "approvals", "rule"}


async def test_a_decision_is_explained_by_the_deal_as_it_stands(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(ALLOW_MOVES)
    told = await explained(capsys, DEAL, "dealstage")
    assert (told["decision"], told["rule"], told["approvers"]) == ("ask", 2, ["owner"])
    assert (told["amount"], told["stage"]) == (33600, "Evaluation")
    assert told["rules"][0]["conditions"] == [
        {"name": "confidence_at_least", "wanted": 0.8, "outcome": "unknown"},
        {"name": "amount_below", "wanted": 50000, "outcome": "held"},
    ]
    assert [rule["matched"] for rule in told["rules"]] == [False, True]


async def test_a_stage_is_named_as_people_name_it(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(ALLOW_MOVES)
    told = await explained(capsys, DEAL, "dealstage", "Discovery", 0.9)
    assert (told["decision"], told["value"], told["value_fits"]) == ("allow", "1096237741", True)


@pytest.mark.parametrize(("field", "value"), [("dealstage", "Nirvana"), ("hubspot_owner_id", "1")])
async def test_an_allowed_value_that_hubspot_does_not_have_is_asked_about(
    write: Write, capsys: pytest.CaptureFixture[str], field: str, value: str
) -> None:
    write(ALLOW_MOVES)
    told = await explained(capsys, DEAL, field, value, 0.9)
    assert (told["decision"], told["value_fits"], told["rule"]) == ("ask", False, 1)
    assert "not exactly one of HubSpot's options" in told["reason"]


async def test_an_explanation_for_people_shows_the_rule_itself(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await explain_policy(Question(DEAL, "dealstage"), as_json=False)
    told = capsys.readouterr().out
    assert "“Saltgrass - resident billing”: stage Evaluation, amount 33600, owner bram@quillrent.example" in told
    assert "\nASK: the policy wants a person asked: rule 4\n" in told
    assert "May answer: owner (bram@quillrent.example), admin. Lapses after 7 days." in told
    assert 'fields = ["dealstage", "amount", "closedate", "hubspot_owner_id"]' in told


@pytest.mark.parametrize(
    ("field", "next_step"),
    [("dealstge", "Was dealstage or "), ("qqqqqq", "Give its internal name, as HubSpot's settings show it.")],
)
async def test_a_property_that_the_portal_lacks_is_said_to_be_unknown(own: Path, field: str, next_step: str) -> None:
    with pytest.raises(BadInput) as refused:
        await explain_policy(Question(DEAL, field), as_json=False)
    assert str(refused.value) == f"HubSpot has no property {field} on deals"
    assert (refused.value.next_step or "").startswith(next_step)


async def test_a_property_that_sophia_has_yet_to_make_is_known(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = await explained(capsys, DEAL, "sophia_risk")
    assert (told["decision"], told["rule"]) == ("allow", 2)


async def test_a_property_may_be_given_by_its_label(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = await explained(capsys, DEAL, "risk from calls")
    assert told["field"] == "sophia_risk"


async def test_a_deal_that_hubspot_does_not_have_is_named(own: Path) -> None:
    with pytest.raises(BadInput, match="HubSpot has no deal 1"):
        await explain_policy(Question("1", "amount"), as_json=False)


def test_without_hubspot_the_deals_standing_counts_as_unknown(alone: Any, tmp_path: Path) -> None:
    (tmp_path / ".sophia").mkdir()
    (tmp_path / ".sophia" / NAME).write_text(ALLOW_MOVES)
    told = alone.run("policy", "explain", DEAL, "dealstage", "--confidence", "0.9", "--json")
    assert told.returncode == 0
    assert "HubSpot is not set up" in told.stderr
    assert json.loads(told.stdout)["decision"] == "ask"


async def _policy_check(folder: Path) -> Check:
    return {check.name: check async for check in local_checks(load_settings(data_dir=folder))}["Policy"]


async def test_the_doctor_says_which_rules_are_in_force(tmp_path: Path) -> None:
    assert (await _policy_check(tmp_path)).detail == "the rules that come with Sophia"
    own = tmp_path / "policy.toml"
    own.write_text('version = 1\n[[rule]]\nobjects = "notes"\nactions = "create"\ndecision = "ALLOW"\n')
    assert (await _policy_check(tmp_path)).detail == f"the rules of {own}"


async def test_the_doctor_tells_of_rules_that_cannot_be_read_or_never_decide(tmp_path: Path) -> None:
    rule = '[[rule]]\nobjects = "notes"\nactions = "create"\ndecision = "ALLOW"\n'
    (tmp_path / "policy.toml").write_text("version = 1\n" + rule * 2)
    never = await _policy_check(tmp_path)
    (tmp_path / "policy.toml").write_text("version = 1\n" + rule.replace("ALLOW", "MAYBE"))
    wrong = await _policy_check(tmp_path)
    assert (never.state, wrong.state) == ("warn", "fail")
    assert "rule 2" in never.detail
    assert "rule 1" in wrong.detail
