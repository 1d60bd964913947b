"""The HTTP doors: who may see what, what every answer carries, and how errors are told."""

import asyncio
import dataclasses

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr
from structlog.testing import capture_logs

from api.app import build_app
from api.guard import read_body
from api.problems import Problem
from api.wiring import Services


def client(app: FastAPI, *, host: str = "127.0.0.1", peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(peer, 50_000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


def with_settings(services: Services, **changed: object) -> FastAPI:
    settings = services.settings.model_copy(update=changed)
    return build_app(dataclasses.replace(services, settings=settings))


async def test_a_living_process_says_so_to_anybody(services: Services) -> None:
    async with client(build_app(services), host="sophia.example", peer="203.0.113.9") as door:
        answer = await door.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_only_while_jobs_are_worked_on(services: Services) -> None:
    async with client(build_app(services)) as door:
        before = await door.get("/readyz")
        working = asyncio.create_task(services.jobs.run())
        await services.intake.accept_many(["1"], "webhook")
        await asyncio.wait_for(services.worker.settled.wait(), 10)
        during = await door.get("/readyz")
        services.jobs.stop()
        await working
    assert (before.status_code, before.json()) == (503, {"database": "ok", "jobs": "not ready"})
    assert (during.status_code, during.json()) == (200, {"database": "ok", "jobs": "ok"})


async def test_it_is_not_ready_without_its_database(services: Services) -> None:
    await services.database.close()
    async with client(build_app(services)) as door:
        answer = await door.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "not ready"


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("peer", "host", "headers"),
    [
        ("203.0.113.9", "127.0.0.1", {}),
        ("127.0.0.1", "sophia.example", {}),
        ("127.0.0.1", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
        ("127.0.0.1", "127.0.0.1.rebound.example", {}),
    ],
)
async def test_without_a_token_only_this_machine_itself_looks_inside(
    services: Services, path: str, peer: str, host: str, headers: dict[str, str]
) -> None:
    async with client(build_app(services), host=host, peer=peer) as door:
        answer = await door.get(path, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:8080"])
async def test_without_a_token_this_machine_sees_the_figures(services: Services, host: str) -> None:
    async with client(build_app(services), host=host) as door:
        answer = await door.get("/metrics")
    assert answer.status_code == 200
    assert 'sophia_inbox{kind="call",status="parked"} 0.0' in answer.text


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer right", 200),
        ("bearer right", 200),
        ("Bearer wrong", 401),
        ("Bearer righ", 401),
        ("right", 401),
        ("Basic right", 401),
        ("", 401),
    ],
)
async def test_a_token_once_set_is_asked_of_everybody(services: Services, authorization: str, status: int) -> None:
    app = with_settings(services, api_token=SecretStr("right"))
    async with client(app, peer="203.0.113.9", host="sophia.example") as door:
        answer = await door.get("/metrics", headers={"Authorization": authorization})
    async with client(app) as door:
        assert (await door.get("/metrics")).status_code == 401
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere", "/webhooks/gong"])
async def test_every_answer_carries_the_security_headers(services: Services, path: str) -> None:
    async with client(build_app(services)) as door:
        answer = await door.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_an_error_is_told_in_one_form(services: Services) -> None:
    async with client(build_app(services)) as door:
        answer = await door.get("/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}


async def test_a_fault_of_ours_tells_nothing_of_the_inside(services: Services) -> None:
    app = build_app(services)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    with capture_logs() as logs:
        async with client(app) as door:
            answer = await door.get("/broken")
    assert [line["event"] for line in logs] == ["request.failed"]
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "hunter2" not in answer.text


async def test_the_app_describes_itself_on_loopback_only(services: Services) -> None:
    async with client(build_app(services)) as door:
        assert (await door.get("/openapi.json")).status_code == 200
    async with client(with_settings(services, host="0.0.0.0")) as door:
        assert (await door.get("/openapi.json")).status_code == 404
        assert (await door.get("/docs")).status_code == 404


async def test_a_body_that_trickles_in_is_given_up() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(Problem) as refusal:
        await read_body(request, seconds=0.1)
    assert refusal.value.status_code == 408


async def test_a_sender_that_hangs_up_is_no_fault_of_ours() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(Problem) as refusal:
        await read_body(request)
    assert refusal.value.status_code == 400
