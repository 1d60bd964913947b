"""What is put together works together: the schedule runs, and a service that is not set up makes its calls wait."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.intake import KIND
from api.poll import CURSOR
from api.wiring import Services, open_services
from core.errors import ConfigurationError
from core.settings import Settings
from memory.calls import CallStatus
from memory.inbox import DeliveryStatus
from sandbox.server import SandboxServer


async def test_a_server_looks_for_calls_by_itself_and_takes_up_what_was_left(
    services: Services, until: Any, made: Any
) -> None:
    await services.records.inbox.accept(KIND, "3351298813304244839", {}, "webhook")
    services.schedule()
    working = asyncio.create_task(services.jobs.run())

    async def looked_and_done() -> bool:
        done = (await services.records.inbox.counts())[DeliveryStatus.DONE]
        return await services.records.cursors.get(CURSOR) is not None and done == 1

    await until(looked_and_done)
    services.jobs.stop()
    await working
    assert made().messages


async def test_a_command_says_what_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Gong is not set up"):
        async with open_services(Settings(data_dir=tmp_path)):
            pass


async def test_a_server_keeps_calls_for_a_service_that_is_not_set_up(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with open_services(Settings(data_dir=tmp_path), serving=True) as services:
            delivery, _ = await services.intake.accept("77", "webhook")
            await services.worker.work(str(delivery.id))
            await services.poller.poll()
            waits = await services.records.inbox.get(KIND, "77")
    assert waits is not None
    assert (waits.status, waits.attempts) == (DeliveryStatus.WAITING, 0)
    assert "not set up" in (waits.reason or "")
    assert [line["service"] for line in logs if line["event"] == "service.not_set_up"] == ["Gong", "HubSpot", "Slack"]
    assert "poll.failed" in [line["event"] for line in logs]


async def test_hubspot_alone_missing_lets_the_call_wait_at_its_step(settings: Settings, sandbox: SandboxServer) -> None:
    half = settings.model_copy(update={"hubspot_access_token": None})
    async with open_services(half, serving=True) as services:
        delivery, _ = await services.intake.accept("3351298813304244839", "webhook")
        await services.worker.work(str(delivery.id))
        stored = await services.records.calls.get("3351298813304244839")
    assert stored is not None
    assert stored.status is CallStatus.WAITING
    assert "HubSpot" in (stored.reason or "")
    async with open_services(settings, serving=True) as services:
        await services.intake.retry(delivery)
        await services.worker.work(str(delivery.id))
        stored = await services.records.calls.get("3351298813304244839")
    assert stored is not None
    assert stored.status is CallStatus.ANALYSED
