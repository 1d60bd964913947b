"""`sophia demo`: the whole product against the sandbox, from properties to report, with state of its own.

Nothing here is special: the sandbox is up, and then the same setup and backfill run that an owner would run.
"""

import fcntl
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.backfill import BEGINNING, run_with_bar
from api.logs import settings_with_logs
from api.report import DemoReport, Requests, Standing, confirmed_keys, demo_report, standing
from api.sandbox import open_sandbox, sandbox_environment, until_stopped, world_folder, world_name
from api.setup import make_properties
from api.tables import demo_tables
from api.terminal import notices, results
from api.wiring import open_services
from core.clock import clock_at
from core.errors import ConfigurationError
from core.settings import Settings, load_settings
from memory.standing import standing as remembered

if TYPE_CHECKING:
    from sandbox.server import SandboxServer

SPEED: Final = 20.0
"""The sandbox keeps the services' real limits, and its time runs this much faster: Slack alone takes one message a
second for a channel, which would make half a minute of thirty calls."""

NOTES: Final = 8

ASK: Final = ".venv/bin/sophia ask --demo 'deals closing this month over 50k'"
RECALL: Final = "SOPHIA_DATA_DIR={folder} .venv/bin/sophia memory search 'who still has to sign'"


async def run_demo(data: Path | None, *, as_json: bool, keep: bool, fresh: bool) -> None:
    """Runs the demo and prints its report. State is kept for each data folder, so that a second run has nothing to do.

    Raises BadInput that names the file when the data are wrong.
    """
    began = time.monotonic()
    settings = settings_with_logs()
    world = world_folder(data)
    folder = settings.data_dir / "demo" / world_name(world)
    with only_one(folder):
        if fresh:
            forget(folder / "sandbox.db", folder / "sophia")
        is_new = not (folder / "sandbox.db").exists()
        async with open_sandbox(
            world, folder / "sandbox.db", speed=SPEED, clock=clock_at(settings.fixed_clock)
        ) as server:
            if server.started_anew is not None:
                notices().print(f"Starting anew: {server.started_anew}", markup=False)
            if is_new or server.started_anew is not None:
                forget(folder / "sophia")
            _tell_left_out(server.frame.notes)
            await _work_and_report(demo_settings(server, folder / "sophia"), server, began, as_json=as_json)
            if keep:
                notices().print(f"The sandbox stays up: look at {server.url}/ and stop it with Ctrl-C.")
                await until_stopped()


def demo_settings(server: "SandboxServer", folder: Path) -> Settings:
    """The owner's settings with every service, credential and place of state replaced by the demo's own."""
    fields: dict[str, object] = {
        name.removeprefix("SOPHIA_").lower(): value or None
        for name, value in sandbox_environment(server, SPEED).items()
    }
    return load_settings(**fields, data_dir=folder, database_url=None, redis_url=None, gong_webhook_url=None)


async def _work_and_report(settings: Settings, server: "SandboxServer", began: float, *, as_json: bool) -> None:
    async with open_services(settings) as services:
        before = await confirmed_keys(services.records)
        await make_properties(services.context.crm)
        await run_with_bar(services, BEGINNING)
        memory = await remembered(services.database, services.memory.embedder.model, services.clock.now())
        now = await standing(services.records, before, sum(kind.entries for kind in memory))
        owners = {owner.id: owner.name or owner.email or owner.id for owner in await services.context.crm.owners()}
    asked = {service: counts["total"] for service, counts in server.frame.requests.report().items()}
    report = demo_report(now, Requests(**asked), time.monotonic() - began, SPEED)
    _print(report, now, owners, as_json=as_json)
    if not as_json:
        notices().print(f"Find what was said: {RECALL.format(folder=settings.data_dir)}", markup=False, soft_wrap=True)
        notices().print(f"Ask about it: {ASK}", markup=False, soft_wrap=True)


def _tell_left_out(notes: Sequence[str]) -> None:
    """What of the data the sandbox could not use; the first few say enough."""
    for note in notes[:NOTES]:
        notices().print(f"Left out: {note}", markup=False)
    if len(notes) > NOTES:
        notices().print(f"… and {len(notes) - NOTES} more left out")


def _print(report: DemoReport, now: Standing, owners: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(report.model_dump_json() + "\n")
        return
    console = results()
    for part in demo_tables(report, now, owners):
        console.print(part)


def forget(*places: Path) -> None:
    """Removes files (with what SQLite keeps beside them) and folders; what is not there is forgotten already."""
    for place in places:
        if place.is_dir():
            shutil.rmtree(place)
        for file in place.parent.glob(f"{place.name}*"):
            file.unlink()


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keeps a second demo away from this state while the block runs; raises ConfigurationError in the second.

    It does so, too, when the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        problem = f"the folder {folder} cannot be written to: {error.strerror}"
        raise ConfigurationError(
            problem, next_step="Point SOPHIA_DATA_DIR at a folder that this user may write to."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another demo of the same data is running"
            raise ConfigurationError(problem, next_step="Wait until it ends, or stop it.") from None
        yield
