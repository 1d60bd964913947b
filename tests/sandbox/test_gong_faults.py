"""Gong when it says no: keys, scopes, limits, faults, and transcripts that are late."""

from pathlib import Path

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.server import SandboxServer

EXTENSIVE = "/v2/calls/extensive"
TRANSCRIPT = "/v2/calls/transcript"
ALL: dict[str, object] = {"filter": {}}
TURN: dict[str, object] = {"speakerId": "s1", "topic": None, "sentences": []}


def hurried(sandbox: SandboxServer) -> httpx.AsyncClient:
    """HTTP to Gong with its access key, without letting any time pass."""
    key = (sandbox.credentials.gong_access_key, sandbox.credentials.gong_access_key_secret)
    return httpx.AsyncClient(base_url=f"{sandbox.url}/gong", auth=key, verify=False)


@pytest.mark.parametrize("authorization", [None, "Basic", "Basic ???", "Basic dXNlcjpwYXNz", "Bearer x"])
async def test_a_request_without_the_right_key_is_refused(sandbox: SandboxServer, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    async with httpx.AsyncClient(base_url=f"{sandbox.url}/gong", headers=headers) as stranger:
        response = await stranger.post(EXTENSIVE, json=ALL)

    assert response.status_code == 401
    assert response.json()["errors"]


async def test_a_scope_that_is_missing_is_a_401(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    sandbox.frame.scopes.withhold("gong", ["api:calls:read:transcript", "api:calls:read:media-url"])

    refused = await gong.post(TRANSCRIPT, json=ALL)
    assert refused.status_code == 401
    assert "api:calls:read:transcript" in refused.json()["errors"][0]
    assert (await gong.post(EXTENSIVE, json=ALL)).status_code == 200
    media = {**ALL, "contentSelector": {"exposedFields": {"media": True}}}
    assert (await gong.post(EXTENSIVE, json=media)).status_code == 401


async def test_the_fourth_request_in_a_second_is_refused(sandbox: SandboxServer, ticks: list[float]) -> None:
    async with hurried(sandbox) as gong:
        statuses = [(await gong.post(EXTENSIVE, json=ALL)).status_code for _ in range(3)]
        refused = await gong.post(EXTENSIVE, json=ALL)
        ticks[0] += 1
        after = await gong.post(EXTENSIVE, json=ALL)

    assert statuses == [200, 200, 200]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert after.status_code == 200
    assert sandbox.frame.requests.report()["gong"]["rate_limited"] == 1


async def test_the_day_has_its_own_limit_in_the_time_of_the_service(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.gong.app.PER_DAY", 2)
    with SandboxServer(data, speed=1000, monotonic=lambda: 50.0, check_contract=True) as sandbox:
        async with hurried(sandbox) as gong:
            statuses = [(await gong.post(EXTENSIVE, json=ALL)).status_code for _ in range(2)]
            refused = await gong.post(EXTENSIVE, json=ALL)

        assert statuses == [200, 200]
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "87"  # a day, a thousand times as fast
        assert sandbox.violations == []


@pytest.mark.parametrize(
    ("kind", "status", "retry_after"),
    [
        ("rate_limited", 429, "7"),
        ("rate_limited_without_retry_after", 429, None),
        ("revoked_token", 401, None),
        ("refused_ip", 403, None),
        ("server_error", 500, None),
        ("empty_404", 404, None),
    ],
)
async def test_a_fault_meets_as_many_requests_as_it_says(
    sandbox: SandboxServer, gong: httpx.AsyncClient, kind: str, status: int, retry_after: str | None
) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind=kind, path="extensive", seconds=7))

    elsewhere = await gong.post(TRANSCRIPT, json=ALL)
    met = await gong.post(EXTENSIVE, json=ALL)
    after = await gong.post(EXTENSIVE, json=ALL)

    assert (elsewhere.status_code, met.status_code, after.status_code) == (200, status, 200)
    assert met.headers.get("Retry-After") == retry_after
    assert met.json()["errors"]


async def test_a_slow_answer_is_the_whole_answer(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="slow", seconds=0.01))

    assert (await gong.post(EXTENSIVE, json=ALL)).status_code == 200
    assert sandbox.frame.faults.active() == []


async def test_a_request_that_is_never_answered_was_carried_out(
    sandbox: SandboxServer, gong: httpx.AsyncClient
) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="timeout_after_commit"))
    before = len(sandbox.frame.store.table("gong.calls"))
    new = {
        "clientUniqueId": "x1",
        "actualStart": "2026-06-01T10:00:00Z",
        "direction": "Outbound",
        "primaryUser": "71",
        "parties": [{"userId": "71"}],
    }

    with pytest.raises(httpx.TransportError):
        await gong.post("/v2/calls", json=new)

    assert len(sandbox.frame.store.table("gong.calls")) == before + 1


async def transcribed(gong: httpx.AsyncClient) -> list[str]:
    """The ids of the calls whose transcript is there, of the two there are."""
    response = await gong.post(TRANSCRIPT, json={"filter": {"callIds": ["7001", "7002"]}})
    if response.status_code == 404:
        return []
    return [transcript["callId"] for transcript in response.json()["callTranscripts"]]


@pytest.fixture
def second_call(sandbox: SandboxServer) -> None:
    table = sandbox.frame.store.table("gong.calls")
    extensive = {"metaData": {"id": "7002", "started": "2026-03-11T10:00:00Z"}}
    table["7002"] = {"extensive": extensive, "transcript": {"callId": "7002", "transcript": [TURN]}}


@pytest.mark.usefixtures("second_call")
async def test_a_late_transcript_is_absent_until_the_fault_is_over(
    sandbox: SandboxServer, gong: httpx.AsyncClient
) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="late_transcript", path="7002", times=None))

    assert await transcribed(gong) == ["7001"]
    assert await transcribed(gong) == ["7001"]
    sandbox.frame.faults.clear()
    assert await transcribed(gong) == ["7001", "7002"]


@pytest.mark.usefixtures("second_call")
async def test_late_transcripts_of_all_that_is_asked_are_a_404(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="late_transcript"))

    assert await transcribed(gong) == []
    assert await transcribed(gong) == ["7001", "7002"]


@pytest.mark.usefixtures("second_call")
async def test_a_transcript_comes_when_its_delay_has_passed(
    sandbox: SandboxServer, gong: httpx.AsyncClient, ticks: list[float]
) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="late_transcript", path="7001", seconds=3600))

    assert await transcribed(gong) == ["7002"]
    ticks[0] += 3000
    assert await transcribed(gong) == ["7002"]
    ticks[0] += 600
    assert await transcribed(gong) == ["7001", "7002"]


async def test_what_was_added_is_there_after_a_restart(data: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    new = {"extensive": {"metaData": {"id": "8100", "started": "2026-07-01T09:00:00Z"}}, "transcript": None}
    async with SandboxServer(data, state) as first, httpx.AsyncClient(base_url=first.url) as control:
        await control.post("/_sandbox/calls", json=new)

    async with SandboxServer(data, state) as second, hurried(second) as gong:
        response = await gong.post(EXTENSIVE, json={"filter": {"callIds": ["8100", "7001"]}})

    assert [call["metaData"]["id"] for call in response.json()["calls"]] == ["7001", "8100"]
