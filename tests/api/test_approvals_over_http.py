"""Requests over HTTP: who sees them, who may answer, and what every refusal looks like."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from api.app import build_app
from api.wiring import Services, open_services
from core.settings import Settings
from sandbox.faults import Fault
from sandbox.server import SandboxServer

STAGED, OTHER = "3351298813304244839", "8985511615544123761"
DEAL = "101771"
DANNY = {"X-Sophia-Person": "Danny@Paylatch.example"}
MARCUS = {"X-Sophia-Person": "marcus@corbel.example"}
STRANGER = {"X-Sophia-Person": "eve@elsewhere.example"}
APPROVE, REJECT = {"decision": "approve"}, {"decision": "reject", "reason": "Too early."}

Json = dict[str, Any]


@pytest.fixture
def worked_on() -> tuple[str, ...]:
    """Two calls that speak for a next stage: request 1 is Danny's to answer, request 2 Marcus'."""
    return STAGED, OTHER


async def shown(door: httpx.AsyncClient, number: int | str = 1) -> Json:
    answer: Json = (await door.get(f"/approvals/{number}")).json()
    return answer


async def answered(door: httpx.AsyncClient, given: Json, number: int | str = 1, **about: Any) -> httpx.Response:
    body = {"payload_hash": (await shown(door, number))["payload_hash"], **given}
    return await door.post(f"/approvals/{number}/answer", json=body, **about)


def stage_of(sandbox: SandboxServer) -> str:
    return str(sandbox.frame.store.table("hubspot.deals")[DEAL]["properties"]["dealstage"])


async def test_what_waits_is_listed(door: httpx.AsyncClient) -> None:
    listed = (await door.get("/approvals")).json()
    assert [one["number"] for one in listed] == [1, 2]
    assert [one["number"] for one in (await door.get("/approvals", params={"call_id": OTHER})).json()] == [2]
    assert (await door.get("/approvals", params={"status": "approved"})).json() == []
    assert (await door.get("/approvals", params={"status": "nonsense"})).status_code == 422
    assert (await shown(door, listed[0]["id"])) == listed[0]


async def test_an_answer_is_stored_and_the_worker_carries_it_out(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    answer = await answered(door, APPROVE)
    assert (answer.status_code, answer.json()["status"]) == (202, "approved")
    assert (answer.json()["answer"]["by"], answer.json()["closed_at"]) == ("the HTTP door", None)
    await services.jobs.run_until_idle()
    now = await shown(door)
    assert now["outcome"].startswith("written: ")
    assert stage_of(sandbox) == now["proposed"]


async def test_a_second_answer_is_a_conflict_that_shows_the_first(door: httpx.AsyncClient) -> None:
    assert (await answered(door, REJECT)).status_code == 202
    second = await answered(door, APPROVE)
    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["approval"]["answer"]["reason"] == "Too early."
    assert "answered already: rejected" in second.json()["detail"]


async def test_an_answer_to_what_was_not_shown_is_a_conflict(door: httpx.AsyncClient) -> None:
    answer = await answered(door, APPROVE | {"payload_hash": "0" * 16})
    assert answer.status_code == 409
    assert answer.json()["approval"]["status"] == "waiting"


@pytest.mark.parametrize(
    "given",
    [
        {"decision": "expire"},
        {"decision": "reject"},
        {"decision": "reject", "reason": " "},
        {"decision": "approve", "value": "Nonsense"},
        {"decision": "approve", "unknown": 1},
        {},
    ],
)
async def test_what_is_no_answer_is_unprocessable(door: httpx.AsyncClient, given: Json) -> None:
    assert (await answered(door, given)).status_code == 422
    assert (await shown(door))["status"] == "waiting"


async def test_what_is_no_json_is_unprocessable(door: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await door.post("/approvals/1/answer", content=b"{", headers=headers)).status_code == 422


async def test_people_see_and_answer_what_is_theirs(door: httpx.AsyncClient, services: Services) -> None:
    assert [one["number"] for one in (await door.get("/approvals", headers=DANNY)).json()] == [1]
    assert (await door.get("/approvals", headers=STRANGER)).json() == []
    assert (await answered(door, APPROVE, headers=MARCUS)).status_code == 403
    answer = await answered(door, APPROVE, headers=DANNY)
    assert (answer.status_code, answer.json()["answer"]["by"]) == (202, "danny@paylatch.example")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refusal_does_not_tell_whether_there_is_such_a_request(door: httpx.AsyncClient, method: str) -> None:
    refusals = []
    for number in ("1", "77"):
        address = f"/approvals/{number}" + ("/answer" if method == "POST" else "")
        body = {"decision": "approve", "payload_hash": "x"} if method == "POST" else None
        answer = await door.request(method, address, json=body, headers=STRANGER)
        refusals.append((answer.status_code, answer.json()["detail"].replace(number, "N")))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 403


async def test_an_unknown_request_is_not_found(door: httpx.AsyncClient) -> None:
    for number in ("77", "1.2", "nonsense", "x" * 40, "٣"):
        assert (await door.get(f"/approvals/{number}")).status_code == 404


async def test_a_person_without_an_address_is_refused(door: httpx.AsyncClient) -> None:
    for name in ("danny", "", "a@" + "b" * 400):
        assert (await door.get("/approvals", headers={"X-Sophia-Person": name})).status_code == 400


async def test_an_expired_request_is_gone(door: httpx.AsyncClient, services: Services) -> None:
    approval = await services.records.approvals.numbered(1)
    assert approval is not None
    await _let_lapse(services, approval.id)
    answer = await answered(door, APPROVE)
    assert (answer.status_code, answer.json()["approval"]["status"]) == (410, "waiting")


async def _let_lapse(services: Services, approval_id: str) -> None:
    from sqlalchemy import update
    from sqlmodel import col

    from memory.tables import ApprovalRow

    late = update(ApprovalRow).where(col(ApprovalRow.id) == approval_id).values(expires_at=services.clock.now())
    await services.database.write(lambda session: session.execute(late))


async def test_all_of_a_call_are_answered_each_with_its_own_result(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    first, other = await shown(door, 1), await shown(door, 2)
    seen = {first["id"]: first["payload_hash"], other["id"]: other["payload_hash"], "unknown": "x"}
    answer = await door.post("/approvals/answers", json={"call_id": STAGED, "decision": "approve", "seen": seen})
    assert answer.status_code == 202
    results = answer.json()["results"]
    assert [results[id]["status"] for id in seen] == [202, 404, 404]
    await services.jobs.run_until_idle()
    assert stage_of(sandbox) == first["proposed"]
    assert (await shown(door, 2))["status"] == "waiting"
    again = await door.post("/approvals/answers", json={"call_id": STAGED, "decision": "approve", "seen": seen})
    assert again.json()["results"][first["id"]]["status"] == 409


async def test_a_value_that_cannot_be_checked_now_is_not_stored(
    door: httpx.AsyncClient, sandbox: SandboxServer
) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="server_error", times=None))
    answer = await answered(door, APPROVE | {"value": "Qualified"})
    assert answer.status_code == 503
    assert (await shown(door))["status"] == "waiting"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_address_cannot_answer(door: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await answered(door, APPROVE, headers=headers)).status_code == 403
    assert (await shown(door))["status"] == "waiting"


async def test_only_json_is_taken(door: httpx.AsyncClient) -> None:
    body = b'{"decision": "approve", "payload_hash": "x"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await door.post("/approvals/1/answer", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 415
    assert (await shown(door))["status"] == "waiting"


async def test_a_page_of_this_address_may_answer(door: httpx.AsyncClient) -> None:
    own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert (await answered(door, APPROVE, headers=own)).status_code == 202


async def test_without_a_token_only_this_machine_is_let_in(services: Services) -> None:
    transport = httpx.ASGITransport(build_app(services), client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://sophia.example") as far:
        assert (await far.get("/approvals")).status_code == 403
        body = {"decision": "approve", "payload_hash": "x"}
        assert (await far.post("/approvals/1/answer", json=body)).status_code == 403
        assert (await far.post("/approvals/answers", json=body)).status_code == 403


async def test_with_a_token_only_its_holder_is_let_in(settings: Settings) -> None:
    guarded = settings.model_copy(update={"api_token": SecretStr("s3cret")})
    async with open_services(guarded) as services:
        transport = httpx.ASGITransport(build_app(services), client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://sophia.example") as far:
            assert (await far.get("/approvals")).status_code == 401
            far.headers["Authorization"] = "Bearer s3cret"
            assert len((await far.get("/approvals")).json()) == 2
            assert (await answered(far, APPROVE)).status_code == 202
