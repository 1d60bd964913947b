"""How a try ends that is not its own doing: drained, stuck, hanging in a thread, or without its database."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langgraph.errors import GraphDrained
from structlog.testing import capture_logs

import api.worker
from api.attempt import Attempt, Ended, Handler
from api.intake import KIND, Intake
from api.worker import Worker
from core.clock import SystemClock
from core.errors import Unavailable
from core.jobs import Jobs
from core.metrics import Metrics
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records


class Steps:
    """Does what a graph does: tells each step, and looks between two whether it is to drain."""

    def __init__(self) -> None:
        self.at_work, self.go_on = asyncio.Event(), asyncio.Event()
        self.attempts: list[Attempt] = []

    async def __call__(self, _delivery: Delivery, attempt: Attempt) -> Ended:
        self.attempts.append(attempt)
        for step in ("resolve", "apply"):
            if attempt.drain_requested:
                raise GraphDrained("shutdown")
            attempt.progress(step)
            self.at_work.set()
            await self.go_on.wait()
        return Ended(reason="analysed")


def make(records: Records, jobs: Jobs, handlers: dict[str, Handler], **options: Any) -> Worker:
    metrics = Metrics()
    worker = Worker(
        records, Intake(records, jobs, metrics), handlers, metrics, SystemClock(), **{"max_attempts": 3, **options}
    )
    for kind in handlers:
        jobs.register(kind, worker.work)
    return worker


async def accepted(records: Records, key: str = "77", kind: str = KIND) -> Delivery:
    return (await records.inbox.accept(kind, key, {}, "poll"))[0]


async def now_stands(records: Records, key: str = "77", kind: str = KIND) -> Delivery:
    delivery = await records.inbox.get(kind, key)
    assert delivery is not None
    return delivery


async def test_a_drained_try_counts_as_none_and_is_due_at_once(records: Records, jobs: Jobs) -> None:
    steps = Steps()
    worker, delivery = make(records, jobs, {KIND: steps}), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))
    await steps.at_work.wait()
    assert worker.drain() == 1
    steps.go_on.set()
    await working
    stands = await now_stands(records)
    assert (stands.status, stands.attempts, stands.reason) == (DeliveryStatus.WAITING, 0, "interrupted")
    assert (stands.step, worker.drained) == ("resolve", 1)
    assert stands.due_at <= datetime.now(UTC)


async def test_while_draining_nothing_new_is_begun(records: Records, jobs: Jobs) -> None:
    steps = Steps()
    worker, delivery = make(records, jobs, {KIND: steps}), await accepted(records)
    assert worker.drain() == 0
    await worker.work(str(delivery.id))
    assert steps.attempts == []
    assert (await now_stands(records)).status is DeliveryStatus.RECEIVED


async def test_each_kind_has_its_own_handler(records: Records, jobs: Jobs) -> None:
    worked: list[str] = []

    def handler(name: str) -> Handler:
        async def handle(delivery: Delivery, _attempt: Attempt) -> Ended:
            worked.append(f"{name} {delivery.key}")
            return Ended()

        return handle

    worker = make(records, jobs, {kind: handler(kind) for kind in (KIND, "undo")})
    for kind in (KIND, "undo"):
        await worker.work(str((await accepted(records, "7", kind)).id))
    assert worked == ["call 7", "undo 7"]


async def test_only_those_who_ask_are_told_of_a_delivery_that_waits(records: Records, jobs: Jobs) -> None:
    told: list[str] = []

    async def tell(delivery: Delivery, result: str, reason: str) -> None:
        told.append(f"{delivery.kind} {result}: {reason}")

    async def away(_delivery: Delivery, _attempt: Attempt) -> Ended:
        raise Unavailable("HubSpot", "is down")

    worker = make(records, jobs, {KIND: away, "undo": away}, tell={KIND: tell})
    for kind in (KIND, "undo"):
        await worker.work(str((await accepted(records, "7", kind)).id))
    assert told == ["call waiting: HubSpot: is down"]
    assert (await now_stands(records, "7", "undo")).status is DeliveryStatus.WAITING


async def test_a_try_that_comes_no_further_is_ended_and_counts(records: Records, jobs: Jobs) -> None:
    steps = Steps()
    worker = make(records, jobs, {KIND: steps}, stuck_after=timedelta(milliseconds=120))
    delivery = await accepted(records)
    with capture_logs() as logs:
        await worker.work(str(delivery.id))
    stands = await now_stands(records)
    assert (stands.status, stands.attempts, stands.step) == (DeliveryStatus.WAITING, 1, "resolve")
    assert stands.reason == "no progress in step resolve for 0.002 minutes"
    assert "delivery.stuck" in [line["event"] for line in logs]
    assert b'sophia_runs_stuck_total{found="no_progress"} 1.0' in worker._metrics.show({}, {}, {}, {})


async def test_a_try_that_comes_further_slowly_is_left_to_it(records: Records, jobs: Jobs) -> None:
    async def slow(_delivery: Delivery, attempt: Attempt) -> Ended:
        for step in range(8):
            attempt.progress(str(step))
            await asyncio.sleep(0.2)
        return Ended()

    worker = make(records, jobs, {KIND: slow}, stuck_after=timedelta(seconds=1))
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_thread_that_hangs_keeps_nobody_from_working(records: Records, jobs: Jobs) -> None:
    release = threading.Event()

    async def hang(_delivery: Delivery, attempt: Attempt) -> Ended:
        attempt.progress("analyse")
        await asyncio.to_thread(release.wait)
        return Ended()

    worker = make(records, jobs, {KIND: hang}, stuck_after=timedelta(milliseconds=60))
    delivery = await accepted(records)
    try:
        await worker.work(str(delivery.id))
        assert (await now_stands(records)).reason == "no progress in step analyse for 0.001 minutes"
    finally:
        release.set()


async def test_a_try_that_will_not_be_cancelled_is_left_behind(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.worker, "LEAVING", timedelta(milliseconds=50))
    release = asyncio.Event()

    async def stubborn(_delivery: Delivery, _attempt: Attempt) -> Ended:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return Ended()

    worker = make(records, jobs, {KIND: stubborn}, stuck_after=timedelta(milliseconds=60))
    delivery = await accepted(records)
    with capture_logs() as logs:
        await worker.work(str(delivery.id))
    release.set()
    assert "try.left_behind" in [line["event"] for line in logs]
    assert (await now_stands(records)).status is DeliveryStatus.WAITING


async def test_how_far_a_try_is_stands_in_its_row_while_it_works(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    monkeypatch.setattr(api.worker, "LEASE", timedelta(seconds=0.3))
    steps = Steps()
    worker, delivery = make(records, jobs, {KIND: steps}), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))

    async def told() -> bool:
        stands = await now_stands(records)
        return (stands.status, stands.step) == (DeliveryStatus.RUNNING, "resolve") and stands.progress_at is not None

    await until(told)
    steps.go_on.set()
    await working
    stands = await now_stands(records)
    assert (stands.status, stands.step) == (DeliveryStatus.DONE, None)


async def test_a_database_that_is_away_uses_up_no_try(records: Records, jobs: Jobs) -> None:
    async def away(_delivery: Delivery, _attempt: Attempt) -> Ended:
        raise Unavailable("database", "PostgreSQL is away")

    worker, delivery = make(records, jobs, {KIND: away}, max_attempts=1), await accepted(records)
    for _ in range(3):
        await worker.work(str(delivery.id))
        stands = await now_stands(records)
        assert (stands.status, stands.attempts) == (DeliveryStatus.WAITING, 0)
        await records.inbox.wait(delivery.id, timedelta(0), "due now")


async def test_how_a_try_ended_is_written_down_once_the_database_is_back(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.worker, "SETTLE_PAUSE", timedelta(milliseconds=10))
    refusals = [Unavailable("database", "PostgreSQL is away")] * 3
    really_done = records.inbox.done

    async def done(*arguments: Any, **named: Any) -> Delivery:
        if refusals:
            raise refusals.pop()
        return await really_done(*arguments, **named)

    async def handle(_delivery: Delivery, _attempt: Attempt) -> Ended:
        return Ended()

    monkeypatch.setattr(records.inbox, "done", done)
    worker, delivery = make(records, jobs, {KIND: handle}), await accepted(records)
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_lease_that_cannot_be_renewed_for_a_while_does_not_end_the_try(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    monkeypatch.setattr(api.worker, "LEASE", timedelta(seconds=0.1))
    asked: list[int] = []

    async def away(*_: Any, **__: Any) -> bool:
        asked.append(1)
        raise Unavailable("database", "PostgreSQL is away")

    steps = Steps()
    worker, delivery = make(records, jobs, {KIND: steps}), await accepted(records)
    with monkeypatch.context() as broken:
        broken.setattr(records.inbox, "renew", away)
        working = asyncio.create_task(worker.work(str(delivery.id)))
        await until(lambda: len(asked) >= 3)
    steps.go_on.set()
    await working
    assert (await now_stands(records)).status is DeliveryStatus.DONE
