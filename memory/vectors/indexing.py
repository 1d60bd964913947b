"""The index told of what changed: the outbox emptied into it, at least once and in order.

What is done with a vector follows from how it stands in SQL, not from what the change said. So doing it again changes
nothing, and a crash between the index and the removal of outbox rows costs only the repetition.
"""

import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog

from core.clock import Clock
from core.errors import ServiceError
from memory.database import Database
from memory.embedding.port import Embedder
from memory.store.entry import Kind
from memory.vectors import outbox
from memory.vectors.collections import Collection, Collections
from memory.vectors.damage import Damaged
from memory.vectors.late import LateEmbedding
from memory.vectors.outbox import Group, Standing
from memory.vectors.port import VectorIndex
from memory.vectors.turn import Held, IndexTurn

log = structlog.get_logger(__name__)

BATCH: Final = 500
"""Changes taken at once."""


@dataclass(frozen=True)
class IndexState:
    """How far the index is: changes that wait, and what last went wrong, None since it went well."""

    waiting: int = 0
    last_error: str | None = None


@dataclass(frozen=True)
class Walk:
    """How many changes a walk over them has told, and whether it came to its end, or another process had the turn."""

    done: int
    is_whole: bool


class Indexer:
    """Tells the index of changes. Several processes at a server take turns."""

    def __init__(self, database: Database, index: VectorIndex, embedder: Embedder, clock: Clock) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._collections = Collections(database, clock)
        self.turn = IndexTurn(database)
        self.state = IndexState()

    async def drain(self, limit: int | None = None) -> int:
        """Tells the index of up to `limit` changes, or of all; returns how many are done.

        What was removed comes first, for it needs no embedding. What cannot be embedded now waits, and does not hold
        up others; whoever waits for the turn has it after each BATCH. Ends when another process has it. Raises
        Unavailable when the index is away: everything waits then.
        """
        most = sys.maxsize if limit is None else limit
        problem = self.state.last_error  # which stays what it was when it is not our turn
        embedding = LateEmbedding(self._database, self._embedder)
        try:
            removed = await self._walk(most, None)
            rest = await self._walk(most - removed.done, embedding)
            problem = embedding.problem or (None if rest.is_whole else problem)
            return removed.done + rest.done
        except ServiceError as error:
            problem = str(error)
            raise
        finally:
            await self._note(problem)

    async def _walk(self, most: int, embedding: LateEmbedding | None) -> Walk:
        """Tells of all changes, or without an embedding only of what was removed."""
        done, after = 0, 0
        changes = partial(outbox.changes_after, only_removed=embedding is None)
        while done < most and len(await self._database.read(partial(changes, after=after, count=1))) > 0:
            async with self.turn.hold() as held:
                if held is None:
                    return Walk(done, is_whole=False)
                count = min(BATCH, most - done)
                rows = await self._database.read(partial(changes, after=after, count=count))
                after = max((row.seq or 0 for row in rows), default=after)
                for group in outbox.grouped(rows):
                    done += await self._tell(held, group, embedding)
        return Walk(done, is_whole=True)

    async def _tell(self, held: Held, group: Group, embedding: LateEmbedding | None) -> int:
        stands = await self._database.read(partial(outbox.standing, group=group))
        if stands.bare and embedding is not None:
            await embedding.embed(held, group.model, stands.bare)
            stands = await self._database.read(partial(outbox.standing, group=group))
        await self._tell_collections(held, group, stands)
        rows = group.rows_of([*(point.id for point in stands.points), *stands.gone])
        await self._database.write(partial(outbox.remove, rows=rows))
        return len(rows)

    async def _tell_collections(self, held: Held, group: Group, stands: Standing) -> None:
        """Tells every live collection; one that is damaged is marked, and the next version told instead."""
        for is_last in (False, True):
            live = await self._collections.live(group.kind, group.model)
            if not live and stands.points:
                live = [await self.begin(group.kind, group.model)]
            try:
                for collection in live:
                    await held.keep()
                    await self._index.upsert(collection.name, stands.points)
                    await held.keep()
                    await self._index.delete(collection.name, stands.gone)
                return
            except Damaged as damage:
                if damage.collection is None or is_last:
                    raise
                log.warning("a vector collection is damaged", collection=damage.collection, problem=damage.problem)
                await self._collections.mark_damaged(damage.collection, damage.problem)

    async def begin(self, kind: Kind, model: str) -> Collection:
        """The version that is being built, or a new one; the very first is active when there is nothing to fill in.

        Only for whoever has the turn. The index has it before the database knows of it.
        """
        building = await self._collections.building(kind, model)
        if building is not None:
            return building
        new = await self._collections.next(kind, model)
        await self._index.drop(new.name)  # of a crash, or of a database that was put back to an earlier state
        await self._index.create(new.name)
        await self._collections.add(new)
        return new

    async def _note(self, problem: str | None) -> None:
        self.state = replace(self.state, last_error=problem)
        self.state = replace(self.state, waiting=await self._database.read(outbox.waiting))
