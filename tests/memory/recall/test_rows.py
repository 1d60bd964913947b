"""How rows are read: each by its id or its place, however many there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from core.scope import Scope
from memory.database import Database
from memory.recall.access import access
from memory.recall.asked import Asked
from memory.recall.choosing import chosen
from memory.recall.rows import candidates, with_surroundings
from memory.store.entries import Entries
from memory.store.entry import KINDS
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.recall.conftest import TENANT, entry

Statement = tuple[str, Any]

BY_ID = "SEARCH memory_item USING INTEGER PRIMARY KEY (rowid=?)"
BY_PLACE = "SEARCH memory_item USING INDEX ix_memory_item_source_position (source=? AND position=?)"


@pytest.fixture
def statements() -> Iterator[list[Statement]]:
    """Every statement that goes to a database."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def test_sqlite_looks_rows_up_and_goes_through_none(
    on_sqlite: Database, embedder: HashedWords, clock: MovableClock, statements: list[Statement]
) -> None:
    await Entries(on_sqlite, embedder, clock).put([entry(f"price {at}", position=at) for at in range(3)])
    asked = Asked(access(Scope(audiences=frozenset({"unowned", "owner:1"})), TENANT), clock.now(), KINDS)
    statements.clear()

    found = await candidates(on_sqlite, asked, [1, 2, 3])
    rows = await with_surroundings(on_sqlite, asked, chosen(found, dict.fromkeys((1, 2, 3), 1.0), asked.now, 2), 1)

    assert len(rows) == 3
    asked_for = [each for each in statements if "FROM memory_item" in each[0]]  # what explains them is one, too
    plans = [await _plan(on_sqlite, each) for each in asked_for]
    assert plans == [[BY_ID], [BY_PLACE], [BY_ID]]


async def _plan(database: Database, statement: Statement) -> list[str]:
    sql, parameters = statement
    explain = f"EXPLAIN QUERY PLAN {sql}"
    return await database.read(
        lambda session: [row[3] for row in session.connection().exec_driver_sql(explain, parameters)]
    )
