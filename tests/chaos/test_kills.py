"""A backfill that is killed again and again, with services that fail meanwhile, does what an undisturbed one does.

The undisturbed run tells which effects there are: the keys of notes, tasks and messages, and the values Sophia gave to
properties. The disturbed run has to end with the same, each once.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.faults import Fault
from sandbox.server import SandboxServer

ROOT = Path(sandbox.__file__).parents[1]
SPEED = 50.0
TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
GIVE_UP_S = 120.0
KILLS_AFTER = (40, 75, 120, 160)
"""Requests to HubSpot and Slack after which the process is killed: early, in the thick of it, and near the end."""

FAULTS = (
    Fault(service="hubspot", kind="timeout_after_commit", path="POST .*notes", times=2),
    Fault(service="hubspot", kind="timeout_after_commit", path="POST .*tasks", times=2),
    Fault(service="hubspot", kind="server_error", times=6),
    Fault(service="hubspot", kind="rate_limited_without_retry_after", times=4),
    Fault(service="slack", kind="timeout_after_commit", path="chat.postMessage", times=2),
    Fault(service="slack", kind="rate_limited", times=3, seconds=1),
    Fault(service="gong", kind="server_error", times=2),
)


class FixedDay:
    """A clock that stands still, so that both worlds are moved to the same day."""

    def now(self) -> datetime:
        return TODAY


@contextmanager
def world() -> Iterator[SandboxServer]:
    with SandboxServer(ROOT / "sandbox" / "data", speed=SPEED, clock=FixedDay()) as server:
        yield server


def start_backfill(server: SandboxServer, folder: Path) -> subprocess.Popen[bytes]:
    settings = server.environment() | {
        "SOPHIA_DATA_DIR": str(folder),
        "SOPHIA_SERVICE_SPEED": f"{SPEED:g}",
        "SOPHIA_FIXED_CLOCK": TODAY.isoformat(),
        "SOPHIA_LOG_LEVEL": "error",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "backfill", "--since", "2026-01-01"],
        cwd=folder,
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def run_to_the_end(server: SandboxServer, folder: Path) -> None:
    process = start_backfill(server, folder)
    _, complaints = process.communicate(timeout=GIVE_UP_S)
    assert process.returncode == 0, complaints.decode()


def kill_after(server: SandboxServer, folder: Path, requests: int) -> None:
    """Kills a backfill once so many requests in all have changed or read something, unless it ends before."""
    process = start_backfill(server, folder)
    deadline = time.monotonic() + GIVE_UP_S
    while process.poll() is None and asked(server) < requests and time.monotonic() < deadline:
        time.sleep(0.002)
    process.kill()
    process.communicate()


def asked(server: SandboxServer) -> int:
    report = server.frame.requests.report()
    return int(report["hubspot"]["total"]) + int(report["slack"]["total"])


def documents(server: SandboxServer, table: str) -> list[Mapping[str, Any]]:
    return list(server.frame.store.table(table).values())


def keys(server: SandboxServer, type: str) -> Counter[str]:
    """How often each key stands on a record of this type; records that people made have none."""
    found = (record["properties"].get("sophia_key") for record in documents(server, f"hubspot.{type}"))
    return Counter(key for key in found if key)


def message_keys(server: SandboxServer) -> Counter[str]:
    messages = (stored["message"] for stored in documents(server, "slack.messages"))
    return Counter(str(message["metadata"]["event_payload"]) for message in messages if message.get("metadata"))


def own_values(server: SandboxServer) -> dict[str, str]:
    """What Sophia wrote into properties, by record and name."""
    return {
        f"{type}/{record['id']}/{name}": value
        for type in ("contacts", "deals")
        for record in documents(server, f"hubspot.{type}")
        for name, value in record["properties"].items()
        if value and name.startswith(("last_call_", "sophia_"))
    }


def effects(server: SandboxServer) -> dict[str, Any]:
    return {
        "notes": keys(server, "notes"),
        "tasks": keys(server, "tasks"),
        "messages": message_keys(server),
        "values": own_values(server),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The effects of a backfill that nothing disturbs."""
    with world() as server:
        run_to_the_end(server, tmp_path_factory.mktemp("undisturbed"))
        return effects(server)


def test_an_undisturbed_backfill_does_everything_once(undisturbed: dict[str, Any]) -> None:
    for kind in ("notes", "tasks", "messages"):
        assert len(undisturbed[kind]) > 20
        assert set(undisturbed[kind].values()) == {1}


def test_a_backfill_killed_again_and_again_does_the_same_once(undisturbed: dict[str, Any], tmp_path: Path) -> None:
    with world() as server:
        for requests in KILLS_AFTER:
            kill_after(server, tmp_path, requests)
        run_to_the_end(server, tmp_path)
        assert effects(server) == undisturbed


def test_failing_services_and_kills_together_change_nothing(undisturbed: dict[str, Any], tmp_path: Path) -> None:
    with world() as server:
        for fault in FAULTS:
            server.frame.faults.add(fault)
        for requests in KILLS_AFTER:
            kill_after(server, tmp_path, requests)
        run_to_the_end(server, tmp_path)
        server.frame.faults.clear()
        run_to_the_end(server, tmp_path)
        assert effects(server) == undisturbed
