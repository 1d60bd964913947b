"""Memory as the settings have it: embedder, vector index, and everything that reads and writes what is remembered."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from api.storage import database_url
from core.clock import Clock, SystemClock
from core.errors import ConfigurationError, Unavailable
from core.settings import Settings
from memory.cache.configured import open_cache
from memory.cache.port import Cache, Observe, not_observed
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.embedding.configured import open_embedder
from memory.embedding.port import Embedder
from memory.embedding.remembered import Remembered
from memory.forgetting.forgetting import Forgetting
from memory.recall.lexical import Lexical
from memory.recall.recall import Recall
from memory.remembering import Memory
from memory.store.chroma_store import ChromaStore
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from memory.vectors.configured import open_index
from memory.vectors.indexing import Indexer
from memory.vectors.port import VectorIndex
from memory.vectors.rebuilding import Rebuilding
from memory.vectors.upkeep import Upkeep
from memory.vectors.when_used import WhenUsed

Need = Literal["when used", "needed", "if free", "none"]
"""Whether the vector index is opened when it is first used, must be there, is taken when free, or is never opened.

`sophia serve` opens it when used and keeps it up to date. A command that only writes memory does without: what it keeps
waits in the outbox for whoever has the index.
"""


@dataclass(frozen=True)
class OpenMemory:
    """All parts of memory, over one database.

    `index`, `indexer`, `rebuilding` and `upkeep` are None where the index was not opened; `index_away` says why if it
    was wanted. Whoever has the index open for long must run `upkeep`, which tells it of changes and mends it.
    """

    embedder: Embedder
    index: VectorIndex | None
    index_away: str | None
    indexer: Indexer | None
    rebuilding: Rebuilding | None
    upkeep: Upkeep | None
    kept: Memory
    nearest: Nearest
    lexical: Lexical
    recall: Recall
    cache: Cache
    store: ChromaStore
    database: Database
    clock: Clock

    def forgetting(self, checkpoints: Checkpoints) -> Forgetting:
        """What forgets on request, in memory and everywhere else."""
        drain = self._drain if self.indexer else None
        return Forgetting(self.database, self.kept.entries, checkpoints, self.clock, cache=self.cache, drain=drain)

    async def _drain(self) -> int:
        """Tells the index of all changes, once it is open."""
        assert self.indexer is not None
        if isinstance(self.index, WhenUsed):
            await self.index.opened()
        return await self.indexer.drain()


@dataclass(frozen=True)
class Parts:
    """What memory is put together from, all of it open."""

    database: Database
    embedder: Embedder
    index: VectorIndex | None
    cache: Cache
    clock: Clock
    tenant: str


@asynccontextmanager
async def open_memory(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    index: Need = "needed",
    observe: Observe = not_observed,
) -> AsyncIterator[OpenMemory]:
    """The memory of these settings, closed in reverse order at the end; `observe` is told of the cache's answers.

    Opening embeds nothing and reads no model. Raises ConfigurationError when a package is missing, or when the index is
    needed and another process has it.
    """
    async with AsyncExitStack() as stack:
        embedder = await stack.enter_async_context(open_embedder(settings))
        opened, away = await _opened(stack, settings, database, clock, index)
        cache = await stack.enter_async_context(open_cache(settings, SystemClock(), observe))
        memory = _assembled(Parts(database, embedder, opened, cache, clock, settings.tenant), away)
        if memory.rebuilding is not None:
            stack.push_async_callback(memory.rebuilding.close)
        yield memory


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Only the database, closed at the end. Raises ConfigurationError when it cannot be opened."""
    database = await Database.open(database_url(settings))
    try:
        yield database
    finally:
        await database.close()


async def _opened(
    stack: AsyncExitStack, settings: Settings, database: Database, clock: Clock, need: Need
) -> tuple[VectorIndex | None, str | None]:
    """The index, or None and why it is away."""
    if need == "none":
        return None, None
    if need == "when used":
        late = WhenUsed(lambda: open_index(settings, database, clock))
        stack.push_async_callback(late.close)
        return late, None
    try:
        return await stack.enter_async_context(open_index(settings, database, clock)), None
    except (ConfigurationError, Unavailable) as error:
        if need == "needed":
            raise
        return None, str(error)


def _assembled(parts: Parts, index_away: str | None) -> OpenMemory:
    database, embedder, clock, tenant = parts.database, parts.embedder, parts.clock, parts.tenant
    questions = Remembered(embedder)
    entries = Entries(database, embedder, clock)
    nearest, lexical = Nearest(database, parts.index, embedder), Lexical(database)
    return OpenMemory(
        embedder=embedder,
        index=parts.index,
        index_away=index_away,
        **_writers(parts),
        kept=Memory.over(database, entries, tenant, clock),
        nearest=nearest,
        lexical=lexical,
        recall=Recall(database, nearest, lexical, questions, clock, tenant),
        cache=parts.cache,
        store=ChromaStore(entries, nearest, questions, clock, index={"dims": embedder.dimensions}),
        database=database,
        clock=clock,
    )


def _writers(parts: Parts) -> dict[str, Any]:
    """What writes to the index, none of it without one."""
    if parts.index is None:
        return {"indexer": None, "rebuilding": None, "upkeep": None}
    indexer = Indexer(parts.database, parts.index, parts.embedder, parts.clock)
    rebuilding = Rebuilding(parts.database, parts.index, parts.embedder, parts.clock, indexer)
    opened = parts.index.opened if isinstance(parts.index, WhenUsed) else None
    return {"indexer": indexer, "rebuilding": rebuilding, "upkeep": Upkeep(indexer, rebuilding, opened)}
