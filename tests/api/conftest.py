"""What the tests of the doors stand on: a real database, real jobs, and a small world of bundled calls."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.wiring import Services, open_services
from core.clock import SystemClock
from core.jobs import Jobs
from core.settings import Settings, load_settings
from memory.database import Database, sqlite_url
from memory.records import Records
from sandbox.server import SandboxServer

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "sandbox" / "data"
FEW = ("3351298813304244839", "4774058834931208838", "945901450174836796", "8985511615544123761")
"""Calls of the bundled data: three that find their deal, and one that nobody can place."""


SPEED = 50.0
DOOR = "http://127.0.0.1/webhooks/gong"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database in a folder of its own."""
    database = await Database.open(sqlite_url(tmp_path / "state"))
    yield database
    await database.close()


@pytest.fixture
def records(database: Database) -> Records:
    return Records.over(database, SystemClock())


@pytest.fixture
async def jobs() -> AsyncIterator[Jobs]:
    async with Jobs(None, "test", 4) as jobs:
        yield jobs


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few of the bundled calls and the whole bundled CRM."""
    folder = tmp_path_factory.mktemp("few")
    for part in ("hubspot", "slack"):
        shutil.copytree(BUNDLED / part, folder / part)
    (folder / "calls").mkdir()
    for id in FEW:
        shutil.copy(BUNDLED / "calls" / f"{id}.json", folder / "calls")
    dates = json.loads((BUNDLED / "world.json").read_text())
    dates["calls"] = {id: weeks for id, weeks in dates["calls"].items() if id in FEW}
    (folder / "world.json").write_text(json.dumps(dates))
    return folder


@pytest.fixture
async def sandbox(world: Path) -> AsyncIterator[SandboxServer]:
    """The three services with that small world, from a fresh state, much faster than real."""
    async with SandboxServer(world, speed=SPEED) as server:
        yield server


@pytest.fixture
def environment(sandbox: SandboxServer, tmp_path: Path) -> dict[str, str]:
    """The variables that point Sophia at the sandbox, with state in a folder of the test."""
    own = {
        "SOPHIA_DATA_DIR": str(tmp_path / "state"),
        "SOPHIA_SERVICE_SPEED": str(SPEED),
        "SOPHIA_GONG_WEBHOOK_URL": DOOR,
        "SOPHIA_EMBEDDER": "static",
    }
    return sandbox.environment() | own


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return load_settings(**{name.removeprefix("SOPHIA_").lower(): value for name, value in environment.items()})


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as services:
        yield services


@pytest.fixture
async def door(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, without a server between."""
    transport = httpx.ASGITransport(build_app(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@dataclass(frozen=True)
class Made:
    """What Sophia left in the sandbox: keys of notes and tasks, and of Slack messages, each as often as it is there."""

    records: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def twice(self) -> set[str]:
        """Keys that are there more than once."""
        keys = [*self.records, *self.messages]
        return {key for key in keys if keys.count(key) > 1}


def made_in(sandbox: SandboxServer) -> Made:
    store = sandbox.frame.store
    records = [record for type in ("notes", "tasks") for record in store.table(f"hubspot.{type}").values()]
    keys = (record["properties"].get("sophia_key") for record in records)
    posted = (stored["message"] for stored in store.table("slack.messages").values())
    return Made(
        records=tuple(key for key in keys if key),
        messages=tuple(message["metadata"]["event_payload"]["key"] for message in posted),
    )


class Sophia:
    """The command as a process of its own, in a folder of the test, against the sandbox."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
        self._environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"} | environment
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return self._run("-m", "api.cli", *arguments, stdin=stdin, **environment)

    def run_python(self, program: str) -> subprocess.CompletedProcess[str]:
        """Runs a few lines of Python as the command would run."""
        return self._run("-c", program)

    def _run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self._folder,
            env=self._environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
        )

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command and leaves it running; the test's end ends it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=self._folder,
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Kills what is still running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def sophia(tmp_path: Path, environment: dict[str, str]) -> Iterator[Sophia]:
    command = Sophia(tmp_path, environment)
    yield command
    command.end()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Sophia]:
    """The command on a machine where nothing is set up."""
    command = Sophia(tmp_path, {})
    yield command
    command.end()


async def wait_until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Returns once this is true; fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    return wait_until


@pytest.fixture
def made(sandbox: SandboxServer) -> Callable[[], Made]:
    """Tells what Sophia has left in the sandbox by now."""
    return lambda: made_in(sandbox)


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        number: int = door.getsockname()[1]
        return number
