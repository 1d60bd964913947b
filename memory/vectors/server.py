"""A Chroma server that several processes share, over HTTP.

Chroma's own client waits without end and checks no certificate unless it is told to; here it may take TIME_LIMIT, and
checks. It has no way to be closed: that is done here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from core.errors import SophiaError, Unavailable
from memory.vectors.batches import COSINE, batches, last_of_each, written
from memory.vectors.damage import SERVICE, START, errors_told
from memory.vectors.points import Points
from memory.vectors.port import Point

if TYPE_CHECKING:
    from chromadb.api import AsyncClientAPI
    from chromadb.config import Settings

T = TypeVar("T")

BATCH: Final = 500
"""Points in one request, some 5 MB of JSON at 384 dimensions."""

TIME_LIMIT: Final = 10.0
"""Seconds for one request: less than what is left of a lease while its holder may write (memory/turns.py)."""

MODULES: Final = ("chromadb.api.async_client", "chromadb.api.async_fastapi", "chromadb.telemetry.product.posthog")
"""What Chroma's client imports. It takes 0.7 s, which would hold up everybody else on the event loop."""


class ServerIndex(Points):
    """An index at a server; connects at the first use, so a server that is away stops nobody from starting.

    Each name has a database of its own there.
    """

    _most = BATCH

    def __init__(self, url: str, name: str) -> None:
        self._address = urlsplit(url)
        self._database = f"sophia-{name}"
        self._client: AsyncClientAPI | None = None
        self._connecting = asyncio.Lock()
        self._known: dict[str, Any] = {}

    async def create(self, collection: str) -> None:
        """Makes it for cosine similarity, unless it is there."""
        async with self._at() as client:
            self._known[collection] = await client.get_or_create_collection(
                collection, embedding_function=None, configuration=COSINE
            )

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Puts points in, five hundred with each request."""
        for batch in batches(last_of_each(points), BATCH):
            await self._in(collection, methodcaller("upsert", **written(batch)))

    async def collections(self) -> list[str]:
        """The names of all collections in our database."""
        async with self._at() as client:
            return sorted(each.name for each in await client.list_collections())

    async def drop(self, collection: str) -> None:
        """Removes it, also when it is damaged."""
        self._known.pop(collection, None)
        if collection in await self.collections():
            async with self._at(collection) as client:
                await client.delete_collection(collection)

    async def close(self) -> None:
        """Closes its connections; the server stays."""
        client, self._client = self._client, None
        if client is not None:
            await _close(client)

    async def _in(self, collection: str, work: Callable[[Any], Awaitable[T]]) -> T:
        try:
            async with self._at(collection) as client:
                if collection not in self._known:
                    self._known[collection] = await client.get_collection(collection, embedding_function=None)
                return await work(self._known[collection])
        except SophiaError:
            self._known.pop(collection, None)  # another process may have made it anew under another id
            raise

    @asynccontextmanager
    async def _at(self, collection: str | None = None) -> AsyncIterator["AsyncClientAPI"]:
        with errors_told(collection):
            try:
                async with asyncio.timeout(TIME_LIMIT):
                    yield await self._connected()
            except TimeoutError:
                raise Unavailable(SERVICE, f"no answer within {TIME_LIMIT:.0f} s", next_step=START) from None

    async def _connected(self) -> "AsyncClientAPI":
        for module in MODULES:
            await asyncio.to_thread(import_module, module)
        import chromadb
        from chromadb.api.async_client import AsyncAdminClient
        from chromadb.errors import ChromaError

        async with self._connecting:
            if self._client is None:
                with suppress(ChromaError):  # it is there already; whatever else is wrong shows in a moment
                    await AsyncAdminClient(self._settings()).create_database(self._database)
                settings = self._settings()
                self._client = await chromadb.AsyncHttpClient(
                    host=settings.chroma_server_host or "",
                    port=settings.chroma_server_http_port or 0,
                    ssl=bool(settings.chroma_server_ssl_enabled),
                    settings=settings,
                    database=self._database,
                )
            return self._client

    def _settings(self) -> "Settings":
        from chromadb.config import Settings

        encrypted = self._address.scheme == "https"
        return Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.async_fastapi.AsyncFastAPI",
            chroma_server_host=self._address.hostname,
            chroma_server_http_port=self._address.port or (443 if encrypted else 80),
            chroma_server_ssl_enabled=encrypted,
            chroma_server_ssl_verify=True,
        )


async def _close(client: "AsyncClientAPI") -> None:
    """Closes the connections of this event loop, which Chroma keeps by loop; another index would open its own again."""
    from chromadb.api.async_fastapi import AsyncFastAPI

    held = AsyncFastAPI._clients.pop(asyncio.get_running_loop().__hash__(), None)
    if held is not None:
        await held.aclose()
