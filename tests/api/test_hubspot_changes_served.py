"""`sophia serve` hears of changes from HubSpot's webhook, however often and in whichever order they are delivered."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import SystemClock
from memory.database import Database, sqlite_url
from memory.records import Records
from sandbox.gong.webhook import delivery
from sandbox.server import SandboxServer

CALL = "3351298813304244839"
GONG = "http://127.0.0.1/webhooks/gong"
SECRET = "a-client-secret"


@pytest.fixture
def url(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks/hubspot"


@pytest.fixture
def environment(environment: dict[str, str], url: str, port: int) -> dict[str, str]:
    own = {"SOPHIA_HUBSPOT_CLIENT_SECRET": SECRET, "SOPHIA_HUBSPOT_WEBHOOK_URL": url, "SOPHIA_PORT": str(port)}
    return environment | own | {"SOPHIA_POLL_OVERLAP_HOURS": "0.001", "SOPHIA_HUBSPOT_POLL_MINUTES": "0"}


async def post(url: str, order: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return (await client.post(url, json=order)).raise_for_status().json()


async def reachable(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(url)).status_code == 200
        except httpx.TransportError:
            return False


async def test_a_persons_change_is_known_as_drift_however_it_is_delivered(
    sophia: Any, sandbox: SandboxServer, url: str, until: Any, tmp_path: Path
) -> None:
    process = sophia.start("serve")
    await until(lambda: reachable(url.replace("webhooks/hubspot", "readyz")))
    database = await Database.open(sqlite_url(tmp_path / "state"))
    records = Records.over(database, SystemClock())
    deal = await a_call_is_worked_on(sandbox, url, records, until)

    switches = f"{sandbox.url}/_sandbox/hubspot"
    sending = {"url": url, "client_secret": SECRET, "repeat": 3, "shuffle": True, "clear": False}
    for step in ("Nothing", "Nothing at all"):
        change = {
            "type": "deals",
            "id": deal,
            "properties": {"sophia_next_step": step, "dealname": f"The deal: {step}"},
        }
        await post(f"{switches}/change", change)
    sent = await asyncio.gather(*(post(f"{switches}/webhook", sending) for _ in range(3)))
    assert {answer["status"] for each in sent for answer in each["deliveries"]} == {200, 202}

    async def handled() -> bool:
        return not await records.crm_events.unhandled(1)

    await until(handled)
    known = await records.business_context.get("deals", deal)
    assert known is not None
    assert known.name == "The deal: Nothing at all"
    assert [(drift.field, drift.found, drift.source) for drift in await records.drifts.of_records("deals", [deal])] == [
        ("sophia_next_step", "Nothing at all", "CRM_UI")
    ]
    await database.close()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output


async def a_call_is_worked_on(sandbox: SandboxServer, url: str, records: Records, until: Any) -> str:
    """Has Sophia write to a deal; returns the deal's id."""
    made = delivery(sandbox.frame, CALL, GONG)
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(url.replace("hubspot", "gong"), content=made.body, headers=made.headers)

    async def written() -> bool:
        return any(
            effect.field == "sophia_next_step" and effect.status == "confirmed" for effect in await records.ledger.all()
        )

    await until(written)
    ids = [effect.object_id for effect in await records.ledger.all() if effect.field == "sophia_next_step"]
    assert ids[0] is not None
    return ids[0]
