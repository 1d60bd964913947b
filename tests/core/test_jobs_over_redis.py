"""Over Redis jobs are shared by processes, kept apart by installation, and outlive a process that is killed."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from core.errors import Unavailable
from core.jobs import Jobs, Queued
from tests.servers import RedisServer

DYING_WORKER = """
import asyncio, sys
from core.jobs import Jobs

async def main() -> None:
    async def work(argument: str) -> None:
        print("began", flush=True)
        await asyncio.sleep(3600)
    async with Jobs(sys.argv[1], sys.argv[2], 8) as jobs:
        jobs.register("call", work)
        await jobs.run()

asyncio.run(main())
"""


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own, not started yet."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(program, tmp_path)
    yield server
    server.stop()


async def test_a_redis_that_is_not_there_is_a_service_that_is_down() -> None:
    with pytest.raises(Unavailable, match="redis: the queue of jobs cannot be reached"):
        async with Jobs("redis://127.0.0.1:1/0", "test", 8):
            pass


async def test_two_installations_on_one_redis_do_not_see_each_other(redis_server: str) -> None:
    ran: list[str] = []

    async def mine(argument: str) -> None:
        ran.append(f"mine {argument}")

    async def theirs(argument: str) -> None:
        ran.append(f"theirs {argument}")

    async with Jobs(redis_server, uuid4().hex, 8) as one, Jobs(redis_server, uuid4().hex, 8) as other:
        one.register("call", mine)
        other.register("call", theirs)
        await one.enqueue("call", "7", key="7")
        await other.run_until_idle()
        await one.run_until_idle()
    assert ran == ["mine 7"]


async def test_a_periodic_job_runs_once_for_all_processes(redis_server: str) -> None:
    name, ran = uuid4().hex, []
    polled, done = asyncio.Event(), asyncio.Event()

    async def poll(argument: str) -> None:
        ran.append(argument)
        polled.set()

    async def last(_argument: str) -> None:
        done.set()

    async with Jobs(redis_server, name, 2) as first, Jobs(redis_server, name, 2) as second, asyncio.timeout(20):
        for jobs in (first, second):
            jobs.register("poll", poll)
            jobs.register("last", last)
            jobs.every("poll", timedelta(hours=1))
        working = [asyncio.create_task(jobs.run()) for jobs in (first, second)]
        await polled.wait()
        await first.enqueue("last", "", key="last", when=datetime.now(UTC) + timedelta(milliseconds=300))
        await done.wait()
        first.stop()
        second.stop()
        await asyncio.gather(*working)
    assert len(ran) == 1


async def test_the_job_of_a_killed_process_is_given_to_another(redis_server: str) -> None:
    name, ran = uuid4().hex, []

    async def work(argument: str) -> None:
        ran.append(argument)

    async with Jobs(redis_server, name, 8, redelivery=timedelta(milliseconds=500)) as jobs:
        jobs.register("call", work)
        await jobs.enqueue("call", "7", key="7")
        process = subprocess.Popen(  # noqa: ASYNC220 - it must be a real process, to be killed
            [sys.executable, "-c", DYING_WORKER, redis_server, name],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"began\n"
        process.kill()
        await asyncio.to_thread(process.wait)
        process.stdout.close()
        await jobs.run_until_idle()
    assert ran == ["7"]


async def test_a_patient_worker_begins_without_redis_and_works_once_it_is_there(own_redis: RedisServer) -> None:
    done = asyncio.Event()

    async def work(_argument: str) -> None:
        done.set()

    async with Jobs(own_redis.url, uuid4().hex, 8, patient=True) as jobs, asyncio.timeout(60):
        jobs.register("call", work)
        working = asyncio.create_task(jobs.run())
        assert not await jobs.answers()
        with pytest.raises(Unavailable):
            await jobs.enqueue("call", "7", key="7")
        await asyncio.to_thread(own_redis.start)
        assert await jobs.answers()
        await jobs.enqueue("call", "7", key="7")
        await done.wait()
        jobs.stop()
        await working


@pytest.mark.parametrize("forgets", [False, True])
async def test_jobs_and_series_go_on_after_redis_was_killed(own_redis: RedisServer, forgets: bool) -> None:
    ran: list[str] = []
    returned, done = asyncio.Event(), asyncio.Event()

    async def work(argument: str) -> None:
        ran.append(argument)
        done.set()

    async def tick(_argument: str) -> None:
        ticked.set()

    async def back() -> None:
        returned.set()

    ticked = asyncio.Event()
    await asyncio.to_thread(own_redis.start)
    async with Jobs(own_redis.url, uuid4().hex, 8, redelivery=timedelta(seconds=1)) as jobs, asyncio.timeout(90):
        jobs.register("call", work)
        jobs.register("tick", tick)
        jobs.every("tick", timedelta(milliseconds=100))
        jobs.when_back(back)
        working = asyncio.create_task(jobs.run())
        await ticked.wait()
        with capture_logs() as logs:
            own_redis.kill()
            while "redis.away" not in [line["event"] for line in logs]:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        await asyncio.to_thread(own_redis.start)
        if forgets:
            async with Redis.from_url(own_redis.url) as client:
                await client.flushall()
        await returned.wait()
        ticked.clear()
        await jobs.enqueue("call", "7", key="7")
        await done.wait()
        await ticked.wait()
        jobs.stop()
        await working
    assert ran == ["7"]


async def test_many_jobs_are_queued_at_once_and_none_twice(redis_server: str) -> None:
    ran: list[str] = []

    async def work(argument: str) -> None:
        ran.append(argument)

    async with Jobs(redis_server, uuid4().hex, 50) as jobs:
        jobs.register("call", work)
        queued = [Queued("call", str(number), key=str(number)) for number in range(300)]
        await jobs.enqueue_many(queued)
        await jobs.enqueue_many(queued)
        await jobs.run_until_idle()
    assert sorted(ran, key=int) == [str(number) for number in range(300)]
