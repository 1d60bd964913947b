"""Turns among processes on one database: real processes contend, one of them is killed, one loses its lease."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import Unavailable
from memory.database import Database, sqlite_url
from memory.turns import LEASE, TurnLeases
from nodes.turns import SharedTurns
from tests.servers import PostgresServer

ROOT = Path(__file__).parents[2]

COUNT = """
import asyncio, sys
from pathlib import Path
from core.clock import SystemClock
from memory.database import Database
from memory.turns import TurnLeases
from nodes.turns import SharedTurns

async def main(url, counter, times):
    database = await Database.open(url)
    turns = SharedTurns(TurnLeases(database, SystemClock()))
    for _ in range(int(times)):
        async with turns.hold(["deals/1", "contacts/1"]):
            count = int(Path(counter).read_text())
            await asyncio.sleep(0.001)
            Path(counter).write_text(str(count + 1))
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""

HOLD = """
import asyncio, sys
from core.clock import SystemClock
from memory.database import Database
from memory.turns import TurnLeases
from nodes.turns import SharedTurns

async def main(url):
    database = await Database.open(url)
    async with SharedTurns(TurnLeases(database, SystemClock())).hold(["deals/1"]):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that is empty, of either kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "state")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


class MovedClock:
    """The machine's clock, put on by so much."""

    def __init__(self) -> None:
        self.on = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.on


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def leases(database: Database, clock: MovedClock) -> TurnLeases:
    return TurnLeases(database, clock)


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_two_processes_at_one_record_lose_no_count(database: Database, url: str, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [start(COUNT, url, str(counter), "40") for _ in range(2)]
    for process in processes:
        _, said = await asyncio.to_thread(process.communicate, timeout=120)
        assert process.returncode == 0, said
    assert counter.read_text() == "80"


async def test_the_turn_of_a_process_that_was_killed_is_free_at_once(leases: TurnLeases, url: str) -> None:
    holder = start(HOLD, url)
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == "held\n"
    with pytest.raises(Unavailable, match="deals/1 is being written by another process"):
        async with SharedTurns(leases, timedelta(0)).hold(["deals/1"]):
            pass
    holder.send_signal(signal.SIGKILL)
    await asyncio.to_thread(holder.communicate)
    async with SharedTurns(leases, LEASE / 3).hold(["deals/1"]):
        pass


async def test_a_turn_that_ended_is_free_for_other_processes(leases: TurnLeases) -> None:
    with pytest.raises(ValueError):
        async with SharedTurns(leases).hold(["deals/1"]):
            raise ValueError
    async with SharedTurns(leases, timedelta(0)).hold(["deals/1"]):
        pass


async def test_runs_of_one_process_follow_each_other(leases: TurnLeases) -> None:
    turns, steps = SharedTurns(leases), list[str]()

    async def run(name: str) -> None:
        async with turns.hold(["deals/1"]):
            steps.append(f"{name} in")
            await asyncio.sleep(0)
            steps.append(f"{name} out")

    await asyncio.gather(run("a"), run("b"))
    assert steps == ["a in", "a out", "b in", "b out"]


async def test_a_turn_at_nothing_needs_no_database(database: Database, leases: TurnLeases) -> None:
    await database.close()
    async with SharedTurns(leases).hold([]) as turn:
        await turn.keep()


async def test_a_run_that_is_cancelled_gives_its_turn_back(leases: TurnLeases) -> None:
    at_work = asyncio.Event()

    async def run() -> None:
        async with SharedTurns(leases).hold(["deals/1"]):
            at_work.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await at_work.wait()
    task.cancel()
    await asyncio.wait((task,))
    assert await leases.is_free(leases.wanted(["deals/1"]))


@pytest.mark.parametrize("steps", range(6))
async def test_a_run_that_is_cancelled_while_it_takes_its_turn_keeps_nothing(leases: TurnLeases, steps: int) -> None:
    async def run() -> None:
        async with SharedTurns(leases).hold(["deals/1"]):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    assert await leases.is_free(leases.wanted(["deals/1"]))


async def test_who_slept_beyond_its_lease_may_not_write_when_another_was_there(
    leases: TurnLeases, database: Database, clock: MovedClock
) -> None:
    async with SharedTurns(leases).hold(["deals/1"]) as turn:
        await turn.keep()
        clock.on += LEASE
        async with SharedTurns(leases).hold(["deals/1"]):
            pass
        with pytest.raises(Unavailable, match="has passed to another process"):
            await turn.keep()


async def test_who_slept_beyond_its_lease_may_write_when_nobody_was_there(
    leases: TurnLeases, clock: MovedClock
) -> None:
    async with SharedTurns(leases).hold(["deals/1"]) as turn:
        clock.on += 2 * LEASE
        await turn.keep()
        with pytest.raises(Unavailable, match="being written"):
            async with SharedTurns(leases, timedelta(0)).hold(["deals/1"]):
                pass
