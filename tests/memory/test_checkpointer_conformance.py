"""Our checkpointers pass LangGraph's own suite for checkpointers, on SQLite and PostgreSQL."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.report import CapabilityReport

from memory.checkpoints import open_checkpoints
from memory.database import Database

SUPPORTED = {"put", "put_writes", "get_tuple", "list", "delete_thread", "prune"}
UNSUPPORTED = {"delete_for_runs", "copy_thread"}
"""What neither of LangGraph's savers for SQLite and PostgreSQL does, and nothing of ours asks for."""


@pytest.fixture
async def report(database: Database, url: str) -> CapabilityReport:
    """What the suite says of the checkpointer in a database of ours."""

    @checkpointer_test(name="Checkpoints")
    async def checkpoints() -> AsyncGenerator[BaseCheckpointSaver[Any], None]:
        async with open_checkpoints(url) as opened:
            yield opened

    return await validate(checkpoints)


async def test_they_do_all_that_langgraph_asks_of_them(report: CapabilityReport) -> None:
    failed = {name: result.failures for name, result in report.results.items() if result.tests_failed}
    passed = {name for name, result in report.results.items() if result.passed}
    missing = {name for name, result in report.results.items() if not result.detected}

    assert failed == {}
    assert (passed, missing) == (SUPPORTED, UNSUPPORTED)
    assert report.passed_all_base()
