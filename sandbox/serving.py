"""A double's app on a port of this machine, served from a thread of this process."""

import asyncio
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from sandbox.wire import Wire

STARTUP_S = 30
TICK_S = 0.02
SHUTDOWN_S = 1


class Serving:
    """An app that is being served until `stop`; raises OSError when it did not begin to."""

    def __init__(self, app: ASGIApp, listening: socket.socket, name: str) -> None:
        config = uvicorn.Config(app, http=Wire, lifespan="off", log_config=None, access_log=False)
        ready = threading.Event()
        self._server = _Announcing(config, ready)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name=name, daemon=True)
        self._thread.start()
        if not ready.wait(STARTUP_S):
            raise OSError(f"the {name} did not begin to serve within {STARTUP_S} s")

    def stop(self) -> None:
        """Closes the port and every connection."""
        self._server.should_exit = True
        self._thread.join()


class Served(ABC):
    """A double that is served between `start` and `stop`, which `with` and `async with` call."""

    @abstractmethod
    def start(self) -> Self:
        """Begins to serve."""

    @abstractmethod
    def stop(self) -> None:
        """Stops serving; once more does no harm."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


class _Announcing(uvicorn.Server):
    """A server that tells when it is ready and ends at once when it should."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def main_loop(self) -> None:
        """Waits for the end, looking for it more often than uvicorn's own ten times a second: tests start many."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes the port and every connection, and gives what is under way SHUTDOWN_S seconds to end."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_S):
                await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
                while self.server_state.connections:  # noqa: ASYNC110  uvicorn tells nobody when the last one is gone
                    await asyncio.sleep(0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()
