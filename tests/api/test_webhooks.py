"""Gong's webhook is answered at once, stored before it is answered, and refused unless it is proven."""

import dataclasses
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from structlog.testing import capture_logs

from api.app import build_app
from api.guard import BODY_LIMIT
from api.intake import KIND
from api.wiring import Services
from memory.inbox import DeliveryStatus
from sandbox.gong.webhook import Delivery, Variant, delivery, signed
from sandbox.server import SandboxServer

URL = "http://127.0.0.1/webhooks/gong"
CALL = "3351298813304244839"


async def send(door: httpx.AsyncClient, made: Delivery) -> httpx.Response:
    return await door.post(made.url, content=made.body, headers=made.headers)


def token_for(sandbox: SandboxServer, body: bytes) -> str:
    claims = {
        "webhook_url": URL,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "exp": datetime.now(UTC) + timedelta(minutes=5),
    }
    return jwt.encode(claims, sandbox.credentials.gong_webhook_private_key, algorithm="RS256")


async def counted(door: httpx.AsyncClient, result: str) -> bool:
    return f'sophia_webhooks_total{{result="{result}"}} 1.0' in (await door.get("/metrics")).text


async def test_a_signed_call_is_stored_before_it_is_answered(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    answer = await send(door, delivery(sandbox.frame, CALL, URL))
    stored = await services.records.inbox.get(KIND, CALL)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert stored is not None
    assert (stored.status, stored.source) == (DeliveryStatus.RECEIVED, "webhook")
    assert await counted(door, "accepted")


async def test_a_token_without_the_word_bearer_is_accepted(door: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    answer = await send(door, delivery(sandbox.frame, CALL, URL, Variant.WITHOUT_BEARER))
    assert answer.status_code == 202


async def test_the_same_call_told_twice_is_taken_in_once(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    first = await send(door, delivery(sandbox.frame, CALL, URL))
    second = await send(door, delivery(sandbox.frame, CALL, URL))
    assert (first.status_code, second.status_code) == (202, 200)
    assert len(await services.records.inbox.unfinished()) == 1
    assert await counted(door, "known")


async def test_a_test_delivery_is_answered_and_makes_no_work(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    answer = await send(door, delivery(sandbox.frame, CALL, URL, is_test=True))
    assert answer.status_code == 200
    assert await services.records.inbox.unfinished() == []
    assert await counted(door, "test")


@pytest.mark.parametrize(
    "variant",
    [
        Variant.UNSIGNED,
        Variant.WRONG_KEY,
        Variant.EXPIRED,
        Variant.WRONG_HASH,
        Variant.WRONG_URL,
        Variant.WITHOUT_EXPIRY,
    ],
)
async def test_what_is_not_proven_to_be_gongs_is_refused_logged_and_counted(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, variant: Variant
) -> None:
    with capture_logs() as logs:
        answer = await send(door, delivery(sandbox.frame, CALL, URL, variant))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert await services.records.inbox.unfinished() == []
    assert [line["reason"] for line in logs if line["event"] == "webhook.refused"] == ["unauthorized"]
    assert await counted(door, "unauthorized")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "x" * 5000, "Bearer é"])
async def test_a_header_that_is_no_token_is_refused(door: httpx.AsyncClient, token: str) -> None:
    answer = await door.post(URL, content=b"{}", headers={b"Authorization": token.encode()})
    assert answer.status_code == 401


async def test_a_token_that_names_no_algorithm_is_refused(door: httpx.AsyncClient) -> None:
    claims = {"webhook_url": URL, "body_sha256": hashlib.sha256(b"{}").hexdigest(), "exp": 2_000_000_000}
    answer = await door.post(URL, content=b"{}", headers={"Authorization": jwt.encode(claims, "", algorithm="none")})
    assert answer.status_code == 401


async def test_another_body_under_a_right_token_is_refused(door: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    made = delivery(sandbox.frame, CALL, URL)
    answer = await send(door, dataclasses.replace(made, body=made.body.replace(b"Garland", b"Gorland")))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"callData": 3}',
        b'{"callData": {"metaData": {}}}',
        b"[" * 100_000,
    ],
)
async def test_a_proven_body_that_is_no_call_is_refused(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, body: bytes
) -> None:
    answer = await door.post(URL, content=body, headers={"Authorization": f"Bearer {token_for(sandbox, body)}"})
    assert answer.status_code == 400
    assert await services.records.inbox.unfinished() == []
    assert await counted(door, "malformed")


async def test_a_body_that_says_it_is_huge_is_refused_unread(door: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await door.post(URL, content=never(), headers={"Content-Length": str(BODY_LIMIT + 1)})
    assert answer.status_code == 413
    assert await counted(door, "too_large")


async def test_a_body_that_does_not_say_so_is_cut_off_at_the_limit(door: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * BODY_LIMIT:
            sent += 64 * 1024
            yield b" " * 64 * 1024

    answer = await door.post(URL, content=endless())
    assert answer.status_code == 413


async def test_a_call_that_gong_does_not_know_is_taken_in_and_left_to_the_worker(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    made = signed(sandbox.frame, {"callData": {"metaData": {"id": "999"}}, "isTest": False}, URL)
    answer = await send(door, made)
    await services.jobs.run_until_idle()
    stored, told = await services.records.inbox.get(KIND, "999"), await services.records.calls.get("999")
    assert answer.status_code == 202
    assert stored is not None
    assert stored.status is DeliveryStatus.PARKED
    assert told is not None
    assert (told.status, told.reason) == ("failed", "Gong knows no call with this id")


async def test_without_a_public_key_every_webhook_is_refused_and_the_log_says_why(
    services: Services, sandbox: SandboxServer
) -> None:
    closed = dataclasses.replace(
        services,
        settings=services.settings.model_copy(update={"gong_webhook_public_key": None, "gong_webhook_url": None}),
    )
    with capture_logs() as logs:
        app = build_app(closed)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as door:
        answer = await send(door, delivery(sandbox.frame, CALL, URL))
    assert answer.status_code == 503
    assert await services.records.inbox.unfinished() == []
    assert "SOPHIA_GONG_WEBHOOK_PUBLIC_KEY" in logs[0]["next_step"]


@pytest.mark.parametrize("key", ["rubbish", "bm90IGEga2V5"])
async def test_a_wrong_public_key_closes_the_door_instead_of_opening_it(
    services: Services, sandbox: SandboxServer, key: str
) -> None:
    settings = services.settings.model_copy(update={"gong_webhook_public_key": key})
    app = build_app(dataclasses.replace(services, settings=settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as door:
        answer = await send(door, delivery(sandbox.frame, CALL, URL))
    assert answer.status_code == 503


async def test_only_post_is_answered(door: httpx.AsyncClient) -> None:
    answer = await door.get(URL)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_call_told_by_webhook_is_worked_on_to_the_end(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer
) -> None:
    await send(door, delivery(sandbox.frame, CALL, URL))
    await services.jobs.run_until_idle()
    stored = await services.records.calls.get(CALL)
    assert stored is not None
    assert stored.status == "analysed"
    assert stored.analysis is not None
