"""What the index has, looked at from outside."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.database import Database
from memory.tables import MemoryCollectionRow, MemoryOutboxRow, MemoryVectorRow, TurnRow
from memory.vectors.collections import Collection
from memory.vectors.port import Near, VectorIndex


async def states(database: Database) -> dict[str, str]:
    """The state of every collection."""
    rows = await database.read(lambda session: session.scalars(select(MemoryCollectionRow)).all())
    return {row.name: row.state for row in rows}


async def vector_ids(database: Database, model: str) -> list[str]:
    """The ids of all vectors of a model, in order."""
    row = MemoryVectorRow
    statement = select(col(row.id)).where(col(row.model) == model).order_by(col(row.id))
    return await database.read(lambda session: list(session.scalars(statement)))


async def bare_ids(database: Database) -> list[str]:
    """The ids of what has yet to be embedded."""
    row = MemoryVectorRow
    statement = select(col(row.id)).where(col(row.vector).is_(None))
    return await database.read(lambda session: list(session.scalars(statement)))


async def outbox(database: Database) -> list[MemoryOutboxRow]:
    """The changes that wait."""
    statement = select(MemoryOutboxRow).order_by(col(MemoryOutboxRow.seq))
    return await database.read(lambda session: list(session.scalars(statement)))


async def put_back(database: Database, rows: Sequence[MemoryOutboxRow]) -> None:
    """Puts changes into the outbox once more, as if they had not been taken out before a crash."""
    await database.write(partial(_add, rows=[row.model_dump() for row in rows]))


async def empty_outbox(database: Database) -> None:
    """Loses all changes."""
    await database.write(lambda session: session.execute(delete(MemoryOutboxRow)))


async def pass_the_turn(database: Database) -> None:
    """Gives the turn at the index to another process, as when its holder was held up for too long."""
    await database.write(lambda session: session.execute(update(TurnRow).values(holder="another process")))


async def held(index: VectorIndex, collection: str | Collection | None, ids: Sequence[str]) -> set[str]:
    """Which of these a collection has."""
    assert collection is not None
    name = collection if isinstance(collection, str) else collection.name
    return set(await index.vectors(name, ids))


def ids_of(near: Sequence[Near]) -> list[str]:
    return [each.id for each in near]


def _add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.add_all([MemoryOutboxRow(**row) for row in rows])
