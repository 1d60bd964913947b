"""What the tests of the model stand on: doubles at the wire, and a pool made as the settings make it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from core.llm.configured import pool_from
from core.llm.pool import ModelPool, Observe
from core.settings import load_settings
from sandbox.model import ModelServer

MakePool = Callable[..., ModelPool]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def second() -> AsyncIterator[ModelServer]:
    """Another server of the same model."""
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def pool_of() -> AsyncIterator[MakePool]:
    """Makes a pool over these servers with these settings; a time-out is long unless a test says otherwise."""
    made: list[ModelPool] = []

    def make(*servers: ModelServer, observe: Observe | None = None, **settings: Any) -> ModelPool:
        named = {
            "model_urls": ",".join(server.url for server in servers),
            "model_key": servers[0].key,
            "model_name": servers[0].models[0],
            "model_timeout_seconds": 20,
        }
        pool = pool_from(load_settings(**(named | settings)), observe)
        assert pool is not None
        made.append(pool)
        return pool

    yield make
    for pool in made:
        await pool.close()


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Waits until something is true, without saying when."""
    return wait_until


async def wait_until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  what is waited for happens in another thread
            await asyncio.sleep(0.005)
