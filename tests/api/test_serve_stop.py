"""Told to stop, `sophia serve` ends the step each call is at, and the next process goes on there."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.api.serving import CALLS, inbox, tell, up

ROOT = Path(__file__).parents[2]
SPEED = 50
"""How much faster than real the sandbox's time runs: this many of its seconds are one of ours."""

NO_POLLING = {"SOPHIA_POLL_OVERLAP_HOURS": "0.001"}


@pytest.fixture
def started(sophia: Any, port: int) -> Any:
    """Starts a server on the test's port."""
    return lambda **environment: sophia.start("serve", SOPHIA_PORT=str(port), **NO_POLLING, **environment)


async def under_way(sandbox: SandboxServer, port: int, until: Any) -> None:
    """Returns once calls were delivered and are being worked on, with a CRM so slow that they stay at it a while."""
    before = sandbox.frame.requests.report()["hubspot"]["total"]
    assert [await tell(sandbox, port, id) for id in CALLS] == [202] * len(CALLS)
    await until(lambda: sandbox.frame.requests.report()["hubspot"]["total"] >= before + len(CALLS))


async def test_what_is_drained_goes_on_in_the_next_process_with_no_effect_twice(
    started: Any, sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    first = started()
    await up(until, port)
    sandbox.frame.faults.add(Fault(service="hubspot", kind="slow", times=None, seconds=1.5 * SPEED))
    await under_way(sandbox, port, until)
    first.send_signal(signal.SIGTERM)
    output, _ = await asyncio.to_thread(first.communicate, timeout=60)
    assert first.returncode == 0, output
    assert f"drained={len(CALLS)}" in output
    assert made().messages == ()
    sandbox.frame.faults.clear()
    second = started()
    await up(until, port)

    async def all_done() -> bool:
        return (await inbox(port))["done"] == len(CALLS)

    await until(all_done)
    second.send_signal(signal.SIGTERM)
    output, _ = await asyncio.to_thread(second.communicate, timeout=60)
    assert second.returncode == 0, output
    assert "drained=0" in output
    assert len(made().messages) >= len(CALLS)
    assert not made().twice


async def test_a_step_that_outlasts_the_drain_is_ended_and_its_call_given_back(
    started: Any, sandbox: SandboxServer, port: int, until: Any
) -> None:
    process = started(SOPHIA_DRAIN_SECONDS="0.2")
    await up(until, port)
    sandbox.frame.faults.add(Fault(service="hubspot", kind="slow", times=None, seconds=20 * SPEED))
    await under_way(sandbox, port, until)
    process.send_signal(signal.SIGTERM)
    output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0, output
    assert "jobs.cancelled" in output
    assert output.count("reason=interrupted") == len(CALLS)


def test_a_thread_that_hangs_does_not_keep_the_process_from_leaving() -> None:
    program = (
        "import threading; from api.serve import leave_within;"
        "threading.Thread(target=threading.Event().wait).start(); leave_within(0.1)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=120).returncode == 0


HANGS = """
import asyncio
import api.serve
from memory.vectors.upkeep import Upkeep

async def hang(self):
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.Event().wait()

Upkeep.run = hang
api.serve.CLOSING_S = 0.5
"""


async def test_an_index_that_does_not_end_does_not_keep_the_process_from_leaving(
    started: Any, port: int, until: Any, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HANGS)
    process = started(PYTHONPATH=os.pathsep.join((str(tmp_path), str(ROOT))))
    await up(until, port)
    process.send_signal(signal.SIGTERM)
    output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0, output
    assert "serve.stopped" not in output


async def test_a_second_signal_ends_it_at_once(
    started: Any, sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    process = started()
    await up(until, port)
    sandbox.frame.faults.add(Fault(service="hubspot", kind="slow", times=None, seconds=20 * SPEED))
    await under_way(sandbox, port, until)
    process.send_signal(signal.SIGTERM)
    await until(lambda: "serve.draining" in process.said())
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 128 + signal.SIGINT, output
    assert "serve.stopped" not in output
