"""Plain HTTP to one model server, for looking at what it really sends: the pool's client shows only part of it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

from core.llm.endpoint import CONNECT_S, NO_KEY, Address

DATA: Final = "data:"
DONE: Final = "[DONE]"
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What comes of reading an answer that is not in OpenAI's form."""

ONE_REQUEST_EACH: Final = httpx.Limits(max_keepalive_connections=0)
"""llama.cpp closes a kept connection at times just as it is used again (1 of 80 examinations failed by it)."""


class Refused(Exception):
    """The server answered with an error: its status and its own words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status
        self.words = words


@dataclass(frozen=True)
class Streamed:
    """A streamed answer as it came: pieces of text, usage if it was told, and seconds to the first and last piece."""

    pieces: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0


class Wire:
    """Requests to one server; `seconds` is how long it may take to each part of an answer. Use it `async with`.

    Every method raises Refused, httpx.HTTPError, or one of UNREADABLE.
    """

    def __init__(self, address: Address, seconds: float) -> None:
        self._model = address.model
        key = (address.key or NO_KEY).get_secret_value()
        self._http = httpx.AsyncClient(
            base_url=f"{address.url}/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_S, seconds)),
            limits=ONE_REQUEST_EACH,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str) -> Any:
        """What stands at a path below the base URL, or beside it (`../props`)."""
        return _read(await self._http.get(path))

    async def chat(self, prompt: str, max_tokens: int, **more: Any) -> Any:
        """A whole answer to one question."""
        return _read(await self._http.post("chat/completions", json=self._body(prompt, max_tokens, more)))

    async def stream(self, prompt: str, max_tokens: int) -> Streamed:
        """The times and figures of a streamed answer."""
        more = {"stream": True, "stream_options": {"include_usage": True}}
        body = self._body(prompt, max_tokens, more)
        began = time.monotonic()
        async with self._http.stream("POST", "chat/completions", json=body) as response:
            if response.is_error:
                await response.aread()
                _read(response)
            return await _timed(response, began)

    def _body(self, prompt: str, max_tokens: int, more: Mapping[str, Any]) -> dict[str, Any]:
        asked = {"model": self._model, "temperature": 0, "seed": 1, "max_tokens": max_tokens}
        return {**asked, "messages": [{"role": "user", "content": prompt}], **more}


async def _timed(response: httpx.Response, began: float) -> Streamed:
    usage: Mapping[str, Any] = {}
    pieces, first, last = 0, 0.0, 0.0
    async for line in response.aiter_lines():
        said = line.removeprefix(DATA).strip()
        if not line.startswith(DATA) or said == DONE:
            continue
        event = json.loads(said)
        usage = event.get("usage") or usage
        if any(choice["delta"].get("content") for choice in event.get("choices", ())):
            last = time.monotonic() - began
            first = first or last
            pieces += 1
    return Streamed(pieces, usage, first, last)


def _read(response: httpx.Response) -> Any:
    if not response.is_error:
        return response.json()
    try:
        body = response.json()
        error = body.get("error", body)
        words = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError):
        words = response.reason_phrase
    raise Refused(response.status_code, " ".join(words.split())[:240])
