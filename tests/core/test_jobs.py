"""Jobs run once for each key, on time and within the concurrency, in this process and over Redis."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import structlog
from structlog.testing import capture_logs

from core.errors import ConfigurationError
from core.jobs import Jobs

MakeJobs = Callable[..., Jobs]


@pytest.fixture(params=["memory", "redis"])
def make_jobs(request: pytest.FixtureRequest) -> MakeJobs:
    """Makes jobs of an installation of this test's own, in this process and over Redis."""
    url = None if request.param == "memory" else request.getfixturevalue("redis_server")
    name = uuid4().hex

    def make(concurrency: int = 8, **options: object) -> Jobs:
        return Jobs(url, name, concurrency, **options)  # type: ignore[arg-type]

    return make


class Recorder:
    """A job that notes its arguments."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    async def __call__(self, argument: str) -> None:
        self.ran.append(argument)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is awaited is the state of an engine without an event
            await asyncio.sleep(0.005)


async def test_every_queued_job_runs_with_its_argument(make_jobs: MakeJobs) -> None:
    call, poll = Recorder(), Recorder()
    async with make_jobs() as jobs:
        jobs.register("call", call)
        jobs.register("poll", poll)
        for n in range(50):
            await jobs.enqueue("call", str(n), key=str(n))
        await jobs.enqueue("poll", "gong", key="1")
        await jobs.run_until_idle()
        assert sorted(call.ran, key=int) == [str(n) for n in range(50)]
        assert poll.ran == ["gong"]


async def test_a_pending_key_runs_once_and_may_be_queued_again_when_it_has_run(make_jobs: MakeJobs) -> None:
    call = Recorder()
    async with make_jobs() as jobs:
        jobs.register("call", call)
        for argument in ("first", "second"):
            await jobs.enqueue("call", argument, key="7")
        await jobs.run_until_idle()
        assert call.ran == ["first"]
        await jobs.enqueue("call", "third", key="7")
        await jobs.run_until_idle()
        assert call.ran == ["first", "third"]


async def test_a_job_queued_again_while_it_runs_runs_once_more_afterwards(make_jobs: MakeJobs) -> None:
    at_once: list[int] = []
    async with make_jobs() as jobs:

        async def again(argument: str) -> None:
            at_once.append(1)
            if len(at_once) < 3:
                await jobs.enqueue("call", argument, key="7")
                await jobs.enqueue("call", argument, key="7", when=datetime.now(UTC) + timedelta(days=1))

        jobs.register("call", again)
        await jobs.enqueue("call", "7", key="7")
        await jobs.run_until_idle()
        assert len(at_once) == 3


async def test_no_more_jobs_run_at_once_than_the_concurrency(make_jobs: MakeJobs) -> None:
    running, most = 0, 0

    async def work(_argument: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    async with make_jobs(concurrency=3) as jobs:
        jobs.register("call", work)
        for n in range(12):
            await jobs.enqueue("call", str(n), key=str(n))
        await jobs.run_until_idle()
    assert most == 3


async def test_a_failing_job_is_logged_and_told_and_the_others_go_on(make_jobs: MakeJobs) -> None:
    ended: list[tuple[str, str, bool]] = []
    good = Recorder()

    async def bad(_argument: str) -> None:
        raise ValueError("the deal has no stage")

    jobs = make_jobs(observe=lambda name, result, seconds: ended.append((name, result, seconds >= 0)))
    jobs.register("bad", bad)
    jobs.register("good", good)
    with capture_logs() as logs:
        async with jobs:
            await jobs.enqueue("bad", "7", key="7")
            await jobs.run_until_idle()
            await jobs.enqueue("good", "8", key="8")
            await jobs.run_until_idle()
    assert good.ran == ["8"]
    assert ended == [("bad", "failed", True), ("good", "done", True)]
    [failure] = [log for log in logs if log["event"] == "job.failed"]
    assert (failure["job"], failure["argument"], str(failure["exc_info"])) == ("bad", "7", "the deal has no stage")


async def test_what_a_job_logs_carries_its_name(make_jobs: MakeJobs) -> None:
    bound: list[dict[str, object]] = []

    async def look(_argument: str) -> None:
        bound.append(structlog.contextvars.get_contextvars())

    async with make_jobs() as jobs:
        jobs.register("call", look)
        await jobs.enqueue("call", "7", key="7")
        await jobs.run_until_idle()
    assert bound == [{"job": "call"}]
    assert structlog.contextvars.get_contextvars() == {}


async def test_a_job_for_later_waits_for_its_time(make_jobs: MakeJobs) -> None:
    call = Recorder()
    async with make_jobs() as jobs:
        jobs.register("call", call)
        await jobs.enqueue("call", "tomorrow", key="1", when=datetime.now(UTC) + timedelta(days=1))
        await jobs.enqueue("call", "soon", key="2", when=datetime.now(UTC) + timedelta(milliseconds=300))
        await jobs.enqueue("call", "yesterday", key="3", when=datetime.now(UTC) - timedelta(days=1))
        await jobs.run_until_idle()
        assert call.ran == ["yesterday"]
        working = asyncio.create_task(jobs.run())
        await _until(lambda: len(call.ran) == 2)
        jobs.stop()
        await working
    assert call.ran == ["yesterday", "soon"]


async def test_a_periodic_job_runs_again_and_again_though_it_fails(make_jobs: MakeJobs) -> None:
    ran: list[str] = []

    async def poll(argument: str) -> None:
        ran.append(argument)
        raise ConnectionError("Gong is down")

    async with make_jobs() as jobs:
        jobs.register("poll", poll)
        jobs.every("poll", timedelta(milliseconds=50))
        await jobs.run_until_idle()
        assert ran == []
        working = asyncio.create_task(jobs.run())
        await _until(lambda: len(ran) >= 3)
        jobs.stop()
        await working
    assert set(ran) == {""}


async def test_stopping_lets_what_runs_come_to_its_end_and_begins_nothing_new(make_jobs: MakeJobs) -> None:
    began, ended = asyncio.Event(), []

    async def slow(argument: str) -> None:
        began.set()
        await asyncio.sleep(0.3)
        ended.append(argument)

    async with make_jobs(concurrency=1) as jobs:
        jobs.register("call", slow)
        await jobs.enqueue("call", "running", key="1")
        working = asyncio.create_task(jobs.run())
        await began.wait()
        assert jobs.running
        await jobs.enqueue("call", "queued", key="2")
        jobs.stop()
        await working
        assert not jobs.running
        assert ended == ["running"]
        await jobs.run_until_idle()
        assert ended == ["running", "queued"]


async def test_cancelling_the_work_drains_it_too(make_jobs: MakeJobs) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow(_argument: str) -> None:
        began.set()
        await asyncio.sleep(0.2)
        ended.set()

    async with make_jobs() as jobs:
        jobs.register("call", slow)
        await jobs.enqueue("call", "7", key="7")
        working = asyncio.create_task(jobs.run())
        await began.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    assert ended.is_set()


async def test_a_job_that_outlasts_the_drain_is_cancelled_and_run_again_by_the_next_worker(make_jobs: MakeJobs) -> None:
    fates: list[str] = []
    began = asyncio.Event()

    async def endless(_argument: str) -> None:
        began.set()
        if fates:
            fates.append("ran again")
            return
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            fates.append("cancelled")
            raise

    options = {"drain": timedelta(milliseconds=50), "redelivery": timedelta(milliseconds=500)}
    async with make_jobs(**options) as jobs:
        jobs.register("call", endless)
        await jobs.enqueue("call", "7", key="7")
        working = asyncio.create_task(jobs.run())
        await began.wait()
        with capture_logs() as logs:
            jobs.stop()
            await working
        assert fates == ["cancelled"]
        assert [(log["event"], log["running"]) for log in logs] == [("jobs.cancelled", ["call:7"])]
        await jobs.run_until_idle()
    assert fates == ["cancelled", "ran again"]


async def test_stopped_before_it_began_the_work_ends_at_once_and_can_begin_again(make_jobs: MakeJobs) -> None:
    call = Recorder()
    async with make_jobs() as jobs:
        jobs.register("call", call)
        jobs.stop()
        await jobs.run()
        await jobs.enqueue("call", "7", key="7")
        await jobs.run_until_idle()
    assert call.ran == ["7"]


async def test_a_job_that_was_never_registered_is_refused(make_jobs: MakeJobs) -> None:
    async with make_jobs() as jobs:
        with pytest.raises(ConfigurationError, match="no job named call"):
            await jobs.enqueue("call", "7", key="7")
        with pytest.raises(ConfigurationError, match="no job named poll"):
            jobs.every("poll", timedelta(minutes=1))


async def test_jobs_are_used_inside_their_context(make_jobs: MakeJobs) -> None:
    jobs = make_jobs()
    jobs.register("call", Recorder())
    with pytest.raises(ConfigurationError, match="outside of their `async with`"):
        await jobs.enqueue("call", "7", key="7")


async def test_the_engine_is_silent_and_no_task_is_left_behind(
    make_jobs: MakeJobs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    before = asyncio.all_tasks()
    async with make_jobs() as jobs:
        jobs.register("call", Recorder())
        await jobs.enqueue("call", "7", key="7")
        await jobs.run_until_idle()
    assert asyncio.all_tasks() == before
    assert caplog.records == []
