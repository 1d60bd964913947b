"""What the tests of the doors stand on: a real database, real jobs, and a small world of bundled calls."""

import asyncio
import json
import shutil
import socket
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
from tests.commands import ROOT, Sophia, Warm

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


@pytest.fixture
def sophia(tmp_path: Path, environment: dict[str, str], warm: Warm) -> Iterator[Sophia]:
    """The command against the sandbox."""
    command = Sophia(tmp_path, environment, warm)
    yield command
    command.end()


@pytest.fixture
def alone(tmp_path: Path, warm: Warm) -> Iterator[Sophia]:
    """The command on a machine where nothing is set up."""
    command = Sophia(tmp_path, {}, warm)
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
