"""A call taken in is on the queue until it is done, whatever becomes of the process or of the queue."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from api.identity import worker_name
from api.intake import KIND, Intake
from core.errors import Unavailable
from core.jobs import Jobs
from core.metrics import Metrics
from memory.inbox import DeliveryStatus
from memory.records import Records

AN_HOUR = timedelta(hours=1)


class Queue:
    """What came off the queue."""

    def __init__(self, jobs: Jobs) -> None:
        self.worked: list[str] = []
        self._jobs = jobs
        jobs.register(KIND, self._work)

    async def _work(self, delivery_id: str) -> None:
        self.worked.append(delivery_id)

    async def drain(self) -> list[str]:
        await self._jobs.run_until_idle()
        return sorted(self.worked)


@pytest.fixture
def intake(records: Records, jobs: Jobs) -> Intake:
    return Intake(records, jobs, Metrics())


@pytest.fixture
def queue(jobs: Jobs) -> Queue:
    return Queue(jobs)


def ended_process() -> int:
    told = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(told.stdout)


async def test_only_calls_never_seen_are_taken_in(intake: Intake, queue: Queue) -> None:
    first = await intake.accept_many(["1", "2", "2"], "poll")
    second = await intake.accept_many(["2", "3"], "backfill")
    assert [delivery.key for delivery in first] == ["1", "2"]
    assert [delivery.key for delivery in second] == ["3"]
    assert len(await queue.drain()) == 3


async def test_a_delivery_queued_many_times_is_worked_on_once(intake: Intake, queue: Queue) -> None:
    (delivery,) = await intake.accept_many(["1"], "poll")
    await asyncio.gather(*(intake.queue(delivery) for _ in range(5)))
    assert await queue.drain() == [str(delivery.id)]


async def test_start_up_queues_what_is_unfinished_and_nothing_else(
    intake: Intake, records: Records, queue: Queue
) -> None:
    ids = {name: (await records.inbox.accept(KIND, name, {}, "poll"))[0].id for name in "abcde"}
    await records.inbox.done(ids["b"])
    await records.inbox.park(ids["c"], "refused")
    await records.inbox.wait(ids["d"], AN_HOUR, "later")
    await records.inbox.claim(ids["e"], "another", AN_HOUR)
    assert await intake.requeue() == 1
    assert await queue.drain() == [str(ids["a"])]


async def test_what_a_dead_process_held_is_taken_over_at_once(intake: Intake, records: Records, queue: Queue) -> None:
    delivery, _ = await records.inbox.accept(KIND, "1", {}, "poll")
    dead = worker_name().replace(f"|{os.getpid()}|", f"|{ended_process()}|")
    await records.inbox.claim(delivery.id, dead, AN_HOUR)
    assert await intake.requeue() == 1
    freed = await records.inbox.get(KIND, "1")
    assert freed is not None
    assert (freed.status, freed.attempts) == (DeliveryStatus.WAITING, 1)
    assert await queue.drain() == [str(delivery.id)]


async def test_what_a_living_process_holds_is_left_to_it(intake: Intake, records: Records, queue: Queue) -> None:
    delivery, _ = await records.inbox.accept(KIND, "1", {}, "poll")
    await records.inbox.claim(delivery.id, worker_name(), AN_HOUR)
    assert await intake.requeue() == 0
    assert await queue.drain() == []


async def test_a_transcript_that_came_makes_its_call_due_and_leaves_the_others(
    intake: Intake, records: Records, queue: Queue
) -> None:
    ids = {name: (await records.inbox.accept(KIND, name, {}, "poll"))[0].id for name in "abcd"}
    await records.inbox.wait(ids["a"], AN_HOUR, "late")
    await records.inbox.park(ids["b"], "no transcript within 48 hours")
    await records.inbox.done(ids["c"])
    await records.inbox.wait(ids["d"], AN_HOUR, "late")
    assert await intake.hasten(["a", "b", "c", "unknown"]) == 2
    assert await queue.drain() == sorted([str(ids["a"]), str(ids["b"])])


async def test_a_queue_out_of_reach_loses_nothing(
    records: Records, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*_: object, **__: object) -> None:
        raise Unavailable("redis", "jobs cannot be queued")

    intake, queue = Intake(records, jobs, Metrics()), Queue(jobs)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "enqueue", unreachable)
        (delivery,) = await intake.accept_many(["1"], "webhook")
    assert await queue.drain() == []
    assert await intake.requeue() == 1
    assert await queue.drain() == [str(delivery.id)]


async def test_a_delivery_that_waits_is_queued_for_its_moment(intake: Intake, records: Records, queue: Queue) -> None:
    delivery, _ = await records.inbox.accept(KIND, "1", {}, "poll")
    later = await records.inbox.wait(delivery.id, timedelta(seconds=0.5), "a moment")
    await intake.queue(later)
    assert await queue.drain() == []
    await asyncio.sleep(max(0.0, (later.due_at - datetime.now(UTC)).total_seconds()) + 0.3)
    assert await queue.drain() == [str(delivery.id)]
