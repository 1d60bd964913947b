"""A known call that Gong has another transcript of is worked on once more; one that it has not costs a look."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.intake import KIND
from api.poll import Poller
from api.wiring import Services
from core.clock import FixedClock
from core.metrics import Metrics
from memory.inbox import DeliveryStatus
from sandbox.gong.webhook import delivery
from sandbox.server import SandboxServer

CALL = "945901450174836796"
"""The one call of the small world that is one to two weeks old."""
URL = "http://127.0.0.1/webhooks/gong"


def half(sandbox: SandboxServer) -> None:
    """Of the call only the first half of its transcript is there, and it is as long as that."""
    change(sandbox, lambda turns: turns[: len(turns) // 2], 600)


def whole(sandbox: SandboxServer, world: dict[str, Any], duration: int = 1800) -> None:
    change(sandbox, lambda _: world["transcript"]["transcript"], duration)


def change(sandbox: SandboxServer, turns: Any, duration: int) -> None:
    table = sandbox.frame.store.table("gong.calls")
    call = copy.deepcopy(table[CALL])
    call["transcript"]["transcript"] = turns(call["transcript"]["transcript"])
    call["extensive"]["metaData"]["duration"] = duration
    table[CALL] = call


@pytest.fixture
def given(sandbox: SandboxServer) -> dict[str, Any]:
    """The call as the bundled data has it."""
    call: dict[str, Any] = copy.deepcopy(sandbox.frame.store.table("gong.calls")[CALL])
    half(sandbox)
    return call


async def look(services: Services) -> None:
    now = FixedClock(datetime.now(UTC))
    cursors, overlap = services.records.cursors, timedelta(days=15)
    await Poller(services.context.calls, services.collector, cursors, Metrics(), now, overlap).look()
    await services.jobs.run_until_idle()


async def turns_read(services: Services) -> int:
    stored = await services.records.calls.get(CALL)
    assert stored is not None
    assert stored.transcript is not None
    assert stored.analysis is not None
    assert (await stands(services)).status is DeliveryStatus.DONE
    return len(stored.transcript.turns)


async def stands(services: Services) -> Any:
    return await services.records.inbox.get(KIND, CALL)


def transcripts_asked(sandbox: SandboxServer) -> int:
    count: int = sandbox.frame.requests.report()["gong"]["by_path"]["POST /v2/calls/transcript"]
    return count


async def tell(door: httpx.AsyncClient, sandbox: SandboxServer, services: Services) -> int:
    made = delivery(sandbox.frame, CALL, URL)
    answer = await door.post(URL, content=made.body, headers=dict(made.headers))
    await services.jobs.run_until_idle()
    return answer.status_code


async def test_a_look_sees_by_its_length_that_a_call_has_another_transcript(
    services: Services, sandbox: SandboxServer, given: dict[str, Any], made: Any
) -> None:
    await look(services)
    first, read, asked = made(), await turns_read(services), transcripts_asked(sandbox)
    await look(services)
    assert transcripts_asked(sandbox) == asked
    whole(sandbox, given)
    await look(services)
    assert await turns_read(services) > read
    assert not made().twice
    assert set(first.records) <= set(made().records)
    assert transcripts_asked(sandbox) == asked + 1
    await look(services)
    assert transcripts_asked(sandbox) == asked + 1


async def test_a_call_that_is_told_of_again_is_read_anew_when_it_is_longer(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, given: dict[str, Any], made: Any
) -> None:
    assert await tell(door, sandbox, services) == 202
    read = await turns_read(services)
    whole(sandbox, given)
    assert await tell(door, sandbox, services) == 200
    assert await turns_read(services) > read
    assert not made().twice


async def test_one_that_is_told_of_again_as_it_was_is_looked_at_later_once(
    door: httpx.AsyncClient, services: Services, sandbox: SandboxServer, given: dict[str, Any], until: Any
) -> None:
    await tell(door, sandbox, services)
    read, asked = await turns_read(services), transcripts_asked(sandbox)
    whole(sandbox, given, 600)  # corrected, and as long as before
    for _ in range(3):
        await tell(door, sandbox, services)
    waits = await stands(services)
    assert (waits.status, waits.reason) == (DeliveryStatus.WAITING, "Gong told of the call again")
    assert transcripts_asked(sandbox) == asked
    await services.records.inbox.retry(waits.id)
    await services.worker.work(str(waits.id))
    assert await turns_read(services) > read
    assert transcripts_asked(sandbox) == asked + 1


async def test_a_call_of_which_gong_says_nothing_new_is_left_as_it_is(
    services: Services, sandbox: SandboxServer, given: dict[str, Any]
) -> None:
    await look(services)
    hubspot = sandbox.frame.requests.report()["hubspot"]["total"]
    await services.intake.accept_again([CALL], "webhook", "told again", fetch=True)
    await services.worker.work(str((await stands(services)).id))
    after = await stands(services)
    assert (after.status, after.reason) == (DeliveryStatus.DONE, "Gong says nothing new of this call")
    assert after.payload == {"again": False, "fetch": False}
    assert sandbox.frame.requests.report()["hubspot"]["total"] == hubspot
