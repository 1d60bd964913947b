"""The sandbox as a whole: start and end, state between runs, and the switches under /_sandbox/."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.reading import WorldError
from sandbox.server import SandboxServer

Write = Callable[[str, Any], Path]


@dataclass(frozen=True)
class Standing:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def contact_name(server: SandboxServer, id: str = "101") -> object:
    headers = {"Authorization": f"Bearer {server.credentials.hubspot_token}"}
    answer = httpx.get(f"{server.url}/hubspot/crm/v3/objects/contacts/{id}", headers=headers)
    return answer.json()["properties"]["firstname"]


def rename_contact(server: SandboxServer, name: str) -> None:
    headers = {"Authorization": f"Bearer {server.credentials.hubspot_token}"}
    url = f"{server.url}/hubspot/crm/v3/objects/contacts/101"
    httpx.patch(url, json={"properties": {"firstname": name}}, headers=headers).raise_for_status()


def test_it_listens_on_loopback_and_stops_listening(data: Path) -> None:
    with SandboxServer(data) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert contact_name(server) == "Ana"
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


async def test_it_works_in_async_code_too(data: Path) -> None:
    async with SandboxServer(data) as server, httpx.AsyncClient() as client:
        assert (await client.get(f"{server.url}/_sandbox/state")).status_code == 200


def test_a_taken_port_is_an_error(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        SandboxServer(data, port=taken.getsockname()[1]).start()


def test_wrong_data_are_told_and_the_port_is_free_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for _ in range(2):
        with pytest.raises(WorldError):
            SandboxServer(tmp_path, tmp_path / "state.db", port=port).start()


def test_what_was_written_survives_in_the_state(data: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with SandboxServer(data, state) as server:
        kept = (server.credentials.hubspot_token, server.credentials.gong_webhook_public_key)
        rename_contact(server, "Anna")
    with SandboxServer(data, state) as server:
        assert contact_name(server) == "Anna"
        assert (server.credentials.hubspot_token, server.credentials.gong_webhook_public_key) == kept
        assert server.started_anew is None


def test_two_states_have_different_credentials(data: Path) -> None:
    with SandboxServer(data) as one, SandboxServer(data) as other:
        mine, theirs = one.environment(), other.environment()
    kept = [name for name in mine if name.endswith(("TOKEN", "KEY", "SECRET"))]
    assert len(kept) == 5
    assert not {mine[name] for name in kept} & {theirs[name] for name in kept}


def test_a_state_whose_data_changed_starts_anew_and_says_so(data: Path, write: Write, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with SandboxServer(data, state) as server:
        token = server.credentials.hubspot_token
        rename_contact(server, "Anna")
    write("hubspot/tasks.json", [])
    with SandboxServer(data, state) as server:
        assert "have changed" in str(server.started_anew)
        assert contact_name(server) == "Ana"
        assert server.credentials.hubspot_token == token


def test_the_world_stays_where_it_was_moved_to_when_the_state_was_new(data: Path, write: Write, tmp_path: Path) -> None:
    write("world.json", {"as_of": "2026-03-12", "calls": {"7001": 1}})
    first = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with SandboxServer(data, tmp_path / "s.db", clock=Standing(first)) as server:
        before = server.frame.world
    with SandboxServer(data, tmp_path / "s.db", clock=Standing(first + timedelta(weeks=5))) as server:
        assert server.frame.world == before


def test_a_state_from_the_future_starts_anew(data: Path, tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with SandboxServer(data, tmp_path / "s.db", clock=Standing(now)):
        pass
    with SandboxServer(data, tmp_path / "s.db", clock=Standing(now - timedelta(days=1))) as server:
        assert "the clock stands before" in str(server.started_anew)


def test_the_environment_points_at_the_sandbox(sandbox: SandboxServer) -> None:
    environment = sandbox.environment()
    assert environment["SOPHIA_HUBSPOT_BASE_URL"] == f"{sandbox.url}/hubspot"
    assert environment["SOPHIA_GONG_BASE_URL"] == f"{sandbox.url}/gong"
    assert environment["SOPHIA_SLACK_BASE_URL"] == f"{sandbox.url}/slack/api/"
    assert environment["SOPHIA_HUBSPOT_ACCESS_TOKEN"] == sandbox.credentials.hubspot_token


def test_requests_are_counted(sandbox: SandboxServer) -> None:
    contact_name(sandbox)
    contact_name(sandbox, "102")
    report = httpx.get(f"{sandbox.url}/_sandbox/requests").json()
    assert report["hubspot"]["by_path"] == {"GET /crm/v3/objects/contacts/{id}": 2}
    assert httpx.delete(f"{sandbox.url}/_sandbox/requests").json()["hubspot"]["total"] == 0


def test_faults_are_switched_over_http(sandbox: SandboxServer) -> None:
    url = f"{sandbox.url}/_sandbox/faults"
    assert httpx.post(url, json={"service": "hubspot", "kind": "slow", "seconds": 1}).json()["faults"]
    refused = httpx.post(url, json={"service": "hubspot", "kind": "boom"})
    assert (refused.status_code, "kind" in refused.json()["error"]) == (400, True)
    assert httpx.get(url).json()["faults"][0]["kind"] == "slow"
    assert httpx.delete(url).json() == {"faults": []}


def test_scopes_are_switched_over_http(sandbox: SandboxServer) -> None:
    url = f"{sandbox.url}/_sandbox/scopes"
    body = {"service": "hubspot", "missing": ["crm.objects.notes.write"]}
    assert httpx.post(url, json=body).json() == {"hubspot": ["crm.objects.notes.write"]}
    assert httpx.post(url, json={"service": "hubspot", "missing": []}).json() == {}
    assert httpx.post(url, json={"service": "x"}).status_code == 400


def test_the_state_tells_what_is_stored_and_what_was_left_out(write: Write, data: Path) -> None:
    write("hubspot/spaceships.json", [])
    with SandboxServer(data) as server:
        state = httpx.get(f"{server.url}/_sandbox/state").json()
    assert state["tables"]["hubspot.contacts"] == 3
    assert "spaceships" in state["notes"][0]


def test_a_new_call_can_appear(sandbox: SandboxServer) -> None:
    body = {"extensive": {"metaData": {"id": "8001"}}, "transcript": None}
    assert httpx.post(f"{sandbox.url}/_sandbox/calls", json=body).status_code == 201
    assert "8001" in sandbox.frame.store.table("gong.calls")
    wrong = httpx.post(f"{sandbox.url}/_sandbox/calls", content=b"{")
    assert (wrong.status_code, "must be an object" in wrong.json()["error"]) == (400, True)


async def test_it_ends_although_a_slow_answer_is_under_way(data: Path) -> None:
    async with SandboxServer(data) as server, httpx.AsyncClient(timeout=30) as client:
        body = {"service": "hubspot", "kind": "timeout_after_commit", "seconds": 600}
        await client.post(f"{server.url}/_sandbox/faults", json=body)
        headers = {"Authorization": f"Bearer {server.credentials.hubspot_token}"}
        waiting = asyncio.create_task(client.get(f"{server.url}/hubspot/account-info/v3/details", headers=headers))
        while server.frame.faults.active():  # until it is held
            await client.get(f"{server.url}/_sandbox/faults")
        await asyncio.to_thread(server.stop)
        with pytest.raises(httpx.TransportError):
            await waiting
