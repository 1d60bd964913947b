"""The index told of what changed: the outbox emptied into it, at least once and in order.

What is done with a vector follows from how it stands in SQL, not from what the change said. So doing it again changes
nothing, and a crash between the index and the removal of outbox rows costs only the repetition.
"""

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

        What cannot be embedded now waits, and does not hold up others. 0 while another process is at it. Raises
        Unavailable when the index is away: everything waits then.
        """
        async with self.turn.hold() as held:
            if held is None:
                return 0
            problem: str | None = None
            try:
                done, problem = await self._drain(held, limit)
            except ServiceError as error:
                problem = str(error)
                raise
            finally:
                await self._note(problem)
            return done

    async def _drain(self, held: Held, limit: int | None) -> tuple[int, str | None]:
        done, after = 0, 0
        embedding = LateEmbedding(self._database, self._embedder)
        while limit is None or done < limit:
            count = BATCH if limit is None else min(BATCH, limit - done)
            rows = await self._database.read(partial(outbox.changes_after, after=after, count=count))
            if not rows:
                break
            after = rows[-1].seq or 0
            for group in outbox.grouped(rows):
                done += await self._tell(held, group, embedding)
        return done, embedding.problem

    async def _tell(self, held: Held, group: Group, embedding: LateEmbedding) -> int:
        stands = await self._database.read(partial(outbox.standing, group=group))
        if stands.bare:
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
