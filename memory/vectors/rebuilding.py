"""Collections made anew from the database, beside the one that is searched, and put in its place when they are whole.

A rebuild that was killed goes on where it was. Nothing is embedded again, but where the model has changed.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from core.clock import Clock
from core.errors import Unavailable
from memory.database import Database
from memory.embedding.port import Embedder
from memory.store.entry import KINDS, Kind
from memory.vectors import adoption, outbox
from memory.vectors.batches import batches
from memory.vectors.collections import LIVE, Collection, Collections
from memory.vectors.damage import SERVICE, Damaged
from memory.vectors.in_force import ModelInForce
from memory.vectors.indexing import BATCH, Indexer
from memory.vectors.port import Point, VectorIndex
from memory.vectors.refusals import embedded
from memory.vectors.turn import Held

log = structlog.get_logger(__name__)

PAGE: Final = 2000
"""Vectors put in before it is noted how far a rebuild is, some seconds of work."""

PAUSE_S: Final = 1.0
"""Between two looks whether another process, which has the turn, is done with it."""


@dataclass(frozen=True)
class Progress:
    """How far a rebuild is: vectors of `kind` put in, or embedded where `is_embedding`, of all."""

    kind: Kind
    done: int
    total: int
    is_embedding: bool = False


Report = Callable[[Progress], None]


class Rebuilding:
    """Makes collections anew. Recall goes on meanwhile, and what is put meanwhile goes into both."""

    def __init__(
        self, database: Database, index: VectorIndex, embedder: Embedder, clock: Clock, indexer: Indexer
    ) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._indexer = indexer
        self._clock = clock
        self._collections = Collections(database, clock)
        self._in_force = ModelInForce(database, embedder.model)

    async def is_pointless(self) -> bool:
        """Whether the index has nothing to hold, and nothing to be told: then it need not even be opened."""
        return not await self._collections.all() and await self._database.read(outbox.waiting) == 0

    async def close(self) -> None:
        """Leaves it to others which model is in force."""
        await self._in_force.withdraw()

    async def mend(self, report: Report | None = None) -> list[Kind]:
        """Drops what is retired, and brings every kind to one sound collection of the present model.

        That is: ends rebuilds that were begun, rebuilds what is damaged or not there, and carries out a change of
        model. Costs some milliseconds where nothing is to be done; returns the kinds where something was. Raises
        Unavailable when the index or the embedder is away, or the model is to change while another process works with
        the former one.
        """
        await self._in_force.say()
        await self._mark_absent()
        await self._drop_retired()
        model = self._embedder.model
        mended: list[Kind] = []
        for kind in KINDS:
            if await self._database.read(partial(adoption.is_needed, kind=kind, model=model)):
                await self.adopt(kind, report)
            elif await self._needs_rebuild(kind):
                await self.rebuild(kind, report)
            else:
                continue
            mended.append(kind)
        return mended

    async def rebuild(self, kind: Kind, report: Report | None = None) -> None:
        """Makes this kind's collection anew; goes on with a rebuild that was begun. Raises Unavailable as the index."""
        total = await self._database.read(partial(outbox.count, kind=kind, model=self._embedder.model))
        collection = await self._begin(kind)
        done = 0
        while (put := await self._next_page(collection.name)) != 0:
            if put is None:  # another process has the turn, and may be filling the very same one
                await asyncio.sleep(PAUSE_S)
                continue
            done += put
            await self._in_force.say()
            await self._indexer.drain()  # what is put meanwhile does not wait for the end
            if report is not None:
                report(Progress(kind, min(done, total), total))
        await self._indexer.drain()
        await self._drop_retired()

    async def adopt(self, kind: Kind, report: Report | None = None) -> None:
        """Carries a change of model out for this kind: embeds every text anew, builds, switches, clears away.

        Until the switch the former model's collection stays. What is embedded already is not embedded again after a
        crash. Raises Unavailable when the embedder or the index is away, the embedder refuses everything, or another
        process works with another model.
        """
        model = self._embedder.model
        await self._in_force.insist()
        total = await self._database.read(partial(adoption.left, kind=kind, model=model))
        while texts := await self._database.read(partial(adoption.next_texts, kind=kind, model=model)):
            vectors = await embedded(self._embedder, texts)
            adopted = adoption.Adopted(self._database.insert, kind, model, vectors, self._clock.now())
            await self._database.write(adopted.write)
            await self._indexer.drain()
            await self._in_force.insist()
            if report is not None:
                left = await self._database.read(partial(adoption.left, kind=kind, model=model))
                report(Progress(kind, max(total - left, 0), total, is_embedding=True))
        if await self._needs_rebuild(kind):
            await self.rebuild(kind, report)
        await self._clear_others(kind)

    async def _begin(self, kind: Kind) -> Collection:
        while True:
            async with self._indexer.turn.hold() as held:
                if held is not None:
                    return await self._indexer.begin(kind, self._embedder.model)
            await asyncio.sleep(PAUSE_S)

    async def _next_page(self, name: str) -> int | None:
        """Puts the next page in and returns how many; 0 when it has taken its place, None when it is not our turn."""
        async with self._indexer.turn.hold() as held:
            if held is None:
                return None
            collection = await self._collections.get(name)
            if collection is None or collection.state == "retired":
                raise Unavailable(SERVICE, f"{name} was given up while it was filled", next_step="Try again.")
            if collection.state != "building":
                return 0
            points = await self._database.read(partial(outbox.page, collection=collection, count=PAGE))
            if points:
                await self._put(held, collection, points)
                return len(points)
            await self._collections.switch(name)
            log.info("a vector collection was rebuilt", collection=name)
            return 0

    async def _put(self, held: Held, collection: Collection, points: Sequence[Point]) -> None:
        try:
            for some in batches(points, BATCH):
                await held.keep()
                await self._index.upsert(collection.name, some)
        except Damaged as damage:  # the next try begins with another version
            await self._collections.mark_damaged(collection.name, damage.problem)
            raise
        await self._collections.filled(collection.name, points[-1].id)

    async def _needs_rebuild(self, kind: Kind) -> bool:
        model = self._embedder.model
        of_kind = [each for each in await self._collections.all() if (each.kind, each.model) == (kind, model)]
        states = {each.state for each in of_kind}
        if states & {"building", "damaged"}:
            return True
        return "active" not in states and await self._database.read(partial(outbox.has_told, kind=kind, model=model))

    async def _clear_others(self, kind: Kind) -> None:
        """Removes the former models' vectors, once none of them is needed and there are any of the new one."""
        model = self._embedder.model
        if await self._database.read(partial(adoption.left, kind=kind, model=model)):
            return
        if not await self._database.read(partial(outbox.count, kind=kind, model=model)):
            return
        await self._collections.retire_others(kind, model)
        await self._drop_retired()
        removed = 1
        while removed:
            removed = await self._database.write(partial(adoption.remove_others, kind=kind, model=model))

    async def _mark_absent(self) -> None:
        """Marks what the index should have and has not: its folder was removed, or its server set up anew."""
        if not await self._absent():
            return
        async with self._indexer.turn.hold() as held:
            if held is not None:
                for each in await self._absent():
                    await self._collections.mark_damaged(each.name, "it is not there")

    async def _absent(self) -> list[Collection]:
        live = [each for each in await self._collections.all() if each.state in LIVE]
        there = await self._index.collections()  # asked after the rows were read, for it has a new one before them
        return [each for each in live if each.name not in there]

    async def _drop_retired(self) -> None:
        if not await self._retired():
            return
        async with self._indexer.turn.hold() as held:
            if held is not None:
                for each in await self._retired():
                    await self._drop(held, each)

    async def _retired(self) -> list[Collection]:
        return [each for each in await self._collections.all() if each.state == "retired"]

    async def _drop(self, held: Held, retired: Collection) -> None:
        await held.keep()
        try:
            await self._index.drop(retired.name)
        except Unavailable as error:
            log.warning("a retired vector collection stays for now", collection=retired.name, reason=str(error))
        else:
            await self._collections.forget(retired.name)
