"""What the doubles share at the level of HTTP: the path within a service, counting, and not answering at all."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.clock import Pace
from sandbox.requests import OnRequest, Requests

CONNECTION = "sandbox.connection"
"""The key in a request's scope under which its connection is found."""


class Wire(HttpToolsProtocol):
    """uvicorn's HTTP protocol that lets an answer reach its connection, to break it off without a byte."""

    def on_message_begin(self) -> None:
        """Puts the connection into the request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"abort": self.transport.abort}}

    def shutdown(self) -> None:
        """Ends the connection with the server, also when an answer is being held back."""
        if self.cycle is None or self.cycle.response_complete:
            super().shutdown()
        else:
            self.transport.abort()


class NoAnswer(Response):
    """Holds the connection for `seconds` of the service (or until the client leaves), then breaks it off."""

    def __init__(self, pace: Pace, seconds: float) -> None:
        super().__init__()
        self._pace = pace
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.ours(self._seconds)):
                await _client_left(receive)
                return
        abort: Callable[[], Any] = scope["extensions"][CONNECTION]["abort"]
        abort()
        await _client_left(receive)


def path_within(scope: Scope) -> str:
    """The request's path without the prefix its service is mounted under."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def by_prefix(services: Mapping[str, ASGIApp], rest: ASGIApp) -> ASGIApp:
    """One app that hands a request to the service its path begins with, and any other to `rest`.

    Starlette's own Mount does not match a path with a line break in it, and a service answers that one too.
    """

    async def choosing(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefix, app in services.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                await app({**scope, "root_path": prefix}, receive, send)
                return
        await rest(scope, receive, send)

    return choosing


def counted(service: str, app: ASGIApp, requests: Requests, tell: OnRequest) -> ASGIApp:
    """The same app, with every request to it counted (one that was never answered counts too, with status 0).

    `tell` hears of each, in the thread that serves: nothing else is served until it returns.
    """

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status, about = 0, (service, scope["method"], path_within(scope), requests.arrived())

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                tell("after", *about)
            await send(message)

        try:
            tell("before", *about)
            await app(scope, receive, noting)
            if not status:
                tell("after", *about)
        finally:
            requests.count(*about[:3], status)

    return counting


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
