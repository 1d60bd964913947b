"""The model analyst on the real pool, against the double of a model server."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from core.llm.configured import pool_from
from core.llm.pool import ModelPool
from core.settings import load_settings
from nodes.call_analysis.judging import Agreement, Allowance, JudgingAnalyst
from sandbox.model import ModelServer

MakeAnalyst = Callable[..., JudgingAnalyst]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def analyst_on() -> AsyncIterator[MakeAnalyst]:
    """Makes an analyst on a server; `context` is what the settings say of it, right or wrong."""
    pools: list[ModelPool] = []

    def make(
        server: ModelServer, context: int = 32_768, parallel: int = 4, promotes: bool = False, **allowed: Any
    ) -> JudgingAnalyst:
        settings = load_settings(
            model_urls=server.url,
            model_key=server.key,
            model_name=server.models[0],
            model_context=context,
            model_parallel=parallel,
            model_timeout_seconds=20,
        )
        pool = pool_from(settings)
        assert pool is not None
        pools.append(pool)
        return JudgingAnalyst(pool, Allowance(**allowed), agreement=Agreement(promotes))

    yield make
    for pool in pools:
        await pool.close()
