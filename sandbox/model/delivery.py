"""How a scripted answer goes over the wire: in pieces, late, held for good, or broken off."""

import asyncio
import json
from collections.abc import Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.model.script import BrokenOff, Hanging, Reply
from sandbox.wire import CONNECTION

GATE_TICK_S = 0.005


class Delivery(Response):
    """A reply on its way: `parts` are its bytes, in one piece or as the events of a stream."""

    def __init__(self, told: Reply | Hanging | BrokenOff, parts: Iterator[bytes], *, streamed: bool) -> None:
        super().__init__()
        self._told = told
        self._reply = told if isinstance(told, Reply) else told.reply
        self._parts = list(parts)
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the reply is through, or what it is told to do instead; ends when the client leaves."""
        sending = asyncio.ensure_future(self._deliver(scope, send))
        leaving = asyncio.ensure_future(_client_left(receive))
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _deliver(self, scope: Scope, send: Send) -> None:
        await asyncio.sleep(self._reply.pause)
        while self._reply.gate is not None and not self._reply.gate.is_set():  # noqa: ASYNC110  set in another thread
            await asyncio.sleep(GATE_TICK_S)
        if isinstance(self._told, Reply):
            await self._send(send, self._parts)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        if self._told.pieces:
            await self._send(send, self._parts[: self._told.pieces + 1] if self._streamed else self._half())
        if isinstance(self._told, BrokenOff):
            scope["extensions"][CONNECTION]["abort"]()
        await asyncio.Event().wait()

    async def _send(self, send: Send, parts: list[bytes]) -> None:
        kind = b"text/event-stream" if self._streamed else b"application/json"
        headers = [(b"content-type", kind)]
        if not self._streamed:
            headers.append((b"content-length", str(len(b"".join(self._parts))).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(self._reply.gap if self._streamed else 0)

    def _half(self) -> list[bytes]:
        body = b"".join(self._parts)
        return [body[: len(body) // 2]]


def json_part(body: object) -> Iterator[bytes]:
    """A whole body as the one part of a delivery."""
    yield json.dumps(body, ensure_ascii=False).encode()


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
