"""`sophia sandbox`: stand-ins of the three services on this machine, and the settings that point Sophia at them.

This is the only module that starts the sandbox; nothing else of Sophia knows that it exists.
"""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from api.logs import settings_with_logs
from api.terminal import BadInput, notices, results
from core.clock import Clock, clock_at
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from sandbox.server import SandboxServer

BUNDLED = "sandbox/data"
FORM = "See sandbox/data/README.md for the form: calls/*.json and hubspot/*.json."


def world_folder(data: Path | None) -> Path:
    """The folder to serve: the one given, or the bundled data."""
    if data is not None:
        return data.resolve()
    return Path(__file__).resolve().parent.parent / BUNDLED


@asynccontextmanager
async def open_sandbox(
    data: Path, state: Path | None, *, port: int = 0, speed: float = 1.0, clock: Clock | None = None
) -> AsyncIterator["SandboxServer"]:
    """The sandbox, serving from a thread of this process until the end of the block.

    `state` is the file in which what was written survives, `speed` how much faster than real its time runs. Raises
    BadInput that names the file and field of wrong data, ConfigurationError when the port is taken.
    """
    from sandbox.reading import WorldError
    from sandbox.server import SandboxServer

    server = SandboxServer(data, state, port=port, speed=speed, clock=clock)
    try:
        await asyncio.to_thread(server.start)
    except WorldError as error:
        raise BadInput(str(error), next_step=FORM) from error
    except OSError as error:
        problem = f"the sandbox cannot listen on port {port}: {error.strerror or error}"
        raise ConfigurationError(problem, next_step="Choose another with --port; 0 takes a free one.") from error
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


async def run_sandbox(data: Path | None, port: int, speed: float) -> None:
    """Serves until Ctrl-C or SIGTERM, with state in the data folder, and prints the settings that point Sophia here."""
    settings = settings_with_logs()
    clock = clock_at(settings.fixed_clock)
    world = world_folder(data)
    state = settings.data_dir / "sandbox" / f"{world_name(world)}.db"
    state.parent.mkdir(parents=True, exist_ok=True)
    async with open_sandbox(world, state, port=port, speed=speed, clock=clock) as server:
        webhook = {"SOPHIA_GONG_WEBHOOK_URL": f"http://{settings.host}:{settings.port}/webhooks/gong"}
        for name, value in (sandbox_environment(server, speed) | webhook).items():
            results().print(f"export {name}='{value}'", markup=False, highlight=False, soft_wrap=True)
        notices().print(f"The sandbox is up: look at {server.url}/ and stop it with Ctrl-C.")
        await until_stopped()


def sandbox_environment(server: "SandboxServer", speed: float) -> dict[str, str]:
    """The settings of Sophia, as variables, that point at this sandbox."""
    return server.environment() | {"SOPHIA_SERVICE_SPEED": f"{speed:g}"}


def world_name(data: Path) -> str:
    """A folder's name for the state that belongs to this data folder and no other."""
    return f"{data.name}-{hashlib.sha256(str(data).encode()).hexdigest()[:8]}"


async def until_stopped() -> None:
    """Returns at Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await stopped.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
