"""A try at a delivery ends in a clear state, whatever the workflow does, and no two workers share one."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import api.worker
from api.attempt import Attempt, Ended
from api.handlers import call_teller
from api.intake import KIND, Intake
from api.worker import Worker
from core.calls import Call
from core.clock import Clock, FixedClock, SystemClock
from core.errors import Rejected, Unauthorized, Unavailable
from core.jobs import Jobs
from core.metrics import Metrics
from memory.calls import CallStatus
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records

DONE = Ended(reason="analysed")


class Workflow:
    """Stands where the call workflow does: ends each run as the script says, the last entry for all further ones."""

    def __init__(self, *script: Ended | Exception | Callable[[], object]) -> None:
        self.script = list(script)
        self.ran: list[str] = []

    async def __call__(self, delivery: Delivery, attempt: Attempt) -> Ended:
        self.ran.append(delivery.key)
        self.attempt = attempt
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Ended):
            return step
        await asyncio.sleep(0)
        result = step()
        if asyncio.iscoroutine(result):
            await result
        return DONE


def make(
    records: Records,
    jobs: Jobs,
    workflow: Workflow,
    max_attempts: int = 3,
    speed: float = 1,
    clock: Clock | None = None,
    stuck_after: timedelta = timedelta(minutes=10),
) -> Worker:
    worker = Worker(
        records,
        Intake(records, jobs, Metrics()),
        {KIND: workflow, "undo": workflow},
        Metrics(),
        clock or SystemClock(),
        max_attempts=max_attempts,
        speed=speed,
        stuck_after=stuck_after,
        tell={KIND: call_teller(records)},
    )
    for kind in (KIND, "undo"):
        jobs.register(kind, worker.work)
    return worker


async def accepted(records: Records, call_id: str = "77") -> Delivery:
    await records.calls.save(Call(id=call_id), None)
    delivery, _ = await records.inbox.accept(KIND, call_id, {}, "poll")
    return delivery


async def now_stands(records: Records, call_id: str = "77") -> Delivery:
    delivery = await records.inbox.get(KIND, call_id)
    assert delivery is not None
    return delivery


async def test_a_call_that_went_through_is_done_and_never_worked_on_again(records: Records, jobs: Jobs) -> None:
    workflow = Workflow(DONE)
    worker, delivery = make(records, jobs, workflow), await accepted(records)
    await worker.work(str(delivery.id))
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.DONE
    assert workflow.ran == ["77"]


async def test_a_service_that_is_down_makes_the_call_wait_longer_each_time(records: Records, jobs: Jobs) -> None:
    worker = make(records, jobs, Workflow(Unavailable("HubSpot", "does not answer")), max_attempts=9)
    delivery, waits = await accepted(records), []
    for _ in range(4):
        await worker.work(str(delivery.id))
        stands = await now_stands(records)
        assert stands.status is DeliveryStatus.WAITING
        waits.append(stands.due_at - datetime.now(UTC))
        await records.inbox.wait(delivery.id, timedelta(0), "due now")
    stored = await records.calls.get("77")
    assert waits == sorted(waits)
    assert waits[0] > timedelta(seconds=5)
    assert stored is not None
    assert (stored.status, stored.reason) == (CallStatus.WAITING, "HubSpot: does not answer")


async def test_a_service_that_says_when_to_come_back_is_not_asked_sooner(records: Records, jobs: Jobs) -> None:
    asked = timedelta(hours=2)
    worker = make(records, jobs, Workflow(Unavailable("HubSpot", "daily limit", retry_after=asked)))
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).due_at > datetime.now(UTC) + timedelta(hours=1, minutes=59)


async def test_a_service_that_stays_down_parks_the_call_with_the_reason(records: Records, jobs: Jobs) -> None:
    worker = make(records, jobs, Workflow(Unavailable("Gong", "is down")), max_attempts=2)
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    await records.inbox.wait(delivery.id, timedelta(0), "due now")
    await worker.work(str(delivery.id))
    stands, stored = await now_stands(records), await records.calls.get("77")
    assert stands.status is DeliveryStatus.PARKED
    assert stands.reason == "gave up after 2 tries: Gong: is down"
    assert stored is not None
    assert stored.status is CallStatus.FAILED


async def test_a_wrong_credential_never_uses_up_the_tries(records: Records, jobs: Jobs) -> None:
    worker = make(records, jobs, Workflow(Unauthorized("Slack", "token_revoked")), max_attempts=2)
    delivery = await accepted(records)
    for _ in range(5):
        await worker.work(str(delivery.id))
        stands = await now_stands(records)
        assert (stands.status, stands.attempts) == (DeliveryStatus.WAITING, 0)
        assert stands.due_at > datetime.now(UTC) + timedelta(minutes=14)
        await records.inbox.wait(delivery.id, timedelta(0), "due now")


async def test_a_request_that_is_refused_parks_the_call_at_once(records: Records, jobs: Jobs) -> None:
    worker, delivery = make(records, jobs, Workflow(Rejected("HubSpot", "no such property"))), await accepted(records)
    await worker.work(str(delivery.id))
    stands = await now_stands(records)
    assert (stands.status, stands.reason) == (DeliveryStatus.PARKED, "HubSpot: no such property")


async def test_a_fault_of_ours_is_told_and_tried_again(records: Records, jobs: Jobs) -> None:
    worker = make(records, jobs, Workflow(KeyError("stage"), DONE))
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).reason == "KeyError: 'stage'"
    await records.inbox.wait(delivery.id, timedelta(0), "due now")
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_late_transcript_is_no_failed_try_and_follows_the_worlds_clock(records: Records, jobs: Jobs) -> None:
    moment = datetime(2026, 3, 10, tzinfo=UTC)
    late = Ended(reason="late", retry_at=moment + timedelta(minutes=15))
    worker = make(records, jobs, Workflow(late), max_attempts=1, clock=FixedClock(moment))
    delivery = await accepted(records)
    for _ in range(3):
        await worker.work(str(delivery.id))
        stands = await now_stands(records)
        assert (stands.status, stands.attempts, stands.reason) == (DeliveryStatus.WAITING, 0, "late")
        assert stands.due_at > datetime.now(UTC) + timedelta(minutes=14)
        await records.inbox.wait(delivery.id, timedelta(0), "due now", counts=False)


async def test_a_faster_world_shortens_every_wait(records: Records, jobs: Jobs) -> None:
    worker = make(records, jobs, Workflow(Unavailable("Gong", "is down"), DONE), speed=1000)
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).due_at < datetime.now(UTC) + timedelta(seconds=2)


async def test_a_call_that_kills_its_process_every_time_is_parked(records: Records, jobs: Jobs) -> None:
    workflow = Workflow(DONE)
    worker, delivery = make(records, jobs, workflow, max_attempts=2), await accepted(records)
    for process in ("first", "second"):
        await records.inbox.claim(delivery.id, process, timedelta(0))
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.PARKED
    assert workflow.ran == []


async def test_two_workers_never_work_on_one_delivery_at_once(records: Records, jobs: Jobs) -> None:
    at_work, both = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        at_work.set()
        await both.wait()

    first, second = Workflow(hold), Workflow(DONE)
    delivery = await accepted(records)
    working = asyncio.create_task(make(records, jobs, first).work(str(delivery.id)))
    await at_work.wait()
    await make(records, jobs, second).work(str(delivery.id))
    both.set()
    await working
    assert (first.ran, second.ran) == (["77"], [])
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_lease_that_ran_out_while_the_machine_slept_starts_no_second_try_beside_the_first(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, both = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        at_work.set()
        await both.wait()

    workflow = Workflow(hold, DONE)
    worker, delivery = make(records, jobs, workflow), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))
    await at_work.wait()
    waking = datetime.now(UTC) + timedelta(hours=8)
    monkeypatch.setattr(SystemClock, "now", lambda _: waking)
    await worker.work(str(delivery.id))
    assert workflow.ran == ["77"]
    both.set()
    await working
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_work_that_is_stopped_is_given_back_as_it_was(records: Records, jobs: Jobs) -> None:
    at_work, never = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        at_work.set()
        await never.wait()

    workflow = Workflow(hold, DONE)
    worker, delivery = make(records, jobs, workflow), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))
    await at_work.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    stands = await now_stands(records)
    assert (stands.status, stands.attempts, stands.reason) == (DeliveryStatus.WAITING, 0, "interrupted")
    await worker.work(str(delivery.id))
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_worker_that_lost_its_lease_stops_and_leaves_the_delivery_alone(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.worker, "LEASE", timedelta(seconds=0.15))
    at_work, ended = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        at_work.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    worker, delivery = make(records, jobs, Workflow(hold)), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))
    await at_work.wait()
    await records.inbox.park(delivery.id, "taken away by a person")
    await records.inbox.retry(delivery.id)
    await records.inbox.claim(delivery.id, "another", timedelta(minutes=1))
    await working
    stands = await now_stands(records)
    assert ended.is_set()
    assert (stands.status, stands.worker) == (DeliveryStatus.RUNNING, "another")


async def test_a_lease_is_renewed_for_as_long_as_the_work_takes(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.worker, "LEASE", timedelta(seconds=0.3))
    worker, delivery = make(records, jobs, Workflow(lambda: asyncio.sleep(1))), await accepted(records)
    working = asyncio.create_task(worker.work(str(delivery.id)))
    await asyncio.sleep(0.8)
    assert await records.inbox.claim(delivery.id, "another", timedelta(minutes=1)) is None
    await working
    assert (await now_stands(records)).status is DeliveryStatus.DONE


async def test_a_try_that_hangs_is_given_up_and_tried_again(records: Records, jobs: Jobs) -> None:
    hanging = Workflow(lambda: asyncio.Event().wait())
    worker = make(records, jobs, hanging, stuck_after=timedelta(milliseconds=60))
    delivery = await accepted(records)
    await worker.work(str(delivery.id))
    stands = await now_stands(records)
    assert (stands.status, stands.attempts) == (DeliveryStatus.WAITING, 1)
    assert stands.reason == "no progress in step the beginning for 0.001 minutes"
