"""Taking back over HTTP: who may order it, what of, and how far an order is."""

from typing import Any

import httpx
import pytest

from api.app import build_app
from api.wiring import Services
from sandbox.faults import Fault
from sandbox.server import SandboxServer

CALL = "3351298813304244839"
DEAL = "101771"


@pytest.fixture
def worked_on() -> tuple[str, ...]:
    return (CALL,)


def left_in(sandbox: SandboxServer) -> list[str]:
    """Notes and tasks that carry Sophia's key, and are not archived."""
    tables = (sandbox.frame.store.table(f"hubspot.{type}") for type in ("notes", "tasks"))
    made = [one for table in tables for one in table.values() if one["properties"].get("sophia_key")]
    return [record["id"] for record in made if not record["archived"]]


async def test_an_order_is_stored_and_the_worker_carries_it_out(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    answer = await door.post("/undo", json={"call_id": CALL})
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert {item["outcome"] for item in answer.json()["items"]} == {"waits", "stays"}
    await services.jobs.run_until_idle()
    now = (await door.get(answer.headers["location"])).json()
    assert now["status"] == "done"
    assert {item["outcome"] for item in now["items"]} == {"undone", "stays"}
    assert left_in(sandbox) == []
    (undo, *_) = [row for row in await services.records.ledger.all() if row.undoes]
    assert undo.asked_by == "the HTTP door"


async def test_one_effect_is_taken_back_by_its_key(door: httpx.AsyncClient, services: Services) -> None:
    note = next(row for row in await services.records.ledger.all() if row.object_type == "notes")
    answer = await door.post("/undo", json={"effect_key": note.key[:10]})
    assert [item["key"] for item in answer.json()["items"]] == [note.key]


async def test_what_a_person_allowed_is_taken_back_with_the_call(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    def stage() -> str:
        return str(sandbox.frame.store.table("hubspot.deals")[DEAL]["properties"]["dealstage"])

    before, asked = stage(), (await door.get("/approvals/1")).json()
    await door.post("/approvals/1/answer", json={"decision": "approve", "payload_hash": asked["payload_hash"]})
    refused = await door.post("/undo", json={"call_id": CALL})
    assert (refused.status_code, "is being carried out" in refused.json()["detail"]) == (409, True)
    await services.jobs.run_until_idle()
    assert stage() != before
    answer = await door.post("/undo", json={"call_id": CALL})
    await services.jobs.run_until_idle()
    assert stage() == before
    items = (await door.get(answer.headers["location"])).json()["items"]
    (item,) = [one for one in items if one["what"].startswith("Deal stage of ")]
    assert item["words"] == f"“{asked['proposed_label']}” → “{asked['current_label']}”"


async def test_a_dry_run_answers_at_once_and_changes_nothing(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    before = left_in(sandbox)
    answer = await door.post("/undo", json={"call_id": CALL, "dry_run": True})
    assert (answer.status_code, answer.json()["dry_run"]) == (200, True)
    assert {item["outcome"] for item in answer.json()["items"]} == {"undone", "stays"}
    await services.jobs.run_until_idle()
    assert left_in(sandbox) == before


async def test_a_dry_run_while_hubspot_is_away_says_so(door: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="server_error", times=None))
    answer = await door.post("/undo", json={"call_id": CALL, "dry_run": True})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_a_call_that_is_being_worked_on_is_a_conflict(door: httpx.AsyncClient, services: Services) -> None:
    delivery = await services.records.inbox.get("call", CALL)
    assert delivery is not None
    await services.records.inbox.retry(delivery.id)
    answer = await door.post("/undo", json={"call_id": CALL})
    assert answer.status_code == 409
    assert "still being worked on" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"call_id": CALL, "effect_key": "abcdef"},
        {"call_id": ""},
        {"call_id": CALL, "by": "me"},
        {"effect_key": "abc"},
        {"call_id": "1"},
    ],
    ids=["nothing", "two things", "no name", "another field", "too short", "unknown"],
)
async def test_what_names_nothing_is_refused(door: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await door.post("/undo", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-Sophia-Person": "danny@paylatch.example"}, 403),
        ({"X-Sophia-Person": "nobody"}, 400),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
    ids=["foreign page", "foreign site", "no admin", "no person", "from afar", "no JSON"],
)
async def test_whoever_may_not_order_it_is_refused(
    door: httpx.AsyncClient, services: Services, headers: dict[str, str], status: int
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    answer = await door.post("/undo", content=f'{{"call_id": "{CALL}"}}', headers=sent)
    assert answer.status_code == status
    assert [one for one in await services.records.inbox.unfinished() if one.kind == "undo"] == []


async def test_an_order_is_shown_to_an_admin_only(door: httpx.AsyncClient) -> None:
    where = (await door.post("/undo", json={"call_id": CALL})).headers["location"]
    assert (await door.get(where, headers={"X-Sophia-Person": "danny@paylatch.example"})).status_code == 404
    assert (await door.get("/undo/unknown")).status_code == 404


async def test_from_another_machine_nobody_is_let_in_without_the_token(services: Services) -> None:
    transport = httpx.ASGITransport(build_app(services), client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as away:
        assert (await away.post("/undo", json={"call_id": CALL})).status_code == 403
