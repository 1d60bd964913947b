"""`sophia agents`: who there is, how they fare where they run, who is dead, and how the last day's tasks ended."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import api.agents_shown
from api.agents_shown import NO_TASKS, NOBODY, show_agents
from core.clock import SystemClock
from core.identity import worker_name
from core.settings import Settings
from graphs.dispatch.dispatch import Dispatch
from graphs.dispatch.opening import open_dispatch
from graphs.registry import AGENTS, Registry
from memory.agents import ALIVE_FOR, Agents, AgentStanding, TaskDone
from memory.database import Database, sqlite_url


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A machine with a data folder and nothing else set up, and only Sophia's own agents."""
    settings = Settings(data_dir=tmp_path / "state")
    monkeypatch.setattr(api.agents_shown, "settings_with_logs", lambda: settings)
    monkeypatch.setattr(api.agents_shown, "installed", lambda: Registry(AGENTS))
    yield settings


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


async def told(capsys: pytest.CaptureFixture[str], can: str | None = None) -> dict[str, Any]:
    """What the command prints for programs."""
    await show_agents(can=can, as_json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def standing(**changes: Any) -> AgentStanding:
    now = datetime.now(UTC)
    about = {
        "agent": "crm_sync",
        "instance": worker_name(),
        "team": "operations",
        "capabilities": ("change a record",),
        "capacity": 16,
        "started_at": now,
        "heartbeat_at": now,
    }
    return AgentStanding.model_validate(about | changes)


def task(id: str, status: str, ago: timedelta = timedelta(0)) -> TaskDone:
    about = {"id": id, "agent": "crm_sync", "instance": "one", "turn": "t", "number": 0, "kind": "query"}
    return TaskDone.model_validate(about | {"status": status, "created_at": datetime.now(UTC) - ago})


async def write(settings: Settings, *standings: AgentStanding, tasks: tuple[TaskDone, ...] = ()) -> None:
    database = await Database.open(sqlite_url(settings.data_dir))
    await Agents(database, SystemClock()).beat(standings, tasks)
    await database.close()


async def test_where_nothing_runs_every_agent_is_told_all_the_same(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_agents(can=None, as_json=False)
    said = capsys.readouterr().out
    assert all(name in said for name in AGENTS)
    assert NOBODY in said and NO_TASKS in said


async def test_what_each_can_do_and_with_which_tools_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await told(capsys)
    assert [agent["name"] for agent in found["agents"]] == [*AGENTS]
    shown = {agent["name"]: agent for agent in found["agents"]}
    assert shown["crm_sync"]["tools"] == list(AGENTS["crm_sync"].tools)
    assert shown["crm_sync"]["capabilities"] == list(AGENTS["crm_sync"].capabilities)
    assert {agent["source"] for agent in found["agents"]} == {"Sophia"}
    assert (found["processes"], found["tasks"], found["left_out"]) == ([], {}, [])


async def test_agents_are_found_by_the_words_of_what_they_can_do(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await write(settings, standing(), standing(agent="follow_up"), tasks=(task("1", "done"),))
    found = await told(capsys, "Change a")
    assert [agent["name"] for agent in found["agents"]] == ["crm_sync"]
    assert [one["agent"] for one in found["processes"]] == ["crm_sync"]
    await show_agents(can="fly", as_json=False)
    assert capsys.readouterr().out == "No agent can “fly”; `sophia agents` shows what each can do.\n"


async def test_how_an_agent_fares_in_a_process_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str], wide: None
) -> None:
    busy = standing(running=3, waiting=1, answered=20, failed=2, success=0.875, latency_ms=41.6, breaker="half open")
    await write(settings, busy)
    (one,) = (await told(capsys))["processes"]
    assert (one["alive"], one["load"], one["waiting"], one["success"]) == (True, 0.25, 1, 0.875)
    await show_agents(can=None, as_json=False)
    said = capsys.readouterr().out
    for cell in ("25% of 16", "20 (and 2 failed)", "88%", "42 ms", "half open", "s ago", socket.gethostname()):
        assert cell in said
    assert NOBODY not in said


async def test_one_that_was_not_heard_of_is_called_dead(
    settings: Settings, capsys: pytest.CaptureFixture[str], wide: None
) -> None:
    silent = datetime.now(UTC) - ALIVE_FOR - timedelta(minutes=3)
    await write(settings, standing(instance="elsewhere|1|a", heartbeat_at=silent))
    assert [one["alive"] for one in (await told(capsys))["processes"]] == [False]
    await show_agents(can=None, as_json=False)
    assert "dead: last 4 min ago" in capsys.readouterr().out


async def test_one_whose_process_is_gone_from_this_machine_is_dead_at_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    machine, _, _ = worker_name().rsplit("|", 2)
    await write(settings, standing(instance=f"{machine}|{2**22 + 1}|a"))
    assert [one["alive"] for one in (await told(capsys))["processes"]] == [False]


async def test_tasks_of_the_last_day_are_counted_by_how_they_ended(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = (task("1", "done"), task("2", "done"), task("3", "turned away"), task("4", "done", timedelta(days=2)))
    await write(settings, tasks=tasks)
    assert (await told(capsys))["tasks"] == {"crm_sync": {"done": 2, "turned away": 1}}
    await show_agents(can=None, as_json=False)
    said = capsys.readouterr().out
    assert "Tasks of the last day" in said and NO_TASKS not in said


async def test_a_process_is_seen_while_it_runs_and_gone_when_it_has_ended(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphs.dispatch.opening.FIRST_S", 0)
    database = await Database.open(sqlite_url(settings.data_dir))
    async with open_dispatch(database, Registry(AGENTS), lambda agent, status, seconds: None) as dispatch:
        assert isinstance(dispatch, Dispatch)
        while not (seen := (await told(capsys))["processes"]):
            pass
        assert {one["agent"] for one in seen} == set(AGENTS)
        assert all(one["alive"] for one in seen)
    assert (await told(capsys))["processes"] == []
    await database.close()


def test_the_command_needs_nothing_set_up(alone: Any) -> None:
    ran = alone.run("agents", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {agent["name"] for agent in json.loads(ran.stdout)["agents"]} >= set(AGENTS)
