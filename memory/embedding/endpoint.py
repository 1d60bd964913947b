"""Embeddings from the owner's own servers: OpenAI's /v1/embeddings, as vLLM, llama.cpp, TEI and others serve it.

The choice among several servers is that of the language model (core/llm): the one with the least to do, and when it
fails the next one, while the failing one is left alone. What was sent is never part of an error: it may be a customer's
words.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Self

import httpx
import numpy as np
from numpy.typing import NDArray

from core.errors import Rejected, ServiceError, Unauthorized, Unavailable
from core.llm.endpoint import CONNECT_S, NO_KEY, Address
from core.llm.load import BUSY, Load
from core.llm.places import Places
from core.llm.pool import TRIES_WHEN_BUSY
from core.retry import asked_pause
from core.settings import Settings, addresses
from memory.embedding.port import Vectors
from memory.embedding.units import of_those_with_words

SERVICE: Final = "embedding"
BATCH: Final = 64
"""Texts in one request."""
CHARACTERS: Final = 2_000
"""Of a text that are sent, some 500 tokens: what is kept is shorter, and many models refuse more."""
SECONDS: Final = 30.0
"""How long a server may take over one request."""
CHECK: Final = "See that the servers of SOPHIA_EMBEDDING_URLS run; `sophia memory status` asks them."
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError)


class Endpoint:
    """One embedding model on one or more servers; `dimensions` is the length of its vectors."""

    def __init__(self, served: Sequence[Address], dimensions: int, parallel: int, cooldown: float) -> None:
        self.model = f"{_plain(served[0].model)}-{dimensions}"
        self.dimensions = dimensions
        self._places = Places()
        self._servers = {Load(parallel, cooldown): address for address in served}
        self._making = asyncio.Lock()
        self._http: httpx.AsyncClient | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Those of SOPHIA_EMBEDDING_…; how many requests each is sent at once is as for the language model."""
        served = [
            Address(url, settings.embedding_key, settings.embedding_name or "", "SOPHIA_EMBEDDING_KEY")
            for url in addresses(settings.embedding_urls)
        ]
        return cls(served, settings.embedding_dimensions, settings.model_parallel, settings.model_cooldown_seconds)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, dimensions) and unit length, of the first 2,000 characters; zeros without a word.

        Raises Unavailable when no server answers, and Unauthorized or Rejected when one refuses: a wrong key or name,
        or vectors of another length than was set.
        """
        return await of_those_with_words(texts, self.dimensions, self._embed)

    async def close(self) -> None:
        """Closes its connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _embed(self, texts: list[str]) -> NDArray[np.floating]:
        parts = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        return np.concatenate([await self._by_any([text[:CHARACTERS] for text in part]) for part in parts])

    async def _by_any(self, texts: list[str]) -> NDArray[np.floating]:
        """What the first server answers that does; a busy one is tried again when it is free in a moment."""
        tries, last = dict.fromkeys(self._servers, TRIES_WHEN_BUSY), None
        while left := tuple(load for load, count in tries.items() if count):
            place = await self._places.take(left)
            if place is None:
                break
            try:
                with place:
                    return await self._by(self._servers[place.load], texts)
            except Unavailable as error:
                last = error
                tries[place.load] = tries[place.load] - 1 if error.status == BUSY else 0
            finally:
                self._places.serve()
        raise self._unavailable(last)

    async def _by(self, address: Address, texts: list[str]) -> NDArray[np.floating]:
        http = await self._client()
        key = (address.key or NO_KEY).get_secret_value()
        body = {"model": address.model, "input": texts, "encoding_format": "float"}
        try:
            async with asyncio.timeout(SECONDS):  # httpx counts the time between two bytes only
                headers = {"Authorization": f"Bearer {key}"}
                answer = await http.post(f"{address.url}/embeddings", json=body, headers=headers)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unavailable(SERVICE, f"{address.server} did not answer in time", next_step=CHECK) from error
        except httpx.HTTPError as error:
            said = f"{address.server} cannot be reached, or broke off"
            raise Unavailable(SERVICE, said, next_step=CHECK) from error
        if answer.status_code != httpx.codes.OK:
            raise _refusal(address, answer)
        return self._read(address, answer, len(texts))

    def _read(self, address: Address, answer: httpx.Response, count: int) -> NDArray[np.floating]:
        """The vectors in the order of the texts."""
        try:
            rows = _in_order(answer.json()["data"], count)
        except UNREADABLE as error:
            said = f"{address.server} sent what is no answer ({type(error).__name__})"
            raise Unavailable(SERVICE, said, next_step=CHECK) from error
        if (length := rows.shape[1]) != self.dimensions:
            raise Rejected(
                SERVICE,
                f"{address.server} sends vectors of length {length}, not {self.dimensions}",
                next_step=f"Set SOPHIA_EMBEDDING_DIMENSIONS={length} if SOPHIA_EMBEDDING_NAME is the right model.",
            )
        return rows

    async def _client(self) -> httpx.AsyncClient:
        async with self._making:  # those who come side by side share one
            if self._http is None:
                # In a thread: reading the certificates takes longer than a request.
                self._http = await asyncio.to_thread(
                    httpx.AsyncClient, timeout=httpx.Timeout(SECONDS, connect=CONNECT_S)
                )
            return self._http

    def _unavailable(self, last: Unavailable | None) -> Unavailable:
        names = ", ".join(address.server for address in self._servers.values())
        why = "" if last is None else f"; the last: {str(last).removeprefix(f'{SERVICE}: ')}"
        wait = timedelta(seconds=min(load.cooling for load in self._servers))
        return Unavailable(SERVICE, f"no server answers ({names}){why}", retry_after=wait, next_step=CHECK)


def _in_order(data: Any, count: int) -> NDArray[np.float64]:
    """The vectors by their index; raises ValueError for a missing, double or unusable one."""
    by_index = {int(item["index"]): item["embedding"] for item in data}
    if len(data) != count or by_index.keys() != set(range(count)):
        raise ValueError("not one vector for each text")
    rows = np.array([by_index[index] for index in range(count)], dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError("not vectors of numbers")
    return rows


def _refusal(address: Address, answer: httpx.Response) -> ServiceError:
    status = answer.status_code
    if status in (401, 403):
        next_step = f"Set {address.key_setting} to a key that it takes."
        return Unauthorized(SERVICE, f"{address.server} refuses the key ({status})", next_step=next_step, status=status)
    if status in (408, BUSY) or status >= 500:
        about = "is over its limit" if status == BUSY else "failed"
        wait = asked_pause(answer.headers.get("retry-after"))
        said = f"{address.server} {about} ({status})"
        return Unavailable(SERVICE, said, retry_after=wait, status=status, next_step=CHECK)
    next_step = "See that SOPHIA_EMBEDDING_NAME is a model that it embeds with, and SOPHIA_EMBEDDING_URLS its …/v1."
    return Rejected(SERVICE, f"{address.server} refuses the request ({status})", next_step=next_step, status=status)


def _plain(name: str) -> str:
    """A model's name in small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
