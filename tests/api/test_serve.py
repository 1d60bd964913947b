"""`sophia serve` as a process: killed, stopped, started twice, on a port that is taken."""

import asyncio
import signal
import socket
from typing import Any

import pytest

from api.serve import listening
from core.errors import ConfigurationError
from core.settings import Settings
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.api.serving import CALLS, inbox, tell, up


async def test_what_was_accepted_survives_a_kill_and_is_done_once(
    sophia: Any, sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="slow", times=None, seconds=500))
    no_polling = {"SOPHIA_PORT": str(port), "SOPHIA_POLL_OVERLAP_HOURS": "0.001"}
    first = sophia.start("serve", **no_polling)
    await up(until, port)
    assert [await tell(sandbox, port, id) for id in CALLS] == [202, 202, 202]
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert made().messages == ()
    sandbox.frame.faults.clear()
    second = sophia.start("serve", **no_polling)
    await up(until, port)
    assert await tell(sandbox, port, CALLS[0]) == 200

    async def all_done() -> bool:
        return (await inbox(port))["done"] == len(CALLS)

    await until(all_done)
    second.send_signal(signal.SIGTERM)
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0, output
    assert "serve.stopped" in output
    assert not made().twice
    assert len(made().messages) >= len(CALLS)


async def test_two_processes_on_one_database_share_the_work_and_do_nothing_twice(
    sophia: Any, sandbox: SandboxServer, port: int, until: Any, made: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    both = [sophia.start("serve", SOPHIA_PORT=str(each)) for each in (port, other)]
    await asyncio.gather(up(until, port), up(until, other))
    everything = [*CALLS, "4774058834931208838"]
    told = await asyncio.gather(*(tell(sandbox, each, id) for id in everything for each in (port, other)))
    assert sorted(told) == [200] * 4 + [202] * 4

    async def all_done() -> bool:
        return (await inbox(port))["done"] == len(everything)

    await until(all_done)
    for process in both:
        process.send_signal(signal.SIGTERM)
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert not made().twice


def test_a_taken_port_is_told_with_what_to_do(settings: Settings, sandbox: SandboxServer) -> None:
    taken = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(ConfigurationError) as refused, listening(settings.model_copy(update={"port": taken})):
        pass
    assert str(refused.value) == f"port {taken} of 127.0.0.1 is taken"
    assert "SOPHIA_PORT" in (refused.value.next_step or "")


def test_an_address_of_another_machine_is_told_apart_from_a_taken_port(settings: Settings) -> None:
    with pytest.raises(ConfigurationError) as refused, listening(settings.model_copy(update={"host": "192.0.2.1"})):
        pass
    assert "taken" not in str(refused.value)
