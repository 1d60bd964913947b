"""Sophia over one world, embedded or spread out, as somebody runs it: started, killed, started again, read."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import httpx

from memory.database import sqlite_url
from sandbox.clock import SystemClock
from sandbox.gong.webhook import Delivery, delivery
from sandbox.server import SandboxServer
from tests.chaos.forks import GIVE_UP_S, Forks, Run
from tests.chaos.standing import Records, Standing, effects, records_standing, services_standing
from tests.chaos.worlds import open_world, settings

DYING = Path(__file__).parent / "dying.py"
BACKFILL = ("backfill", "--since", "2026-01-01")
DOOR = "http://127.0.0.1/webhooks/gong"
BY_WEBHOOK = {"SOPHIA_GONG_WEBHOOK_URL": DOOR, "SOPHIA_POLL_OVERLAP_HOURS": "0.001"}
"""The poller looks back four seconds and finds nothing: every call comes by webhook."""

LOOK_S = 0.02

When = Literal["before", "after"]
Watch = Callable[[When, str], None]
"""Told of a request ("hubspot POST /crm/…") before it is carried out, and before its answer is sent."""

Start = Callable[..., Run]
"""Starts a command, given its arguments and what is special about its environment."""


@dataclass(frozen=True)
class Backing:
    """Where a Sophia keeps what it knows: a SQLite file and its own memory, or PostgreSQL and Redis."""

    url: str
    environment: dict[str, str]

    @classmethod
    def embedded(cls, folder: Path) -> "Backing":
        return cls(sqlite_url(folder), {"SOPHIA_DATA_DIR": str(folder)})

    @classmethod
    def spread(cls, folder: Path, database: str, redis: str) -> "Backing":
        services = {"SOPHIA_DATABASE_URL": database, "SOPHIA_REDIS_URL": redis}
        return cls(database, {"SOPHIA_DATA_DIR": str(folder), **services})


class House:
    """One Sophia and its world. `folder` takes what its runs print and leave."""

    def __init__(self, forks: Forks, server: SandboxServer, backing: Backing, folder: Path) -> None:
        self.server = server
        self.asked: list[str] = []
        self.watch: Watch | None = None
        self.records = Records(backing.url)
        self._forks = forks
        self._environment = settings(server) | backing.environment
        self._folder = folder
        self._before = services_standing(server)
        server.on_request = self._hear

    def start(self, *arguments: str, first: Path | None = None, **environment: str) -> Run:
        """Starts a command."""
        return self._forks.run(arguments, self._environment | environment, self._folder, first)

    def standing(self) -> Standing:
        """Everything in the services and the records."""
        return services_standing(self.server) | records_standing(self.records)

    def effects(self) -> Standing:
        """What was done to the services so far."""
        return effects(self._before, services_standing(self.server))

    def _hear(self, when: When, service: str, method: str, path: str, _nth: int) -> None:
        request = f"{service} {method} {path}"
        if when == "before":
            self.asked.append(request)
        if self.watch is not None:
            self.watch(when, request)

    def webhooks(self) -> list[Delivery]:
        """A signed delivery of every call, fresh by the machine's clock: signatures are held to that one."""
        frame = replace(self.server.frame, clock=SystemClock())
        return [delivery(frame, id, DOOR) for id in frame.store.table("gong.calls")]


@contextmanager
def house_of(forks: Forks, data: Path, backing: Backing, folder: Path, state: Path | None = None) -> Iterator[House]:
    """A house over a fresh world, or over one that was left in the file `state`."""
    with open_world(data, state) as server:
        house = House(forks, server, backing, folder)
        try:
            yield house
        finally:
            house.records.close()


def backfilled(_house: House, start: Start, seconds: float = GIVE_UP_S) -> Run:
    """Has a backfill do all there is to do, or die at it."""
    run = start(*BACKFILL)
    run.wait(seconds)
    return run


def served(house: House, start: Start) -> Run:
    """Has `sophia serve` do all that Gong tells it of, or die at it; it is stopped when nothing is left."""
    port = free_port()
    run = start("serve", SOPHIA_PORT=str(port), **BY_WEBHOOK)
    wait_until(lambda: answers(port) and bool(house.asked), run)
    told = house.webhooks()
    for made in told:
        deliver(port, made)
    wait_until(lambda: house.records.all_done(len(told)), run)
    run.terminate()
    run.wait()
    return run


def deliver(port: int, made: Delivery) -> int:
    """The status that a delivery is answered with, 0 when nobody answers."""
    try:
        address = f"http://127.0.0.1:{port}/webhooks/gong"
        # No certificate is looked at, and reading them all takes longer than the delivery.
        return httpx.post(address, content=made.body, headers=made.headers, timeout=GIVE_UP_S, verify=False).status_code
    except httpx.TransportError:
        return 0


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_S).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], *runs: Run, seconds: float = GIVE_UP_S) -> None:
    """Returns once this is true, or one of the runs is over; raises TimeoutError when neither happens."""
    deadline = time.monotonic() + seconds
    while not true() and not any(run.is_over for run in runs):
        if time.monotonic() > deadline:
            raise TimeoutError("\n".join(["waited in vain", *(run.said() for run in runs)]))
        time.sleep(LOOK_S)
