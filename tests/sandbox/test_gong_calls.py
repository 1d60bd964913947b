"""Calls, transcripts and people as Gong hands them out."""

from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer

EXTENSIVE = "/v2/calls/extensive"
DEAL = {"objectType": "Deal", "objectId": "301", "timing": "Now", "fields": [{"name": "amount", "value": "62000"}]}
OLD_DEAL = {"objectType": "Deal", "objectId": "301", "timing": "TimeOfCall", "fields": []}
PARTIES = [
    {
        "id": "1",
        "name": "Dana Kay",
        "emailAddress": "dana@seller.example",
        "userId": "71",
        "speakerId": "s1",
        "affiliation": "Internal",
        "context": [],
    },
    {
        "id": "2",
        "name": "Ana Ortiz",
        "emailAddress": None,
        "userId": None,
        "speakerId": "s2",
        "affiliation": "External",
        "context": [{"system": "HubSpot", "objects": [{"objectType": "Contact", "objectId": "101", "fields": []}]}],
    },
]
CONTENT = {
    "topics": [{"name": "Pricing", "duration": 61}],
    "trackers": [{"id": "9", "name": "Rival", "occurrences": [1]}],
}


def add(sandbox: SandboxServer, id: str, started: str | None = "2026-04-01T09:00:00Z", **parts: Any) -> None:
    """Lets a call appear in Gong; `parts` are the extensive parts beside its metadata."""
    extensive = {"metaData": {"id": id, "title": f"Call {id}", "started": started, "workspaceId": "5"}, **parts}
    sandbox.frame.store.table("gong.calls")[id] = {"extensive": extensive, "transcript": None}


async def ask(gong: httpx.AsyncClient, filter: Any, **rest: Any) -> httpx.Response:
    """POST /v2/calls/extensive."""
    return await gong.post(EXTENSIVE, json={"filter": filter, **rest})


async def the_call(gong: httpx.AsyncClient, id: str, **selector: Any) -> Any:
    """One call with this content selector."""
    response = await ask(gong, {"callIds": [id]}, contentSelector=selector)
    return response.json()["calls"][0]


def ids(response: httpx.Response) -> list[str]:
    return [call["metaData"]["id"] for call in response.json()["calls"]]


