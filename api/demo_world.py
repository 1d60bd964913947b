"""The world of `sophia demo` to ask in: the same sandbox, the same state, for as long as the question takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.demo import SPEED, demo_settings, only_one
from api.sandbox import open_sandbox, world_folder, world_name
from core.clock import clock_at
from core.settings import Settings


@asynccontextmanager
async def open_demo_world(settings: Settings, data: Path | None) -> AsyncIterator[Settings]:
    """The settings of the demo, its sandbox up until the end of the block.

    What the demo has worked through is there to ask about; before its first run only the CRM is.
    """
    world = world_folder(data)
    folder = settings.data_dir / "demo" / world_name(world)
    with only_one(folder):
        clock = clock_at(settings.fixed_clock)
        async with open_sandbox(world, folder / "sandbox.db", speed=SPEED, clock=clock) as server:
            yield demo_settings(server, folder / "sophia")
