"""Chroma in this process: a folder of its own, in one thread, under our lock.

Chroma holds the interpreter for as long as it puts points in, 50 ms for a hundred of them and up to 600 ms for two
thousand, during which nothing else of this process runs. So points go in by a hundred, with a pause after each.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from memory.embedding.thread import OwnThread
from memory.vectors.batches import COSINE, batches, last_of_each, written
from memory.vectors.damage import Closed, Damaged, errors_told
from memory.vectors.lock import OURS, FolderLock
from memory.vectors.points import Points
from memory.vectors.port import Point

if TYPE_CHECKING:
    from chromadb.api.client import Client

T = TypeVar("T")

BATCH: Final = 100
"""Points put in at once: half as fast as a thousand, and nobody waits longer than a tenth of a second."""

READ: Final = 1000
"""Points read or taken out at once."""


class EmbeddedIndex(Points):
    """An index in a folder that `lock` holds, and gives back when the index is closed."""

    _most = READ

    def __init__(self, lock: FolderLock) -> None:
        self._lock = lock
        self._thread = OwnThread("chroma")
        self._client: Client | None = None
        self._closed = False

    @classmethod
    async def open(cls, lock: FolderLock) -> Self:
        """Opens what is in the folder; raises Damaged when it cannot be read, and holds the lock no longer then.

        The folder counts as left open then. A database of Chroma's that is malformed shows only when it is read.
        """
        index = cls(lock)
        try:
            await index._thread.run(index._open)
            await index.collections()
        except BaseException:
            await index.close(in_order=False)
            raise
        return index

    async def create(self, collection: str) -> None:
        """Makes it for cosine similarity, unless it is there."""
        await self._do(
            None,
            lambda client: client.get_or_create_collection(collection, embedding_function=None, configuration=COSINE),
        )

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Puts points in by a hundred; others have their turn between, as long as it took."""
        for batch in batches(last_of_each(points), BATCH):
            began = time.monotonic()
            await self._in(collection, methodcaller("upsert", **written(batch)))
            if len(points) > BATCH:
                await asyncio.sleep(time.monotonic() - began)

    async def collections(self) -> list[str]:
        """The names of all collections."""
        return await self._do(None, lambda client: sorted(each.name for each in client.list_collections()))

    async def drop(self, collection: str) -> None:
        """Removes it, also when it is damaged."""
        if collection in await self.collections():
            await self._do(collection, lambda client: client.delete_collection(collection))

    async def close(self, *, in_order: bool = True) -> None:
        """Closes Chroma, and then gives the folder back. Whatever is asked of it from then on raises Closed.

        Without `in_order` the folder counts as left open, so that the next opening probes it.
        """
        if self._closed:
            return
        self._closed = True
        try:
            await self._thread.run(self._close)
        finally:
            await self._thread.close()
            await asyncio.to_thread(self._lock.give_back, in_order=in_order)

    async def _in(self, collection: str, work: Callable[[Any], Any]) -> Any:
        return await self._do(
            collection, lambda client: work(client.get_collection(collection, embedding_function=None))
        )

    async def _do(self, collection: str | None, work: Callable[["Client"], T]) -> T:
        def told() -> T:
            with errors_told(collection):
                return work(self._opened())

        if self._closed:  # its thread may have ended
            raise Closed
        return await self._thread.run(told)

    def _opened(self) -> "Client":
        if self._client is None:
            raise Closed
        return self._client

    def _open(self) -> None:
        import chromadb
        from chromadb.config import Settings

        path = str(self._lock.folder.resolve())
        with errors_told():
            try:
                opened = chromadb.PersistentClient(path=path, settings=Settings(anonymized_telemetry=False))
            except BaseException as error:
                _forget(path)
                if isinstance(error, ValueError | RuntimeError | AttributeError):
                    raise Damaged(None, str(error)) from error
                raise
        self._client = cast("Client", opened)

    def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            client.close()  # the last one of a folder takes it out of Chroma's own cache too


def _forget(path: str) -> None:
    """Takes a folder whose opening failed out of Chroma's own cache, which would hand the wreck out the next time."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(path, None)
    SharedSystemClient._identifier_to_refcount.pop(path, None)


def wipe(folder: Path) -> None:
    """Removes all of Chroma's in a folder whose lock is held: the database has everything that was there."""
    for path in folder.iterdir():
        if path.name in OURS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
