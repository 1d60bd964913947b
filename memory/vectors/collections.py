"""Which collections the index has (table memory_collection): a version of each kind of thing and each model.

building -> active -> retired -> gone. An active one that turns out damaged is `damaged`: it is not searched, and stays
until the next version takes its place. So at every moment one version is searched, or none.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.database import Database
from memory.store.entry import Kind
from memory.tables import MemoryCollectionRow, MemoryOutboxRow, MemoryVectorRow

State = Literal["building", "active", "damaged", "retired"]

LIVE: Final = ("active", "building")
"""What is told of every change."""


class Collection(Frozen):
    """A collection of the index; `filled_to` is the id of the last vector that a rebuild has put into it."""

    name: str
    kind: Kind
    model: str
    version: int
    state: State
    reason: str | None = None
    filled_to: str | None = None


class Collections:
    """Reads and changes those rows; every change is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> list[Collection]:
        """Every collection, by kind, model and version."""
        return await self._where()

    async def active(self, kind: Kind, model: str) -> Collection | None:
        """What is searched for this kind with vectors of this model, None when SQL has to be."""
        row = MemoryCollectionRow
        found = await self._where(col(row.kind) == kind, col(row.model) == model, col(row.state) == "active")
        return found[-1] if found else None

    async def searched(self, kind: Kind, model: str) -> Collection | None:
        """What is searched for this kind: of this model, else the newest of another one.

        The latter is there while a change of model is being carried out, and can be asked with the former embedder.
        """
        row = MemoryCollectionRow
        found = await self._where(col(row.kind) == kind, col(row.state) == "active")
        return max(found, key=lambda each: (each.model == model, each.version), default=None)

    async def live(self, kind: Kind, model: str) -> list[Collection]:
        """Those that are told of every change: the active one and the one being built."""
        row = MemoryCollectionRow
        return await self._where(col(row.kind) == kind, col(row.model) == model, col(row.state).in_(LIVE))

    async def get(self, name: str) -> Collection | None:
        """A collection as it stands now, None when it is gone."""
        return next(iter(await self._where(col(MemoryCollectionRow.name) == name)), None)

    async def building(self, kind: Kind, model: str) -> Collection | None:
        """The version that is being built, None when there is none."""
        return next((each for each in await self.live(kind, model) if each.state == "building"), None)

    async def next(self, kind: Kind, model: str) -> Collection:
        """The next version, which is not there yet: to be added once the index has it.

        The first one is active where all vectors of this kind still wait in the outbox, so that none has to be filled
        in; any other one is to be built.
        """
        return await self._database.read(partial(_next, kind=kind, model=model))

    async def add(self, collection: Collection) -> None:
        """Adds a version that the index has."""
        now = self._clock.now()
        row = {**collection.model_dump(), "created_at": now, "updated_at": now}
        await self._database.write(lambda session: session.add(MemoryCollectionRow(**row)))

    async def filled(self, name: str, to: str) -> None:
        """Says up to which vector a rebuild has come."""
        await self._change(name, filled_to=to)

    async def switch(self, name: str) -> bool:
        """Makes the one that is built the active one, and retires the former; False when it is not being built."""

        def work(session: Session) -> bool:
            row, now = MemoryCollectionRow, self._clock.now()
            built = session.scalars(select(row).where(col(row.name) == name).with_for_update()).first()
            if built is None or built.state != "building":
                return False
            same = and_(col(row.kind) == built.kind, col(row.model) == built.model, col(row.name) != name)
            session.execute(update(row).where(same).values(state="retired", updated_at=now))
            built.state, built.updated_at = "active", now
            return True

        return await self._database.write(work)

    async def mark_damaged(self, name: str, reason: str) -> None:
        """Says that it must not be searched; one that was being built is retired at once."""

        def work(session: Session) -> None:
            row = MemoryCollectionRow
            values = {"reason": reason, "updated_at": self._clock.now()}
            named = update(row).where(col(row.name) == name)
            session.execute(named.where(col(row.state) == "building").values(state="retired", **values))
            session.execute(named.where(col(row.state) == "active").values(state="damaged", **values))

        await self._database.write(work)

    async def retire_others(self, kind: Kind, model: str) -> None:
        """Retires every collection of this kind that is of another model."""

        def work(session: Session) -> None:
            row = MemoryCollectionRow
            others = update(row).where(col(row.kind) == kind, col(row.model) != model)
            session.execute(others.values(state="retired", updated_at=self._clock.now()))

        await self._database.write(work)

    async def forget(self, name: str) -> None:
        """Takes out the row of a retired collection, once the index has dropped it."""
        gone = delete(MemoryCollectionRow).where(
            col(MemoryCollectionRow.name) == name, col(MemoryCollectionRow.state) == "retired"
        )
        await self._database.write(lambda session: session.execute(gone))

    async def _change(self, name: str, **values: str) -> None:
        changes = update(MemoryCollectionRow).where(col(MemoryCollectionRow.name) == name)
        changes = changes.values(**values, updated_at=self._clock.now())
        await self._database.write(lambda session: session.execute(changes))

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Collection]:
        return await self._database.read(partial(_read, conditions=conditions))


def _next(session: Session, kind: Kind, model: str) -> Collection:
    row = MemoryCollectionRow
    of_both = and_(col(row.kind) == kind, col(row.model) == model)
    version = (session.scalar(select(func.max(row.version)).where(of_both)) or 0) + 1
    state: State = "active" if _is_first(session, kind, model) else "building"
    return Collection(name=f"{kind}__{model}__v{version}", kind=kind, model=model, version=version, state=state)


def _is_first(session: Session, kind: Kind, model: str) -> bool:
    row, vector, outbox = MemoryCollectionRow, MemoryVectorRow, MemoryOutboxRow
    waits = exists().where(col(outbox.vector_id) == col(vector.id), col(outbox.model) == col(vector.model))
    former = and_(col(vector.kind) == kind, or_(col(vector.model) != model, ~waits))
    known = select(col(row.name)).where(col(row.kind) == kind, col(row.model) == model)
    return all(
        session.scalar(statement.limit(1)) is None for statement in (known, select(col(vector.id)).where(former))
    )


def _read(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[Collection]:
    row = MemoryCollectionRow
    rows = session.scalars(select(row).where(*conditions).order_by(col(row.kind), col(row.model), col(row.version)))
    return [_collection(each) for each in rows]


def _collection(row: MemoryCollectionRow) -> Collection:
    return Collection.model_validate(row.model_dump(include=set(Collection.model_fields)))
