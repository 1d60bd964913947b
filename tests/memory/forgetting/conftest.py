"""The house on each kind of database."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database
from memory.forgetting.forgetting import Forgetting
from memory.records import Records
from memory.remembering import Memory
from memory.store.entries import Entries
from tests.embedders import HashedWords
from tests.memory.forgetting.house import House


@pytest.fixture
async def checkpoints(url: str, database: Database) -> AsyncIterator[Checkpoints]:
    async with open_checkpoints(url) as opened:
        yield opened


@pytest.fixture
def entries(database: Database, clock: Any) -> Entries:
    return Entries(database, HashedWords(), clock)


@pytest.fixture
async def house(database: Database, records: Records, entries: Entries, checkpoints: Checkpoints, clock: Any) -> House:
    """A house in which she has left her traces."""
    house = House(
        database=database,
        records=records,
        entries=entries,
        memory=Memory.over(database, entries, "main", clock),
        checkpoints=checkpoints,
        clock=clock,
        forgetting=Forgetting(database, entries, checkpoints, clock),
    )
    await house.lived_in()
    return house
