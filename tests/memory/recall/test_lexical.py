"""Search by words in both databases."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, text, true
from sqlmodel import col

from memory.database import Database
from memory.recall import frequencies
from memory.recall.frequencies import worth_looking_for
from memory.recall.lexical import Lexical
from memory.store.entries import Entries
from memory.tables import MemoryItemRow
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.recall.conftest import entry

ANY: ColumnElement[bool] = true()

SYNTAX = (
    '"', "'", "''", "a'b", "\\", "\\'", "*", "pric*", "NOT price", "price NOT budget", "(price", "text:price",
    "NEAR(a b)", "^price", "{text}:price", "- price", "price:*", "price & !budget", "price <-> budget", "price | ",
    "!", "&&", ":A", "'; DROP TABLE memory_item; --", "%s", ":lexeme", "\x00", "\ud800", "price\x00budget",
)  # fmt: skip


@pytest.fixture
def lexical(database: Database) -> Lexical:
    return Lexical(database)


async def test_the_row_with_the_rarest_words_comes_first(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, *["the price was discussed"] * 5, "the price of the migration", "lunch at noon")

    found = await lexical.best("What was the price of migrating?", 10, ANY)

    assert await _text(entries, found[0][0]) == "the price of the migration"
    assert len(found) == 6
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


async def test_a_short_row_comes_before_a_long_one_with_the_same_word(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, "the migration " + "and many other words beside it " * 9, "a migration", "price", "lunch")

    assert [await _text(entries, id) for id, _ in await lexical.best("migration", 1, ANY)] == ["a migration"]


async def test_words_are_found_in_their_other_forms(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, "They were negotiating DISCOUNTS.", "lunch")

    assert len(await lexical.best("negotiated discount", 10, ANY)) == 1


async def test_only_rows_under_the_condition_are_found(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, *["the price"] * 6)
    allowed = col(MemoryItemRow.position) == 3

    assert [(await entries.of_ids([id]))[0].position for id, _ in await lexical.best("price", 10, allowed)] == [3]


@pytest.mark.parametrize("count", [1, 2, 3, 10])
async def test_so_they_are_where_the_condition_leaves_many(
    count: int, lexical: Lexical, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.recall.fts5.NARROW", 2)
    await _put(entries, *["the price"] * 6, "lunch", "price price")
    odd = col(MemoryItemRow.position) % 2 == 1

    found = [(await entries.of_ids([id]))[0].position for id, _ in await lexical.best("the price", count, odd)]

    assert found == [7, 5, 3, 1][:count]


@pytest.mark.parametrize("question", ["price budget", "budget price lunch"])
async def test_of_words_that_are_all_common_the_rarest_is_looked_for(
    question: str, on_sqlite: Database, embedder: HashedWords, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.recall.fts5.NARROW", 1)
    monkeypatch.setattr("memory.recall.fts5.BUDGET", 3)
    monkeypatch.setattr("memory.recall.frequencies.COMMON_ROWS", 1)
    entries = Entries(on_sqlite, embedder, clock)
    await _put(entries, *["price lunch"] * 6, *["price and budget"] * 3)

    found = await Lexical(on_sqlite).best(question, 10, ANY)

    assert [await _text(entries, id) for id, _ in found] == ["price and budget"] * 3


async def test_a_word_that_is_in_more_rows_than_affordable_is_looked_for_in_the_newest(
    on_sqlite: Database, embedder: HashedWords, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexical, entries = Lexical(on_sqlite), Entries(on_sqlite, embedder, clock)
    monkeypatch.setattr("memory.recall.fts5.NARROW", 1)
    monkeypatch.setattr("memory.recall.fts5.BUDGET", 3)
    await _put(entries, *["the price"] * 9)

    found = await lexical.best("price", 3, ANY)

    assert [(await entries.of_ids([id]))[0].position for id, _ in found] == [8, 7, 6]


async def test_so_it_is_in_postgresql(
    postgresql_database: str, embedder: HashedWords, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(postgresql_database)
    lexical, entries = Lexical(database), Entries(database, embedder, clock)
    monkeypatch.setattr("memory.recall.tsvector.BUDGET", 3)
    await _put(entries, *["the price"] * 12)
    await database.write(lambda session: session.execute(text("ANALYZE memory_item")))

    found = await lexical.best("price", 9, ANY)

    assert [(await entries.of_ids([id]))[0].position for id, _ in found] == [11, 10, 9]
    await database.close()


async def test_what_was_just_put_is_found_although_its_word_was_unknown_a_moment_ago(
    lexical: Lexical, entries: Entries
) -> None:
    await _put(entries, "lunch", "price")
    assert await lexical.best("kubernetes", 10, ANY) == []

    await entries.put([entry("kubernetes", source="call:2")])

    assert len(await lexical.best("kubernetes price", 10, ANY)) == 2


async def test_no_question_is_syntax(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, "the price", "lunch")

    for question in SYNTAX:
        found = await lexical.best(question, 10, ANY)
        assert [await _text(entries, id) for id, _ in found] == (["the price"] if "price" in question else []), question


@given(question=st.text(st.characters(exclude_categories=[]), max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_question_has_an_answer(question: str, lexical: Lexical) -> None:
    assert await lexical.best(question, 10, ANY) == []


async def test_a_question_of_stop_words_finds_nothing_wrong(lexical: Lexical, entries: Entries) -> None:
    await _put(entries, "price", "lunch")

    assert await lexical.best("What was it about?", 10, ANY) == []
    assert await lexical.best("", 10, ANY) == []
    assert await lexical.best("price", 0, ANY) == []


async def test_common_words_are_left_out_beside_rarer_ones() -> None:
    rows = 50_000
    chosen = worth_looking_for({"call": 30_000, "price": 900, "kubernetes": 3, "unheard": 0}, rows, 100_000)

    assert chosen == ["unheard", "kubernetes", "price"]
    assert worth_looking_for({"call": 30_000}, rows, 100_000) == ["call"]
    assert worth_looking_for({"call": 4_000, "price": 900}, rows, 2_000) == ["price"]
    assert worth_looking_for({"call": 10, "price": 9}, 12) == ["price", "call"]
    assert worth_looking_for({}, 0) == []


async def test_how_common_a_word_is_is_asked_once_in_some_minutes(database: Database) -> None:
    asked: list[str] = []

    def count(_session: object, word: str) -> int:
        asked.append(word)
        return len(word)

    counted = frequencies.Frequencies(count, lambda _: 7)

    for _ in range(3):
        assert await database.read(lambda session: counted.of(session, ["price", "lunch"])) == {"price": 5, "lunch": 5}
        assert await database.read(counted.rows) == 7

    assert asked == ["price", "lunch"]


async def test_what_was_changed_or_removed_is_no_longer_found(
    lexical: Lexical, entries: Entries, clock: MovableClock
) -> None:
    await _put(entries, "the price", "lunch")
    clock.pass_by(timedelta(minutes=1))

    await _put(entries, "the budget")
    await entries.remove_where(col(MemoryItemRow.position) == 1)

    assert await lexical.best("price", 10, ANY) == []
    assert await lexical.best("lunch", 10, ANY) == []
    assert len(await lexical.best("budget", 10, ANY)) == 1


async def _put(entries: Entries, *texts: str) -> None:
    await entries.put([entry(text, position=position) for position, text in enumerate(texts)])


async def _text(entries: Entries, id: int) -> str | None:
    [kept] = await entries.of_ids([id])
    return kept.text
