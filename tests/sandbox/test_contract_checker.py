"""The checker that holds every exchange to its schema: it must find what is wrong, or its silence says nothing."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.contract import Violations, checked

RECORD = {"id": "1", "properties": {}, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}


async def violations(method: str, path: str, answer: Any, status: int = 200, **request: Any) -> list[str]:
    """What the checker says of one exchange with a double that answers like this."""

    async def reply(_: Request) -> JSONResponse:
        return JSONResponse(answer, status_code=status)

    found = Violations()
    routes = [Route("/{path:path}", reply, methods=["GET", "POST", "PUT", "DELETE"])]
    transport = httpx.ASGITransport(checked("hubspot", Starlette(routes=routes), found))
    headers = {"Authorization": "Bearer x"}
    async with httpx.AsyncClient(transport=transport, base_url="http://double.invalid", headers=headers) as client:
        assert (await client.request(method, path, **request)).json() == answer
    return found.found


async def test_a_right_exchange_is_silent() -> None:
    assert await violations("GET", "/crm/v3/objects/contacts/1", RECORD) == []


async def test_a_field_of_the_wrong_type_in_an_answer_is_found() -> None:
    wrong = {**RECORD, "properties": {"amount": 12}}
    (found,) = await violations("GET", "/crm/v3/objects/contacts/1", wrong)
    assert "hubspot GET /crm/v3/objects/contacts/1 -> 200: response" in found
    assert "12 is not of type 'string'" in found


async def test_a_missing_field_in_an_answer_is_found() -> None:
    (found,) = await violations("GET", "/crm/v3/objects/contacts/1", {"id": "1"})
    assert "'properties' is a required property" in found


async def test_a_wrong_request_that_the_double_takes_is_found() -> None:
    body = {"status": "COMPLETE", "results": [], "startedAt": RECORD["createdAt"], "completedAt": RECORD["createdAt"]}
    (found,) = await violations("POST", "/crm/v3/objects/contacts/batch/read", body, json={"inputs": [{"id": 7}]})
    assert "request" in found
    assert "7 is not of type 'string'" in found


async def test_a_wrong_request_that_the_double_refuses_is_no_violation() -> None:
    refusal = {"status": "error", "message": "no", "correlationId": "x"}
    assert await violations("POST", "/crm/v3/objects/contacts/batch/read", refusal, 400, json={}) == []


@pytest.mark.parametrize("status", [404, 405])
async def test_a_path_that_the_double_does_not_have_is_no_violation(status: int) -> None:
    assert await violations("GET", "/crm/v9/nothing", {"detail": "x"}, status) == []


async def test_a_path_without_a_schema_that_the_double_answers_is_found() -> None:
    found = await violations("GET", "/crm/v9/nothing", {})
    assert any("Path not found" in problem for problem in found)


async def test_a_status_that_the_schema_does_not_have_is_found() -> None:
    (found,) = await violations("GET", "/crm/v3/objects/contacts/1", RECORD, 201)
    assert "201" in found
