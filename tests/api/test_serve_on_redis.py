"""`sophia serve` over Redis: processes share the work, and a Redis that is away or forgot everything loses nothing."""

import asyncio
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as redis_client

from sandbox.server import SandboxServer
from tests.api.serving import CALLS, inbox, tell, up
from tests.servers import RedisServer

NO_POLLING = {"SOPHIA_POLL_OVERLAP_HOURS": "0.001"}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own, not started."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(program, tmp_path)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables for a database of each kind."""
    if request.param == "sqlite":
        return {}
    return {"SOPHIA_DATABASE_URL": request.getfixturevalue("postgres_server").new_database()}


@pytest.fixture
def start(sophia: Any, redis: RedisServer) -> Any:
    """Starts a server on a port."""
    return lambda port, **more: sophia.start(
        "serve", SOPHIA_PORT=str(port), SOPHIA_REDIS_URL=redis.url, **NO_POLLING, **more
    )


async def readiness(port: int) -> dict[str, Any]:
    """What /readyz says; nothing while there is no answer."""
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
            return {"status": answer.status_code, **answer.json()}
    except httpx.TransportError:
        return {}


async def stopped(*processes: Any) -> None:
    """Ends the processes in good order."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        output, _ = await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0, output


async def test_two_processes_share_the_work_and_do_nothing_twice(
    start: Any, redis: RedisServer, database: dict[str, str], sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    redis.start()
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    both = [start(each, **database) for each in (port, other)]
    await asyncio.gather(up(until, port), up(until, other))
    assert await readiness(port) == {"status": 200, "database": "ok", "redis": "ok", "jobs": "ok"}
    told = await asyncio.gather(*(tell(sandbox, each, id) for id in CALLS for each in (port, other)))
    assert sorted(told) == [200] * len(CALLS) + [202] * len(CALLS)

    async def all_done() -> bool:
        return (await inbox(other))["done"] == len(CALLS)

    await until(all_done)
    with redis_client.Redis.from_url(redis.url) as client:
        assert client.keys("sophia:*")
    await stopped(*both)
    assert len(made().messages) >= len(CALLS)
    assert not made().twice


async def test_what_comes_while_redis_is_away_is_kept_and_goes_on_when_it_is_back_and_empty(
    start: Any, redis: RedisServer, sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    process = start(port)

    async def waits_for_redis() -> bool:
        away = {"status": 503, "database": "ok", "redis": "not ready", "jobs": "not ready"}
        return await readiness(port) == away

    async def done(count: int) -> bool:
        return (await inbox(port))["done"] == count

    await until(waits_for_redis)
    assert await tell(sandbox, port, CALLS[0]) == 202
    redis.start()
    await up(until, port)
    await until(lambda: done(1))
    redis.kill()
    await until(waits_for_redis)
    assert await tell(sandbox, port, CALLS[1]) == 202
    redis.start()
    with redis_client.Redis.from_url(redis.url) as client:
        client.flushall()
    await up(until, port)
    assert await tell(sandbox, port, CALLS[2]) == 202
    await until(lambda: done(3))
    await stopped(process)
    assert not made().twice
