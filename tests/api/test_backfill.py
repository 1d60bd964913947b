"""A backfill works through the past once, goes on where it was stopped, and keeps Gong busy meanwhile."""

import asyncio
import signal
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import api.wiring
from api.backfill import BEGINNING, CURSOR, Backfill, BackfillProgress, parse_since
from api.intake import KIND
from api.place import Place
from api.terminal import BadInput
from api.wiring import Services
from core.errors import Unauthorized
from memory.inbox import Delivery, DeliveryStatus, Inbox
from sandbox.faults import Fault
from sandbox.server import SandboxServer

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(weeks=26)
RECENT = "945901450174836796"


async def backfill(services: Services, since: datetime = LONG_AGO) -> list[BackfillProgress]:
    told: list[BackfillProgress] = []
    last = await Backfill(services, since, None, told.append).run()
    assert told[-1] == last
    return told


def asked(sandbox: SandboxServer) -> dict[str, int]:
    counts: dict[str, int] = sandbox.frame.requests.report()["gong"]["by_path"]
    return {path.rpartition("/")[2]: count for path, count in counts.items()}


async def test_everything_since_then_is_worked_on(services: Services, made: Any) -> None:
    last = (await backfill(services))[-1]
    assert (last.listed, last.fresh, last.total, last.ended, last.waiting) == (4, 4, 4, 4, 0)
    assert {stored.status for stored in await services.records.calls.all()} == {"analysed", "unresolved"}
    assert made().records
    assert made().messages
    assert not made().twice


async def test_only_what_is_since_then_is_worked_on(services: Services) -> None:
    last = (await backfill(services, NOW - timedelta(days=15)))[-1]
    assert (last.listed, last.ended) == (1, 1)


async def test_a_second_backfill_does_nothing_twice(services: Services, sandbox: SandboxServer, made: Any) -> None:
    await backfill(services)
    before, requests = made(), asked(sandbox)
    last = (await backfill(services))[-1]
    assert (last.listed, last.fresh, last.total) == (4, 0, 0)
    assert made() == before
    assert asked(sandbox)["transcript"] == requests["transcript"] == 1


async def test_how_it_stands_is_told_and_never_goes_back(services: Services) -> None:
    told = await backfill(services)
    assert [progress.ended for progress in told] == sorted(progress.ended for progress in told)
    assert all(progress.ended + progress.waiting <= progress.total for progress in told)


async def test_a_call_without_a_start_is_found_when_everything_is_asked_for(
    services: Services, sandbox: SandboxServer
) -> None:
    table = sandbox.frame.store.table("gong.calls")
    call = table[RECENT]
    call["extensive"]["metaData"]["started"] = None
    table[RECENT] = call
    assert (await backfill(services))[-1].listed == 3
    assert (await backfill(services, BEGINNING))[-1].listed == 4
    done = await services.records.inbox.get(KIND, RECENT)
    assert done is not None
    assert done.status is DeliveryStatus.DONE


async def test_a_late_transcript_holds_nobody_up(services: Services, sandbox: SandboxServer) -> None:
    table = sandbox.frame.store.table("gong.calls")
    call = table[RECENT]
    call["extensive"]["metaData"]["started"] = (NOW - timedelta(hours=2)).isoformat()
    call["transcript"] = None
    table[RECENT] = call
    last = (await backfill(services))[-1]
    assert (last.total, last.ended, last.waiting) == (4, 3, 1)


async def test_calls_left_over_by_an_earlier_run_are_taken_up(services: Services) -> None:
    await services.records.inbox.accept(KIND, "4774058834931208838", {}, "webhook")
    last = (await backfill(services, NOW - timedelta(days=15)))[-1]
    assert (last.listed, last.total, last.ended) == (1, 2, 2)


async def test_gong_failing_for_a_while_is_waited_for(services: Services, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="server_error", times=4))
    assert (await backfill(services))[-1].ended == 4


async def test_a_refused_key_ends_the_backfill_with_what_to_do(services: Services, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="revoked_token", times=None))
    with pytest.raises(Unauthorized) as refused:
        await backfill(services)
    assert refused.value.next_step is not None
    assert "SOPHIA_GONG_ACCESS_KEY" in refused.value.next_step


async def test_an_interrupted_listing_goes_on_where_it_stopped(services: Services, sandbox: SandboxServer) -> None:
    listed_at = NOW - timedelta(days=1)
    place = Place(since=LONG_AGO, through=NOW - timedelta(days=16), listed_at=listed_at)
    await services.records.cursors.set(CURSOR, place.model_dump_json())
    last = (await backfill(services, LONG_AGO + timedelta(hours=1)))[-1]
    assert last.listed == 1
    kept = Place.model_validate_json(await services.records.cursors.get(CURSOR) or "")
    assert kept.complete
    assert (await backfill(services))[-1].listed == 4


async def test_a_killed_backfill_is_finished_by_the_next_and_nothing_is_done_twice(
    sophia: Any, sandbox: SandboxServer, made: Any, until: Any, settings: Any
) -> None:
    sandbox.frame.faults.add(Fault(service="slack", kind="slow", times=None, seconds=100))
    running = sophia.start("backfill", "--since", "26w")
    await until(lambda: len(made().records) > 2)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert len(made().messages) < 7
    sandbox.frame.faults.clear()
    finished = sophia.run("backfill", "--since", "26w")
    assert finished.returncode == 0, finished.stderr
    assert len(made().messages) >= 7
    assert not made().twice
    again = sophia.run("backfill", "--since", "26w")
    assert "0 of them new" in again.stdout


async def test_a_call_whose_database_was_locked_when_its_turn_came_gets_another(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.wiring, "REQUEUE_INTERVAL", timedelta(seconds=1))
    claim, turns = Inbox.claim, []

    async def locked_at_first(inbox: Inbox, delivery_id: int, worker: str, lease: timedelta) -> Delivery | None:
        turns.append(delivery_id)
        if len(turns) == 1:
            raise OperationalError("UPDATE inbox", {}, sqlite3.OperationalError("database is locked"))
        return await claim(inbox, delivery_id, worker, lease)

    monkeypatch.setattr(Inbox, "claim", locked_at_first)
    async with asyncio.timeout(60):
        last = (await backfill(services))[-1]
    assert (last.total, last.ended) == (4, 4)


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("90d", datetime(2026, 3, 12, 12, tzinfo=UTC)),
        ("2w", datetime(2026, 5, 27, 12, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("999999d", datetime(2006, 5, 26, 12, tzinfo=UTC)),
    ],
)
def test_since_is_a_span_or_a_day(text: str, begin: datetime) -> None:
    assert parse_since(text, datetime(2026, 6, 10, 12, tzinfo=UTC)) == begin


@pytest.mark.parametrize("text", ["", "ninety", "90", "d", "-3d", "2026-13-01", "2027-01-01", "9999999d", "3 d"])
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_since(text, datetime(2026, 6, 10, tzinfo=UTC))
    assert "90d" in (refused.value.next_step or "")
