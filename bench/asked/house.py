"""A house to ask in: the demo's world with its calls worked through, and everything that questions need."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from api.asking import Asking, open_asking
from api.demo_world import open_demo_world
from api.logs import settings_with_logs
from api.wiring import open_services


def run_demo(folder: Path) -> None:
    """Works through the calls of the demo's world, with its state in this folder."""
    environment = {**os.environ, "SOPHIA_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "api.cli", "demo", "--json"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


@asynccontextmanager
async def open_house(folder: Path, **changes: Any) -> AsyncIterator[Asking]:
    """Everything that questions need, over the demo's state in this folder; `changes` are of its settings."""
    settings = settings_with_logs("error").model_copy(update={"data_dir": folder})
    async with (
        open_demo_world(settings, None) as demo,
        open_services(demo.model_copy(update=changes), asking=True) as services,
        open_asking(services) as asking,
    ):
        yield asking


async def spent(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds that the work took, and those of CPU in the whole process meanwhile."""
    began, cpu = time.perf_counter(), time.process_time()
    await work()
    return (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000
