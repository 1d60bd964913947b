"""The demo runs the product over a folder of calls, tells what it did, and has nothing to do the second time."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.demo import demo_settings, only_one
from api.sandbox import open_sandbox, world_folder, world_name
from api.terminal import BadInput
from core.errors import ConfigurationError
from sandbox.server import SandboxServer

STATE = ("calls", "analysed", "unresolved", "waiting", "skipped", "failed", "findings", "kinds", "approvals")
DONE = ("crm_writes", "notes", "tasks", "messages")


def report(told: Any) -> dict[str, Any]:
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_a_demo_does_its_work_once_until_it_is_told_to_forget(alone: Any, world: Path, tmp_path: Path) -> None:
    first = report(alone.run("demo", "--data", str(world), "--json"))
    second = report(alone.run("demo", "--data", str(world), "--json"))
    assert (first["calls"], first["analysed"], first["unresolved"], first["failed"]) == (4, 4, 1, 0)
    assert first["findings"] == sum(first["kinds"].values()) > 0
    assert first["crm_writes"] > first["notes"] + first["tasks"] > 0
    assert first["messages"] > 0
    assert set(first["requests"]) == {"gong", "hubspot", "slack"}
    assert first["requests"]["gong"] == 2
    assert {name: second[name] for name in STATE} == {name: first[name] for name in STATE}
    assert {name: second[name] for name in DONE} == dict.fromkeys(DONE, 0)
    third = alone.run("demo", "--data", str(world), "--fresh")
    assert third.returncode == 0, third.stderr
    for title in ("Calls", "CRM changes", "Tasks made", "Slack messages", "Waiting for a person's word"):
        assert title in third.stdout
    assert f"{first['crm_writes']} writes to HubSpot" in third.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".sophia"]


async def test_a_broken_file_is_named(world: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(world, broken)
    (broken / "calls" / "half.json").write_text('{"extensive": {"metaData"')
    with pytest.raises(BadInput, match=r"half\.json"):
        async with open_sandbox(broken, None):
            pass


async def test_a_folder_without_data_is_told_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        async with open_sandbox(tmp_path / "nothing", None):
            pass
    assert "calls/*.json" in (refused.value.next_step or "")


async def test_a_taken_port_of_the_sandbox_is_told_with_what_to_do(world: Path, sandbox: SandboxServer) -> None:
    with pytest.raises(ConfigurationError) as refused:
        async with open_sandbox(world, None, port=int(sandbox.url.rpartition(":")[2])):
            pass
    assert "--port" in (refused.value.next_step or "")


def test_each_folder_has_a_state_of_its_own(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "world", tmp_path / "b" / "world"
    assert world_name(one) != world_name(other)
    assert world_name(one) == world_name(world_folder(one))


def test_the_demo_uses_nothing_of_the_owners_accounts(
    sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = {
        "SOPHIA_HUBSPOT_BASE_URL": "https://api.hubapi.com",
        "SOPHIA_HUBSPOT_ACCESS_TOKEN": "real",
        "SOPHIA_GONG_BASE_URL": "https://us-1.api.gong.io",
        "SOPHIA_GONG_ACCESS_KEY": "real",
        "SOPHIA_GONG_ACCESS_KEY_SECRET": "real",
        "SOPHIA_SLACK_BASE_URL": "https://slack.com/api/",
        "SOPHIA_SLACK_BOT_TOKEN": "real",
        "SOPHIA_SLACK_CHANNEL": "CREAL",
        "SOPHIA_DATABASE_URL": "postgresql://real/real",
        "SOPHIA_REDIS_URL": "redis://real",
    }
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    settings = demo_settings(sandbox, tmp_path)
    assert "real" not in settings.model_dump_json(context={"secrets": True}).lower()
    secrets = (settings.hubspot_access_token, settings.gong_access_key, settings.slack_bot_token)
    assert all(secret is not None and secret.get_secret_value() != "real" for secret in secrets)
    assert settings.redis_url is None


def test_two_demos_of_one_folder_do_not_run_at_once(tmp_path: Path) -> None:
    with only_one(tmp_path / "state"), pytest.raises(ConfigurationError), only_one(tmp_path / "state"):
        pass
    with only_one(tmp_path / "state"):
        pass


def test_a_place_that_cannot_hold_state_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError) as refused, only_one(tmp_path / "file" / "demo"):
        pass
    assert "SOPHIA_DATA_DIR" in (refused.value.next_step or "")
