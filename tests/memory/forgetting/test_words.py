"""The words of what was forgotten leave SQLite's word index a little at a time, and others may write in between."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

import memory.forgetting.forgetting
from memory.database import Database
from memory.store.entry import Entry
from tests.memory.forgetting.house import House, places_of


@pytest.fixture
def url(sqlite_database: str) -> str:
    """PostgreSQL keeps no words of rows that are gone."""
    return sqlite_database


@pytest.fixture
def merged() -> Iterator[list[str]]:
    """What was asked of the word index itself, and where a transaction ended."""
    seen: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_given: Any) -> None:
        if "(memory_search" in statement.replace(" ", ""):
            seen.append("merge")

    def committed(_connection: Any) -> None:
        seen.append("commit")

    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", committed)
    yield seen
    event.remove(Engine, "before_cursor_execute", executed)
    event.remove(Engine, "commit", committed)


async def test_words_are_merged_in_many_transactions_until_none_is_left(
    house: House, merged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in range(5):
        await house.entries.put([of_others(page * 100 + number) for number in range(100)])
    monkeypatch.setattr(memory.forgetting.forgetting, "MERGE_PAGES", 1)
    merged.clear()
    await house.forgetting.forget("call:7", "bob@ours.example")
    assert merged.count("merge") > 2
    assert all(pair != ("merge", "merge") for pair in pairwise(merged))
    assert await segments(house.database) == 1
    assert await places_of(house.database, ("xylocanth",)) == set()


def of_others(number: int) -> Entry:
    words = " ".join(f"zorblatt{number}x{each}" for each in range(30))
    return Entry(namespace=("main", "owner:77", "other"), key=str(number), value={}, text=words)


async def segments(database: Database) -> int:
    """The pieces that the word index is made of."""
    counted = text("SELECT count(DISTINCT segid) FROM memory_search_idx")
    return await database.read(lambda session: int(session.scalar(counted) or 0))
