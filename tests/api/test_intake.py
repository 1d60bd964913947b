"""A call taken in is on the queue until it is done, whatever becomes of the process or of the queue."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from api.intake import KIND, Intake
from core.errors import Unavailable
from core.identity import worker_name
from core.jobs import Jobs, Queued
from core.metrics import Metrics
from memory.database import Database
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
        broken.setattr(jobs, "enqueue_many", unreachable)
        (delivery,) = await intake.accept_many(["1"], "webhook")
    assert await queue.drain() == []
    assert await intake.requeue() == 1
    assert await queue.drain() == [str(delivery.id)]


async def test_a_delivery_that_waits_is_queued_for_its_moment(
    intake: Intake, records: Records, queue: Queue, until: Any
) -> None:
    delivery, _ = await records.inbox.accept(KIND, "1", {}, "poll")
    await intake.queue(await records.inbox.wait(delivery.id, AN_HOUR, "later"))
    assert await queue.drain() == []
    await intake.queue(await records.inbox.wait(delivery.id, timedelta(seconds=0.2), "a moment"))

    async def worked() -> bool:
        return await queue.drain() == [str(delivery.id)]

    await until(worked)


async def test_a_call_that_is_known_costs_no_write_however_often_it_comes(
    intake: Intake, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await intake.accept("1", "webhook")

    async def never(_work: object) -> None:
        raise AssertionError("a known call was written")

    monkeypatch.setattr(database, "write", never)
    repeated = [await intake.accept("1", "webhook") for _ in range(50)]
    assert [is_new for _, is_new in repeated] == [False] * 50
    assert await intake.accept_many(["1", "1"], "poll") == []


async def test_a_call_accepted_many_times_at_once_is_new_once(intake: Intake) -> None:
    told = await asyncio.gather(*(intake.accept("1", "webhook") for _ in range(20)))
    assert sum(is_new for _, is_new in told) == 1
    assert len({delivery.id for delivery, _ in told}) == 1


async def test_a_thousand_unfinished_deliveries_are_queued_in_a_few_round_trips(
    intake: Intake, records: Records, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await records.inbox.accept_many(KIND, [str(number) for number in range(1000)], "poll")
    batches: list[int] = []
    really = jobs.enqueue_many

    async def counted(queued: Sequence[Queued]) -> None:
        batches.append(len(queued))
        await really(queued)

    monkeypatch.setattr(jobs, "enqueue_many", counted)
    assert await intake.requeue() == 1000
    assert batches == [1000]


async def test_a_kind_that_nobody_here_knows_is_left_to_a_newer_sophia(
    intake: Intake, records: Records, queue: Queue
) -> None:
    await records.inbox.accept("survey", "1", {}, "poll")
    call, _ = await records.inbox.accept(KIND, "1", {}, "poll")
    await intake.requeue()
    assert await queue.drain() == [str(call.id)]
