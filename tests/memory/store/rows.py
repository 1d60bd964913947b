"""What stands in the tables, for tests to look at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from memory.database import Database
from memory.store.entry import Entry, Kind, namespace_of
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemoryVectorRow

AUDIENCE = "owner:7"
PASSAGES = namespace_of("main", AUDIENCE, "call_passages", "call:1")


def passage(key: str, text: str, **fields: Any) -> Entry:
    """A passage of a call, as a test needs one."""
    whole = {"kind": "call_passages", "audience": AUDIENCE, "namespace": PASSAGES, "value": {"said": text}, **fields}
    return Entry(key=key, text=text, embedded=whole.pop("embedded", {"text": text}), **whole)


async def items(database: Database) -> list[MemoryItemRow]:
    """All items, as they were first put."""
    statement = select(MemoryItemRow).order_by(col(MemoryItemRow.id))
    return list(await database.read(lambda session: session.scalars(statement).all()))


async def vectors(database: Database) -> list[MemoryVectorRow]:
    """All vectors."""
    statement = select(MemoryVectorRow).order_by(col(MemoryVectorRow.item_id), col(MemoryVectorRow.path))
    return list(await database.read(lambda session: session.scalars(statement).all()))


async def told(database: Database) -> Sequence[tuple[str, bool]]:
    """What the index is to be told: the id of a vector, and whether it is to be removed."""
    row = MemoryOutboxRow
    statement = select(col(row.vector_id), col(row.removed)).order_by(col(row.seq))
    found = await database.read(lambda session: session.execute(statement).all())
    return [(vector_id, removed) for vector_id, removed in found]


def kinds_of(ids: Sequence[str]) -> set[Kind | str]:
    """The kinds that ids of vectors name."""
    return {id.split(":")[0] for id in ids}
