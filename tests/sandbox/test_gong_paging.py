"""Gong's pages of a hundred, their cursors, and transcripts for a hundred calls at once."""

from typing import Any

import httpx

from sandbox.server import SandboxServer

EXTENSIVE = "/v2/calls/extensive"
TRANSCRIPT = "/v2/calls/transcript"


def add(sandbox: SandboxServer, id: str, started: str = "2026-04-01T09:00:00Z") -> None:
    """Lets a call with one sentence appear in Gong."""
    turns = [{"speakerId": "s1", "topic": None, "sentences": [{"start": 0, "end": 900, "text": "Hello."}]}]
    sandbox.frame.store.table("gong.calls")[id] = {
        "extensive": {"metaData": {"id": id, "started": started, "workspaceId": "5"}},
        "transcript": {"callId": id, "transcript": turns},
    }


async def ask(gong: httpx.AsyncClient, filter: Any, **rest: Any) -> httpx.Response:
    """POST /v2/calls/extensive."""
    return await gong.post(EXTENSIVE, json={"filter": filter, **rest})


async def test_calls_come_a_hundred_a_page(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    for number in range(250):
        add(sandbox, str(9000 + number), f"2026-05-01T{number // 60:02d}:{number % 60:02d}:00Z")
    filter = {"fromDateTime": "2026-05-01T00:00:00Z"}

    pages = [(await ask(gong, filter)).json()]
    while "cursor" in pages[-1]["records"]:
        pages.append((await ask(gong, filter, cursor=pages[-1]["records"]["cursor"])).json())

    assert [page["records"]["currentPageSize"] for page in pages] == [100, 100, 50]
    assert [page["records"]["currentPageNumber"] for page in pages] == [0, 1, 2]
    assert {page["records"]["totalRecords"] for page in pages} == {250}
    found = [call["metaData"]["id"] for page in pages for call in page["calls"]]
    assert found == [str(9000 + number) for number in range(250)]


async def test_a_cursor_is_good_for_the_identical_request_only(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    for number in range(101):
        add(sandbox, str(9000 + number))
    cursor = (await ask(gong, {"workspaceId": "5"})).json()["records"]["cursor"]

    assert (await ask(gong, {"workspaceId": "5"}, cursor=cursor)).status_code == 200
    assert (await ask(gong, {}, cursor=cursor)).status_code == 400
    other = {"filter": {"workspaceId": "5"}, "cursor": cursor}
    assert (await gong.post(TRANSCRIPT, json=other)).status_code == 400
    assert (await ask(gong, {"workspaceId": "5"}, cursor=cursor + "0")).status_code == 400
    assert (await ask(gong, {"workspaceId": "5"}, cursor="made up")).status_code == 400


async def test_transcripts_come_for_a_hundred_calls_at_once_and_for_no_more(
    sandbox: SandboxServer, gong: httpx.AsyncClient
) -> None:
    wanted = [str(9000 + number) for number in range(101)]
    for id in wanted:
        add(sandbox, id)

    response = await gong.post(TRANSCRIPT, json={"filter": {"callIds": wanted[:100]}})
    assert [transcript["callId"] for transcript in response.json()["callTranscripts"]] == wanted[:100]
    sentence = response.json()["callTranscripts"][0]["transcript"][0]["sentences"][0]
    assert sentence == {"start": 0, "end": 900, "text": "Hello."}
    assert (await gong.post(TRANSCRIPT, json={"filter": {"callIds": wanted}})).status_code == 400


async def test_a_call_that_has_no_transcript_is_absent(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    table = sandbox.frame.store.table("gong.calls")
    table["7001"] = {**table["7001"], "transcript": None}

    assert (await gong.post(TRANSCRIPT, json={"filter": {"callIds": ["7001"]}})).status_code == 404
