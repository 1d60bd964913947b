"""The index that the settings name, opened and found to be sound."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from core.clock import Clock
from core.errors import Unavailable
from core.settings import Settings
from memory.cursors import Cursors
from memory.database import Database
from memory.vectors.claim import FolderClaim
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

ID_ROW: Final = "memory:index-id"
"""The cursor that tells this database from others whose collections are at the same server."""


@asynccontextmanager
async def open_index(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[VectorIndex]:
    """Open for as long as the block runs.

    A folder that was not closed in good order is probed first; what is damaged is marked, and so searched in SQL until
    Rebuilding has made it anew. A server may be away. Raises ConfigurationError when another process has the folder, or
    the collections in a folder of its own, and Unavailable when it cannot be opened even empty. A folder that turns out
    damaged while the block runs counts as left open.
    """
    place = await own_place(settings, database, clock)
    async with _at_server(place) if place.folder is None else _in_folder(place.folder, database, clock) as index:
        yield index


async def own_place(settings: Settings, database: Database, clock: Clock) -> Place:
    """Where Chroma is, and where in it the collections of this very database are."""
    place = place_of(settings)
    if place.folder is not None:
        return place
    id = await Cursors(database, clock).first(ID_ROW, uuid4().hex[:8])
    return place.model_copy(update={"name": f"{place.name}-{id}"})


def place_of(settings: Settings) -> Place:
    """Where the settings say that Chroma is."""
    if settings.chroma_url is None:
        return Place(folder=settings.data_dir / FOLDER)
    return Place(url=str(settings.chroma_url), name=settings.tenant)


@asynccontextmanager
async def _at_server(place: Place) -> AsyncIterator[VectorIndex]:
    index = ServerIndex(place.url or "", place.name)
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def _in_folder(folder: Path, database: Database, clock: Clock) -> AsyncIterator[VectorIndex]:
    lock, claim = FolderLock(folder), FolderClaim(database, folder)
    try:
        index = await _open_folder(lock, claim, database, clock)
    except BaseException:  # a full disk, or a database that is away: the next try is this process's too
        await asyncio.to_thread(lock.give_back, in_order=False)
        raise
    try:
        async with claim.kept(lock, index.close):
            yield index
    except Damaged as damage:
        await index.close(in_order=damage.collection is not None)
        raise
    finally:
        await index.close()


async def _open_folder(lock: FolderLock, claim: FolderClaim, database: Database, clock: Clock) -> EmbeddedIndex:
    collections = Collections(database, clock)
    try:
        if await _taken_and_probed(lock, claim, Probing(database, Place(folder=lock.folder), clock)):
            lock.mark()
        return await EmbeddedIndex.open(lock)
    except Damaged as damage:
        log.warning("the folder of Chroma is damaged and made anew", folder=str(lock.folder), problem=damage.problem)
    await asyncio.to_thread(lock.take)
    await asyncio.to_thread(wipe, lock.folder)
    for each in await collections.all():
        if each.state in LIVE:
            await collections.mark_damaged(each.name, "the folder was damaged")
    lock.mark()
    return await EmbeddedIndex.open(lock)


async def _taken_and_probed(lock: FolderLock, claim: FolderClaim, probing: Probing) -> bool:
    """Takes the folder; probes it first when it was left open, by whoever did so last.

    Returns whether it is known how its collections are. If not, the mark has to stay for the next opening.
    """
    probed, is_known = None, True
    while True:
        await asyncio.to_thread(lock.take)
        await claim.take(lock)
        left = lock.left_open()
        if left is None or left == probed:
            return left is None or is_known
        await asyncio.to_thread(lock.give_back)  # the probe takes it
        is_known = await _is_judged(probing)
        probed = left


async def _is_judged(probing: Probing) -> bool:
    try:
        verdicts = await probing.probe()
    except Unavailable as error:
        log.warning("the folder of Chroma could not be probed", reason=str(error))
        return False
    return all(verdict.sound is not None for verdict in verdicts)
