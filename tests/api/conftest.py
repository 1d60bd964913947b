"""What the tests of the doors stand on: a real database, real jobs, and a small world of bundled calls."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.wiring import Services, open_services
from core.clock import SystemClock
from core.jobs import Jobs
from core.settings import Settings
from memory.database import Database, sqlite_url
from memory.records import Records
from nodes.call_analysis.extractive import analyst
from nodes.call_analysis.extractive.encoder import shipped_encoder
from sandbox.credentials import KEYS
from sandbox.server import SandboxServer
from sandbox.store import META
from tests.api.worked import SPEED, STATE, WorkedWorlds, environment_of, settings_of
from tests.chaos.read_before import ReadBefore
from tests.commands import ROOT, Sophia, Warm

BUNDLED = ROOT / "sandbox" / "data"
FEW = ("3351298813304244839", "4774058834931208838", "945901450174836796", "8985511615544123761")
"""Calls of the bundled data: three that find their deal, and one that nobody can place."""


@pytest.fixture(scope="session")
def reader() -> Callable[[], ReadBefore]:
    """The encoder that ships, asked only once about the sentences of a call: every test reads the same four."""
    return cache(lambda: ReadBefore(shipped_encoder()))


@pytest.fixture(autouse=True)
def _calls_read_once(reader: Callable[[], ReadBefore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyst, "shipped_encoder", reader)


@pytest.fixture
async def database(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    """A database in a folder of its own."""
    shutil.copytree(empty_database, tmp_path / STATE, dirs_exist_ok=True)
    database = await Database.open(sqlite_url(tmp_path / STATE))
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


@pytest.fixture(scope="session")
def worked_worlds(world: Path, tmp_path_factory: pytest.TempPathFactory) -> WorkedWorlds:
    """Worlds in which calls were worked on, to be copied."""
    return WorkedWorlds(world, tmp_path_factory.mktemp("worked"))


@pytest.fixture(scope="session")
def key_pair() -> dict[str, str]:
    """What Gong signs its webhooks with: to make a pair takes longer than many a test."""
    with SandboxServer(BUNDLED) as server:
        private, public = server.credentials.gong_webhook_private_key, server.credentials.gong_webhook_public_key
    return {"private": private, "public": public}


@pytest.fixture
def worked_on() -> tuple[str, ...]:
    """The calls that Sophia had worked on before the test begins; a file of tests may name some."""
    return ()


@pytest.fixture
async def sandbox(
    world: Path, worked_on: tuple[str, ...], worked_worlds: WorkedWorlds, key_pair: dict[str, str], tmp_path: Path
) -> AsyncIterator[SandboxServer]:
    """The three services with that small world, much faster than real: from a fresh state, or with calls worked on."""
    state = await worked_worlds.copy(worked_on, tmp_path) if worked_on else None
    async with SandboxServer(world, state, speed=SPEED) as server:
        server.frame.store.table(META)[KEYS] = key_pair
        yield server


@pytest.fixture
def environment(
    sandbox: SandboxServer, worked_on: tuple[str, ...], empty_database: Path, tmp_path: Path
) -> dict[str, str]:
    """The variables that point Sophia at the sandbox, with state in a folder of the test."""
    if not worked_on:
        shutil.copytree(empty_database, tmp_path / STATE, dirs_exist_ok=True)
    return environment_of(sandbox, tmp_path)


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return settings_of(environment)


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
