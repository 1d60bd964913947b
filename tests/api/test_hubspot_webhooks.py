"""HubSpot's webhook is proven, stored before it is answered, and handled once for many deliveries."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api.app import build_app
from api.guard import BODY_LIMIT
from api.hubspot_events import schedule_events
from api.wiring import Services
from core.errors import Unavailable
from core.settings import Settings
from memory.crm_events import StoredEvent
from sandbox.faults import Fault
from sandbox.hubspot.webhook import Target, signed
from sandbox.server import SandboxServer

URL = "http://127.0.0.1/webhooks/hubspot"
SECRET = "a-client-secret"
BATCH_READ = "POST /crm/v3/objects/deals/batch/read"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"SOPHIA_HUBSPOT_CLIENT_SECRET": SECRET, "SOPHIA_HUBSPOT_WEBHOOK_URL": URL}


@pytest.fixture
async def services(services: Services) -> AsyncIterator[Services]:
    schedule_events(services.jobs, services.context, services.metrics)
    yield services


@pytest.fixture
async def portal_id(services: Services) -> int:
    return int((await services.context.crm.account()).portal_id)


def event(number: int, portal_id: int, **about: Any) -> dict[str, Any]:
    """An event as HubSpot writes it: somebody changed the amount of a deal."""
    told = {"eventId": number, "subscriptionId": 1, "portalId": portal_id, "appId": 7, "occurredAt": 1_790_000_000_000}
    change = {"subscriptionType": "deal.propertyChange", "objectId": number, "propertyName": "amount"}
    return {**told, **change, "propertyValue": "1", "changeSource": "CRM_UI", "attemptNumber": 0, **about}


async def send(
    door: httpx.AsyncClient, content: Any, *, secret: str = SECRET, at: datetime | None = None
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = signed(Target(URL, secret, portal_id=0), body, at or datetime.now(UTC))
    return await door.post(URL, content=body, headers=headers)


async def stored(services: Services) -> list[StoredEvent]:
    return await services.records.crm_events.unhandled(100)


async def counted(door: httpx.AsyncClient, name: str, result: str, count: int = 1) -> bool:
    return f'sophia_hubspot_{name}_total{{result="{result}"}} {count}.0' in (await door.get("/metrics")).text


async def test_a_signed_batch_is_stored_before_it_is_answered(
    door: httpx.AsyncClient, services: Services, portal_id: int
) -> None:
    answer = await send(door, [event(number, portal_id) for number in (1, 2)])
    kept = await stored(services)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert [(each.object_type, each.object_id, each.property, each.source) for each in kept] == [
        ("deals", "1", "amount", "CRM_UI"),
        ("deals", "2", "amount", "CRM_UI"),
    ]
    assert await counted(door, "webhooks", "accepted")
    assert await counted(door, "events", "accepted", 2)


async def test_what_is_told_again_is_answered_and_stored_once(
    door: httpx.AsyncClient, services: Services, portal_id: int
) -> None:
    told = [event(number, portal_id) for number in (1, 2)]
    again = [{**each, "attemptNumber": 1} for each in told]
    answers = [await send(door, each) for each in (told, again, [*again, event(3, portal_id)])]
    assert [answer.status_code for answer in answers] == [202, 200, 202]
    assert len(await stored(services)) == 3
    assert await counted(door, "events", "known", 4)


async def test_deliveries_at_once_store_each_event_once(
    door: httpx.AsyncClient, services: Services, portal_id: int
) -> None:
    told = [event(number, portal_id) for number in range(50)]
    answers = await asyncio.gather(*(send(door, told[first:] + told[:first]) for first in range(0, 50, 10)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len(await stored(services)) == 50


@pytest.mark.parametrize(
    ("secret", "late"),
    [
        ("another-secret", timedelta(0)),
        (SECRET, timedelta(minutes=6)),
        (SECRET, timedelta(minutes=-6)),
    ],
    ids=["forged", "old", "of the future"],
)
async def test_what_is_not_proven_to_be_hubspots_of_now_is_refused_logged_and_counted(
    door: httpx.AsyncClient, services: Services, portal_id: int, secret: str, late: timedelta
) -> None:
    with capture_logs() as logs:
        answer = await send(door, [event(1, portal_id)], secret=secret, at=datetime.now(UTC) - late)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert await stored(services) == []
    assert [line["reason"] for line in logs if line["event"] == "hubspot_webhook.refused"] == ["unauthorized"]
    assert await counted(door, "webhooks", "unauthorized")


async def test_what_is_not_signed_at_all_is_refused(door: httpx.AsyncClient) -> None:
    assert (await door.post(URL, content=b"[]")).status_code == 401


async def test_another_body_under_a_right_signature_is_refused(door: httpx.AsyncClient, portal_id: int) -> None:
    headers = signed(Target(URL, SECRET, portal_id=0), b"[]", datetime.now(UTC))
    answer = await door.post(URL, content=json.dumps([event(1, portal_id)]).encode(), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b'[{"subscriptionType": "deal.creation"}]', b"[" * 100_000])
async def test_a_proven_body_that_is_no_list_of_events_is_refused(
    door: httpx.AsyncClient, services: Services, body: bytes
) -> None:
    assert (await send(door, body)).status_code == 400
    assert await stored(services) == []
    assert await counted(door, "webhooks", "malformed")


async def test_a_delivery_of_nothing_we_know_is_answered(door: httpx.AsyncClient, services: Services) -> None:
    answer = await send(door, [{"subscriptionType": "ticket.creation"}])
    assert answer.status_code == 200
    assert await stored(services) == []


async def test_events_of_another_portal_are_left_out_and_logged(
    door: httpx.AsyncClient, services: Services, portal_id: int
) -> None:
    with capture_logs() as logs:
        answers = [
            await send(door, [event(1, 999), event(2, portal_id)]),
            await send(door, [event(3, 999)]),
        ]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (202, "accepted"),
        (200, "foreign"),
    ]
    assert [each.object_id for each in await stored(services)] == ["2"]
    assert [line["portals"] for line in logs if line["event"] == "hubspot_webhook.foreign"] == [["999"]] * 2
    assert await counted(door, "events", "foreign", 2)


@pytest.mark.parametrize("kind", ["server_error", "revoked_token", "slow"])
async def test_when_hubspot_cannot_say_which_portal_is_ours_everything_is_stored(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, kind: Any
) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind=kind, path="account-info", times=None, seconds=500))
    answer = await send(door, [event(1, 999)])
    sandbox.frame.faults.clear()
    assert answer.status_code == 202
    assert len(await stored(services)) == 1


async def test_a_body_that_says_it_is_huge_is_refused_unread(door: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await door.post(URL, content=never(), headers={"Content-Length": str(BODY_LIMIT + 1)})
    assert answer.status_code == 413
    assert await counted(door, "webhooks", "too_large")


async def test_without_a_secret_every_delivery_is_refused_and_the_log_says_what_to_set(
    services: Services, settings: Settings
) -> None:
    changes = {"hubspot_client_secret": None, "hubspot_webhook_url": None}
    closed = Services(**{**vars(services), "settings": settings.model_copy(update=changes)})
    with capture_logs() as logs:
        app = build_app(closed)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as door:
        answer = await send(door, [])
    assert answer.status_code == 503
    (line,) = [line for line in logs if line["event"] == "hubspot_webhook.not_set_up"]
    assert "SOPHIA_HUBSPOT_CLIENT_SECRET" in line["next_step"]


async def test_a_queue_that_is_away_loses_nothing(
    door: httpx.AsyncClient, services: Services, portal_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_arguments: Any, **_options: Any) -> None:
        raise Unavailable("redis", "it is away")

    monkeypatch.setattr(services.jobs, "enqueue", away)
    with capture_logs() as logs:
        answer = await send(door, [event(1, portal_id)])
    assert answer.status_code == 202
    assert len(await stored(services)) == 1
    assert "queue.unreachable" in [line["event"] for line in logs]


async def test_a_flood_of_deliveries_is_handled_with_few_requests(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, portal_id: int, until: Any
) -> None:
    for number in range(20):
        told = [event(number * 50 + each, portal_id, objectId=each) for each in range(50)]
        assert (await send(door, told)).status_code == 202
    sandbox.frame.requests.clear()
    working = asyncio.create_task(services.jobs.run())

    async def all_handled() -> bool:
        return await stored(services) == []

    await until(all_handled)
    services.jobs.stop()
    await working
    # One for the deliveries and maybe one of the schedule, which begins with a run of its own.
    assert sandbox.frame.requests.report()["hubspot"]["by_path"][BATCH_READ] <= 2
