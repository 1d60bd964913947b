"""`sophia serve`: the HTTP doors, the worker and the poller in one process, until it is told to stop."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE

import structlog
import uvicorn

from api.app import build_app
from api.logs import settings_with_logs
from api.together import together
from api.wiring import Services, open_services
from core.errors import ConfigurationError
from core.settings import Settings

BACKLOG = 2048
SHUTDOWN_S = 10
"""Seconds that requests under way have to end; each takes milliseconds."""

CLOSING_S = 15.0
"""Seconds for closing everything once all work has ended: a thread that hangs, or Chroma, would hold it up forever."""

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """A server that leaves signals to us, since jobs have to end after the last request did."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve() -> None:
    """Serves until SIGTERM or Ctrl-C, then takes no more work, ends the steps under way and leaves.

    A second signal ends it at once, which loses nothing either: what was begun is found by the next start. Neither a
    service that is not set up nor a Redis that is away keeps it from listening: what needs it waits. Raises
    ConfigurationError when the port is taken.
    """
    settings = settings_with_logs("debug")
    with listening(settings) as door:
        async with open_services(settings, serving=True) as services:
            await run(services, door)


async def run(services: Services, door: socket.socket) -> None:
    """Runs doors and worker on a listening socket until a signal; what was left unfinished is taken up first.

    From its end on the process has CLOSING_S left.
    """
    server = _server(services)
    services.schedule()
    left = await services.intake.requeue()

    def drain() -> None:
        server.should_exit = True
        services.jobs.stop()
        log.info("serve.draining", under_way=services.worker.drain(), within_s=services.settings.drain_seconds)

    with on_first_signal(drain):
        async with together() as group:
            working = group.create_task(services.jobs.run())
            indexing = group.create_task(services.keep_index())
            host, port = door.getsockname()[:2]
            log.info("serve.started", address=f"http://{host}:{port}", taken_up=left)
            await server.serve(sockets=[door])
            services.jobs.stop()
            await working
            leave_within(CLOSING_S)
            indexing.cancel()
    log.info("serve.stopped", drained=services.worker.drained)


def leave_within(seconds: float) -> None:
    """Has the process end by then, come what may: all work is over and stored by now."""
    last = threading.Timer(seconds, os._exit, (0,))
    last.daemon = True
    last.start()


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The open port; raises ConfigurationError that says what to do when it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        door = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        taken = error.errno == EADDRINUSE
        problem = f"port {settings.port} of {settings.host} is taken" if taken else f"cannot listen there: {error}"
        next_step = "Stop what uses it, or set SOPHIA_PORT (and SOPHIA_HOST)."
        raise ConfigurationError(problem, next_step=next_step) from error
    with door:
        yield door


@contextmanager
def on_first_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first SIGTERM or SIGINT; a second one ends the process there and then."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    told = False

    def signalled(number: signal.Signals) -> None:
        nonlocal told
        if told:
            os._exit(128 + number)
        told = True
        stop()

    for number in signals:
        loop.add_signal_handler(number, signalled, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _server(services: Services) -> Server:
    return Server(
        uvicorn.Config(
            build_app(services),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
    )
