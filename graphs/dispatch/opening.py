"""The agents of this process with their heartbeat: how they fare is written down every few seconds, and at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from core.clock import SystemClock
from core.errors import ServiceError
from core.identity import worker_name
from graphs.dispatch.dispatch import Dispatch
from graphs.registry import Registry
from memory.agents import Agents, TaskStatus
from memory.database import Database

HEARTBEAT_S: Final = 15.0
FIRST_S: Final = 2.0
"""Until the first heartbeat: who only answers one question is not entered, who stays is seen at once."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_dispatch(
    database: Database, registry: Registry, observe: Callable[[str, TaskStatus, float], None]
) -> AsyncIterator[Dispatch]:
    """The agents, ready to be asked; their rows in the database are renewed until the end of the block."""
    clock = SystemClock()
    agents = Agents(database, clock)
    instance = worker_name()
    dispatch = Dispatch(registry, instance, clock=clock, observe=observe)
    beating = asyncio.create_task(_beat(agents, dispatch))
    try:
        yield dispatch
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await write_down(agents, dispatch)
        with suppress(ServiceError):  # its heartbeat runs out by itself
            await agents.left(instance)


async def _beat(agents: Agents, dispatch: Dispatch) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        await write_down(agents, dispatch)
        await asyncio.sleep(HEARTBEAT_S)


async def write_down(agents: Agents, dispatch: Dispatch) -> None:
    """Writes how the agents fare and what they did; while the database is away it is kept for the next time."""
    done = dispatch.take_done()
    try:
        await agents.beat(dispatch.standings(), done)
    except ServiceError as error:
        dispatch.put_back(done)
        log.warning("agents.not_written", detail=str(error), next_step=error.next_step)
