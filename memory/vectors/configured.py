"""The index that the settings name, opened and found to be sound."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from core.clock import Clock
from core.errors import Unavailable
from core.settings import Settings
from memory.database import Database
from memory.vectors.collections import LIVE, Collections
from memory.vectors.damage import Damaged
from memory.vectors.embedded import EmbeddedIndex, wipe
from memory.vectors.findings import Place
from memory.vectors.lock import FolderLock
from memory.vectors.port import VectorIndex
from memory.vectors.probing import Probing
from memory.vectors.server import ServerIndex

log = structlog.get_logger(__name__)

FOLDER: Final = "chroma"
"""Where an embedded Chroma is, in the data folder."""


@asynccontextmanager
async def open_index(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[VectorIndex]:
    """Open for as long as the block runs.

    A folder that was not closed in good order is probed first; what is damaged is marked, and so searched in SQL until
    Rebuilding has made it anew. A server may be away. Raises ConfigurationError when another process has the folder,
    and Unavailable when it cannot be opened even empty.
    """
    place = place_of(settings)
    if place.folder is None:
        index: VectorIndex = ServerIndex(place.url or "", place.tenant)
    else:
        index = await _open_folder(place, database, clock)
    try:
        yield index
    finally:
        await index.close()


def place_of(settings: Settings) -> Place:
    """Where the settings say that Chroma is."""
    if settings.chroma_url is None:
        return Place(folder=settings.data_dir / FOLDER)
    return Place(url=str(settings.chroma_url), tenant=settings.tenant)


async def _open_folder(place: Place, database: Database, clock: Clock) -> EmbeddedIndex:
    lock = FolderLock(place.folder or Path())
    collections = Collections(database, clock)
    await _taken_and_probed(lock, Probing(database, place, clock))
    try:
        return await _opened(lock)
    except Damaged as damage:
        log.warning("the folder of Chroma is damaged and made anew", folder=str(lock.folder), problem=damage.problem)
    await asyncio.to_thread(lock.take)
    await asyncio.to_thread(wipe, lock.folder)
    for each in await collections.all():
        if each.state in LIVE:
            await collections.mark_damaged(each.name, "the folder was damaged")
    return await _opened(lock)


async def _opened(lock: FolderLock) -> EmbeddedIndex:
    lock.mark()
    return await EmbeddedIndex.open(lock)


async def _taken_and_probed(lock: FolderLock, probing: Probing) -> None:
    """Takes the folder; probes it first when it was left open, by whoever did so last."""
    probed: str | None = None
    while True:
        await asyncio.to_thread(lock.take)
        left = lock.left_open()
        if left is None or left == probed:
            return
        await asyncio.to_thread(lock.give_back)  # the probe takes it
        try:
            await probing.probe()
        except Unavailable as error:
            log.warning("the folder of Chroma could not be probed", reason=str(error))
        probed = left