async def test_a_call_without_a_selector_is_its_metadata_only(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", parties=PARTIES, context=[{"system": "HubSpot", "objects": [DEAL]}], content=CONTENT)

    response = await ask(gong, {"callIds": ["8001"]})

    assert response.status_code == 200
    assert list(response.json()["calls"][0]) == ["metaData"]
    assert response.json()["records"] == {"totalRecords": 1, "currentPageSize": 1, "currentPageNumber": 0}
    assert response.json()["requestId"]


async def test_parties_come_only_when_they_are_exposed(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", parties=PARTIES)

    assert "parties" not in await the_call(gong, "8001", exposedFields={"parties": False})
    parties = (await the_call(gong, "8001", exposedFields={"parties": True}))["parties"]
    assert [party["name"] for party in parties] == ["Dana Kay", "Ana Ortiz"]
    assert [party["context"] for party in parties] == [[], []]


async def test_crm_context_comes_only_when_it_is_asked_for(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", parties=PARTIES, context=[{"system": "HubSpot", "objects": [DEAL]}])

    assert "context" not in await the_call(gong, "8001", context="None")
    basic = await the_call(gong, "8001", context="Basic", exposedFields={"parties": True})
    assert basic["context"][0]["objects"] == [{"objectType": "Deal", "objectId": "301", "timing": "Now"}]
    assert basic["parties"][1]["context"][0]["objects"] == [{"objectType": "Contact", "objectId": "101"}]
    extended = await the_call(gong, "8001", context="Extended")
    assert extended["context"][0]["objects"] == [DEAL]


async def test_crm_context_is_told_as_of_the_time_asked_for(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", context=[{"system": "HubSpot", "objects": [DEAL, OLD_DEAL]}])

    now = await the_call(gong, "8001", context="Extended", contextTiming=["Now"])

    assert now["context"][0]["objects"] == [DEAL]


async def test_of_the_content_only_the_chosen_parts_come(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", content=CONTENT)

    call = await the_call(gong, "8001", exposedFields={"content": {"topics": True, "brief": True}})
    assert call["content"] == {"topics": CONTENT["topics"], "brief": None}
    call = await the_call(gong, "8001", exposedFields={"content": {"trackers": True}})
    assert call["content"]["trackers"][0]["occurrences"] == []
    call = await the_call(gong, "8001", exposedFields={"content": {"trackers": True, "trackerOccurrences": True}})
    assert call["content"]["trackers"][0]["occurrences"] == [1]


async def test_nulls_and_new_fields_of_a_call_are_sent_as_they_are(
    sandbox: SandboxServer, gong: httpx.AsyncClient
) -> None:
    add(sandbox, "8001", parties=None, context=None, somethingNew={"depth": 3})

    call = await the_call(gong, "8001", context="Extended", exposedFields={"parties": True, "content": {"brief": True}})

    assert call["parties"] is None
    assert call["context"] is None
    assert call["somethingNew"] == {"depth": 3}


async def test_a_window_has_its_beginning_in_and_its_end_out(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8002", "2026-04-01T11:00:00+01:00")
    add(sandbox, "8001", "2026-04-01T09:00:00Z")
    add(sandbox, "8003", "2026-04-01T12:00:00Z")
    add(sandbox, "8004", None)

    response = await ask(gong, {"fromDateTime": "2026-04-01T09:00:00Z", "toDateTime": "2026-04-01T12:00:00Z"})

    assert ids(response) == ["8001", "8002"]


async def test_a_filter_holds_in_all_its_parts(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001")

    assert ids(await ask(gong, {"workspaceId": "5", "callIds": ["8001", "7001"]})) == ["8001"]
    assert (await ask(gong, {"primaryUserIds": ["71"]})).status_code == 404


async def test_unknown_ids_are_passed_over_and_nothing_found_is_a_404(gong: httpx.AsyncClient) -> None:
    assert ids(await ask(gong, {"callIds": ["1", "7001", "7001"]})) == ["7001"]

    nothing = await ask(gong, {"callIds": ["1"]})

    assert nothing.status_code == 404
    assert nothing.json()["errors"] == ["No calls found corresponding to the provided filters"]


WRONG: list[Any] = [
    {},
    {"filter": None},
    {"filter": {"callIds": []}},
    {"filter": {"callIds": [1]}},
    {"filter": {"fromDateTime": "2026-04-01"}},
    {"filter": {"fromDateTime": "2026-04-01T09:00:00"}},
    {"filter": {"fromDateTime": "yesterday"}},
    {"filter": {"fromDateTime": "2026-04-02T00:00:00Z", "toDateTime": "2026-04-01T00:00:00Z"}},
    {"filter": {}, "contentSelector": {"context": "Full"}},
    {"filter": {}, "contentSelector": {"contextTiming": ["Now"]}},
    [],
    "text",
]


async def test_a_wrong_request_is_refused_with_reasons(gong: httpx.AsyncClient) -> None:
    answers = [await gong.post(EXTENSIVE, json=body) for body in WRONG]

    assert [answer.status_code for answer in answers] == [400] * len(WRONG)
    assert all(answer.json()["errors"] for answer in answers)


async def test_what_is_not_json_is_refused(gong: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await gong.post(EXTENSIVE, content=b"{", headers=headers)).status_code == 400
    assert (await gong.post(EXTENSIVE, data={"filter": "1"})).status_code == 415


async def test_the_plain_list_has_metadata_only(gong: httpx.AsyncClient) -> None:
    window = {"fromDateTime": "2026-03-01T00:00:00Z", "toDateTime": "2026-04-01T00:00:00Z"}

    response = await gong.get("/v2/calls", params=window)

    assert [call["id"] for call in response.json()["calls"]] == ["7001"]
    assert "parties" not in response.json()["calls"][0]


async def test_there_is_no_transcript_under_a_call(gong: httpx.AsyncClient) -> None:
    response = await gong.get("/v2/calls/7001/transcript")

    assert response.status_code == 404
    assert "errors" not in response.json()


async def test_posting_to_the_list_makes_a_call_and_is_counted(
    sandbox: SandboxServer, gong: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(sandbox.frame.store.table("gong.calls"))
    new = {
        "clientUniqueId": "x1",
        "actualStart": "2026-06-01T10:00:00Z",
        "direction": "Outbound",
        "primaryUser": "71",
        "parties": [{"name": "Dana Kay", "userId": "71"}],
    }

    made = await gong.post("/v2/calls", json=new)
    mistaken = await gong.post("/v2/calls", json={"filter": {}})

    assert made.status_code == 201
    assert made.json()["callId"] in sandbox.frame.store.table("gong.calls")
    assert mistaken.status_code == 400
    assert len(sandbox.frame.store.table("gong.calls")) == before + 1
    assert sandbox.frame.requests.report()["gong"]["by_path"]["POST /v2/calls"] == 2
    assert "POST /v2/calls was sent" in caplog.text


async def test_users_are_the_people_of_our_own_company(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", parties=[*PARTIES, None])

    listed = (await gong.get("/v2/users")).json()["users"]
    assert [(user["id"], user["emailAddress"]) for user in listed] == [("71", "dana@seller.example")]
    found = await gong.post("/v2/users/extensive", json={"filter": {"userIds": ["71"]}})
    assert found.json()["users"] == listed
    assert (await gong.post("/v2/users/extensive", json={"filter": {"userIds": ["0"]}})).status_code == 404


async def test_workspaces_and_trackers_are_those_of_the_calls(sandbox: SandboxServer, gong: httpx.AsyncClient) -> None:
    add(sandbox, "8001", content=CONTENT)

    assert [workspace["id"] for workspace in (await gong.get("/v2/workspaces")).json()["workspaces"]] == ["5"]
    trackers = (await gong.get("/v2/settings/trackers")).json()["keywordTrackers"]
    assert [tracker["trackerName"] for tracker in trackers] == ["Rival"]
    elsewhere = await gong.get("/v2/settings/trackers", params={"workspaceId": "6"})
    assert elsewhere.json()["keywordTrackers"] == []


async def test_a_call_that_appears_while_it_runs_is_there_at_once(
    sandbox: SandboxServer, gong: httpx.AsyncClient
) -> None:
    new = {"extensive": {"metaData": {"id": "8100", "started": "2026-07-01T09:00:00Z"}}, "transcript": None}

    async with httpx.AsyncClient(base_url=sandbox.url) as control:
        assert (await control.post("/_sandbox/calls", json=new)).status_code == 201

    assert ids(await ask(gong, {"fromDateTime": "2026-06-30T00:00:00Z"})) == ["8100"]
