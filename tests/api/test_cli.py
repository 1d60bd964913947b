"""The command line: every command explains itself, ends with the right code, and never shows a traceback unasked.

The list of commands, an analysis and a pipe are asked of a process that starts from nothing, as a person's does.
"""

import json
from pathlib import Path
from typing import Any

import pytest

COMMANDS = (
    *("setup", "doctor", "serve", "prune", "sandbox", "demo", "analyze", "backfill", "reanalyze", "inbox"),
    *("ledger", "undo", "drift", "approvals", "policy", "model", "agents", "graph"),
)


def test_help_lists_every_command(alone: Any) -> None:
    told = alone.run_cold("--help")
    assert told.returncode == 0
    assert all(f"\n  {command} " in told.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(alone: Any, command: str) -> None:
    told = alone.run(command, "--help")
    assert told.returncode == 0
    assert "Example" in told.stdout
    assert f"sophia {command}" in told.stdout.partition("Example")[2]


def test_help_loads_nothing_heavy(alone: Any) -> None:
    heavy = {"langgraph", "sqlalchemy", "fastapi", "docket", "hubspot", "slack_sdk", "numpy", "pydantic", "rich.table"}
    told = alone.run_python("import sys, api.cli; print('\\n'.join(sys.modules))")
    assert heavy & set(told.stdout.splitlines()) == set()


def test_a_command_that_needs_services_says_what_is_not_set(alone: Any) -> None:
    told = alone.run("backfill", "--since", "90d")
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "Error: Gong is not set up",
        "Next: Set SOPHIA_GONG_BASE_URL, SOPHIA_GONG_ACCESS_KEY and SOPHIA_GONG_ACCESS_KEY_SECRET.",
    ]


def test_debug_shows_where_an_error_came_from(alone: Any) -> None:
    told = alone.run("--debug", "backfill", "--since", "90d")
    assert told.returncode == 2
    assert "Traceback" in told.stderr


def test_a_wrong_setting_is_named(alone: Any) -> None:
    told = alone.run("inbox", SOPHIA_PORT="many")
    assert told.returncode == 2
    assert told.stderr.startswith("Error: SOPHIA_PORT:")


def test_analyze_wants_one_thing(alone: Any, world: Path) -> None:
    file = str(next((world / "calls").glob("*.json")))
    assert alone.run("analyze").returncode == 2
    assert alone.run("analyze", "77", "--file", file).returncode == 2


def test_a_file_is_analysed_on_a_machine_where_nothing_is_set_up(alone: Any, world: Path, tmp_path: Path) -> None:
    file = world / "calls" / "3351298813304244839.json"
    told = alone.run_cold("analyze", "--file", str(file), "--json")
    assert (told.returncode, told.stderr) == (0, "")
    analysis = json.loads(told.stdout)
    assert analysis["call_id"] == "3351298813304244839"
    assert {"kind", "text", "quote", "speaker", "start_ms", "evidence", "owner", "due", "severity"} <= set(
        analysis["items"][0]
    )
    assert list(tmp_path.iterdir()) == []


def test_a_call_comes_in_through_the_pipe(alone: Any, world: Path) -> None:
    content = (world / "calls" / "3351298813304244839.json").read_text()
    told = alone.run_cold("analyze", "--file", "-", stdin=content)
    assert told.returncode == 0
    assert "Paylatch <> Garland Residential - intro" in told.stdout
    assert "next_step" in told.stdout


def test_a_file_that_is_no_call_is_told_in_two_lines(alone: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"extensive": ')
    told = alone.run("analyze", "--file", str(broken), "--json")
    assert (told.returncode, told.stdout) == (2, "")
    assert "broken.json" in told.stderr.replace("\n", "")
    assert "Traceback" not in told.stderr


def test_an_unexpected_error_is_one_line_and_how_to_learn_more(alone: Any, tmp_path: Path) -> None:
    (tmp_path / ".sophia").mkdir()
    (tmp_path / ".sophia" / "sophia.db").write_text("this is no database, " * 100)
    told = alone.run("inbox")
    assert told.returncode in (1, 2)
    assert "Traceback" not in told.stderr
    assert told.stderr.startswith("Error: ")


def test_a_port_that_cannot_be_is_wrong_use(alone: Any) -> None:
    told = alone.run("sandbox", "--port", "99999")
    assert told.returncode == 2
    assert "--port" in told.stderr
