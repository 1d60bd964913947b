"""Looks at Gong overlap, know calls again by their id, ask in batches, and lose nothing when Gong is away."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.collect import Collector
from api.intake import KIND
from api.poll import CURSOR, Poller
from api.wiring import Services
from core.clock import FixedClock
from core.errors import Unavailable
from core.metrics import Metrics
from core.retry import RetryPolicy
from memory.inbox import DeliveryStatus
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tools.gong.client import GongClient

NOW = datetime.now(UTC)
RECENT = "945901450174836796"
"""The one call of the small world that is one to two weeks old; the others are three weeks and older."""


def poller(services: Services, at: datetime = NOW, overlap: timedelta = timedelta(days=15)) -> Poller:
    return Poller(
        services.context.calls, services.collector, services.records.cursors, Metrics(), FixedClock(at), overlap
    )


def appears(sandbox: SandboxServer, world: Path, id: str, started: datetime, transcript: bool = True) -> None:
    """A call comes up in Gong, with what was said in one of the bundled calls."""
    recorded: dict[str, Any] = json.loads((world / "calls" / f"{RECENT}.json").read_text())
    meta = {**recorded["extensive"]["metaData"], "id": id, "started": started.isoformat(), "title": f"Call {id}"}
    sandbox.frame.store.table("gong.calls")[id] = {
        "extensive": {**recorded["extensive"], "metaData": meta},
        "transcript": {**recorded["transcript"], "callId": id} if transcript else None,
    }


def asked(sandbox: SandboxServer, path: str) -> int:
    count: int = sandbox.frame.requests.report()["gong"]["by_path"].get(f"POST /v2/calls/{path}", 0)
    return count


async def known(services: Services) -> set[str]:
    return {delivery.key for delivery in await services.records.inbox.unfinished()}


async def test_the_first_look_goes_back_by_the_overlap(services: Services) -> None:
    assert await poller(services).look() == 1
    assert await known(services) == {RECENT}


async def test_a_longer_overlap_sees_older_calls(services: Services) -> None:
    assert await poller(services, overlap=timedelta(weeks=20)).look() == 4


async def test_a_second_look_takes_nothing_in_twice_and_asks_for_no_transcript_again(
    services: Services, sandbox: SandboxServer
) -> None:
    await poller(services).look()
    before = asked(sandbox, "transcript")
    assert await poller(services, at=NOW + timedelta(hours=1)).look() == 0
    assert len(await known(services)) == 1
    assert asked(sandbox, "transcript") == before == 1


async def test_a_call_that_appears_late_is_found_although_the_cursor_has_passed_it(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    await poller(services).look()
    appears(sandbox, world, "late", NOW - timedelta(hours=5))
    assert await poller(services, at=NOW + timedelta(minutes=15), overlap=timedelta(hours=48)).look() == 1
    assert "late" in await known(services)


async def test_the_time_between_two_looks_is_covered_however_long_it_was(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    await poller(services, at=NOW - timedelta(days=30), overlap=timedelta(hours=48)).look()
    appears(sandbox, world, "missed", NOW - timedelta(days=12))
    await poller(services, overlap=timedelta(hours=48)).look()
    assert "missed" in await known(services)


async def test_a_call_whose_transcript_is_late_is_stored_and_worked_on_when_it_comes(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    appears(sandbox, world, "late", datetime.now(UTC) - timedelta(minutes=40), transcript=False)
    at = datetime.now(UTC) + timedelta(minutes=1)
    await poller(services, at=at, overlap=timedelta(hours=2)).look()
    await services.jobs.run_until_idle()
    waits = await services.records.inbox.get(KIND, "late")
    appears(sandbox, world, "late", datetime.now(UTC) - timedelta(minutes=40))
    await poller(services, at=at, overlap=timedelta(hours=2)).look()
    await services.jobs.run_until_idle()
    done = await services.records.inbox.get(KIND, "late")
    assert waits is not None
    assert done is not None
    assert (waits.status, done.status) == (DeliveryStatus.WAITING, DeliveryStatus.DONE)


async def test_a_transcript_is_asked_for_even_when_its_call_has_left_the_window(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    appears(sandbox, world, "late", datetime.now(UTC) - timedelta(hours=3), transcript=False)
    await services.intake.accept_many(["late"], "webhook")
    await services.jobs.run_until_idle()
    appears(sandbox, world, "late", datetime.now(UTC) - timedelta(hours=3))
    await poller(services, overlap=timedelta(hours=1)).look()
    await services.jobs.run_until_idle()
    done = await services.records.inbox.get(KIND, "late")
    assert done is not None
    assert done.status is DeliveryStatus.DONE


async def test_a_call_that_gong_did_not_know_yet_is_worked_on_when_it_does(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    await services.intake.accept_many(["new"], "webhook")
    await services.jobs.run_until_idle()
    given_up = await services.records.inbox.get(KIND, "new")
    appears(sandbox, world, "new", datetime.now(UTC) - timedelta(hours=1))
    await poller(services).look()
    await services.jobs.run_until_idle()
    done = await services.records.inbox.get(KIND, "new")
    assert given_up is not None
    assert done is not None
    assert (given_up.status, done.status) == (DeliveryStatus.PARKED, DeliveryStatus.DONE)


async def test_two_hundred_and_fifty_calls_cost_six_requests(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    for number in range(249):
        appears(sandbox, world, f"many{number}", NOW - timedelta(hours=number % 40 + 1))
    await poller(services).look()
    assert len(await known(services)) == 250
    assert (asked(sandbox, "extensive"), asked(sandbox, "transcript")) == (3, 3)


async def test_a_private_call_is_taken_in_but_its_transcript_is_never_asked_for(
    services: Services, sandbox: SandboxServer, world: Path
) -> None:
    appears(sandbox, world, "private", NOW - timedelta(hours=1))
    table = sandbox.frame.store.table("gong.calls")
    call = table["private"]
    call["extensive"]["metaData"]["isPrivate"] = True
    table["private"] = call
    await poller(services, overlap=timedelta(hours=2)).look()
    assert await known(services) == {"private"}
    assert asked(sandbox, "transcript") == 0


async def test_gong_being_away_leaves_the_cursor_where_it_was(services: Services, sandbox: SandboxServer) -> None:
    before = (NOW - timedelta(hours=1)).isoformat()
    await services.records.cursors.set(CURSOR, before)
    keys = sandbox.credentials
    url = sandbox.environment()["SOPHIA_GONG_BASE_URL"]
    gong = GongClient(url, keys.gong_access_key, keys.gong_access_key_secret, retry=RetryPolicy(attempts=1))
    sandbox.stop()
    collector = Collector(gong, services.records, services.intake)
    away = Poller(gong, collector, services.records.cursors, Metrics(), FixedClock(NOW), timedelta(hours=48))
    with pytest.raises(Unavailable):
        await away.look()
    with capture_logs() as logs:
        await away.poll()
    await gong.close()
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["poll.failed"]
    assert await services.records.cursors.get(CURSOR) == before


async def test_a_look_that_fails_half_way_begins_again(services: Services, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="revoked_token", path="transcript"))
    away = poller(services)
    await away.poll()
    assert await services.records.cursors.get(CURSOR) is None
    assert await away.look() == 1


async def test_an_empty_window_is_no_error(services: Services) -> None:
    assert await poller(services, at=NOW - timedelta(days=900)).look() == 0
