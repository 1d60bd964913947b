"""What is kept is there whole, its vectors and the word to the index with it, on either database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col

from core.errors import NotUsable
from memory.database import Database
from memory.store.entries import Entries
from memory.store.entry import Entry
from memory.tables import MemoryItemRow
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.store.rows import PASSAGES, items, passage, told, vectors

MINUTE = timedelta(minutes=1)


async def test_an_entry_comes_back_as_it_was_put(entries: Entries, clock: MovableClock) -> None:
    entry = passage(
        "0",
        "The budget is fixed.",
        value={"minute": 3, "words": ["é", None, 1.5], "by": {"name": "Ana"}},
        source="call:1",
        position=4,
        subjects=frozenset({"deal:301", "person:ana@acme.com"}),
        at=datetime(2026, 11, 3, 8, 30, tzinfo=UTC),
        embedded={"second": "b", "first": "a"},
        ttl_minutes=5,
    )

    await entries.put([entry])
    kept = await entries.get(PASSAGES, "0")

    assert kept is not None
    assert Entry.model_validate(kept.model_dump(include=set(Entry.model_fields))) == entry
    assert list(kept.embedded) == ["second", "first"]
    assert (kept.created_at, kept.updated_at, kept.expires_at) == (clock.at, clock.at, clock.at + 5 * MINUTE)


async def test_what_is_put_again_keeps_its_id_and_its_first_moment(entries: Entries, clock: MovableClock) -> None:
    await entries.put([passage("0", "The budget is fixed.")])
    first = await entries.get(PASSAGES, "0")
    clock.pass_by(MINUTE)

    await entries.put([passage("0", "The budget is open.")])
    second = await entries.get(PASSAGES, "0")

    assert first is not None and second is not None
    assert (second.id, second.created_at, second.updated_at) == (first.id, first.created_at, clock.at)
    assert second.content_hash != first.content_hash


async def test_putting_the_same_again_embeds_nothing_and_tells_the_index_nothing(
    entries: Entries, database: Database, embedder: HashedWords, clock: MovableClock
) -> None:
    entry = passage("0", "The budget is fixed.", subjects=frozenset({"deal:301"}), at=clock.at)
    await entries.put([entry])
    before = await told(database)

    await entries.put([entry])

    assert (await told(database), len(embedder.asked)) == (before, 1)


async def test_a_new_text_takes_the_place_of_the_vector_of_the_former(entries: Entries, database: Database) -> None:
    await entries.put([passage("0", "fixed", embedded={"a": "fixed", "b": "stays"})])
    former = {each.path: each.id for each in await vectors(database)}

    await entries.put([passage("0", "open", embedded={"a": "open", "b": "stays"})])
    now = {each.path: each for each in await vectors(database)}

    assert {path: each.text for path, each in now.items()} == {"a": "open", "b": "stays"}
    assert (now["b"].id, now["a"].id == former["a"]) == (former["b"], False)
    assert (former["a"], True) in await told(database)
    assert (now["a"].id, False) in await told(database)


async def test_a_change_of_what_it_is_about_embeds_nothing(
    entries: Entries, database: Database, embedder: HashedWords
) -> None:
    await entries.put([passage("0", "fixed", subjects=frozenset({"deal:301", "deal:302"}))])

    await entries.put([passage("0", "fixed", subjects=frozenset({"deal:302", "deal:303"}))])

    assert [kept.key for kept in await entries.of_subject("deal:303")] == ["0"]
    assert await entries.of_subject("deal:301") == []
    assert embedder.asked == ["fixed"]


async def test_a_text_is_embedded_once_however_often_it_is_put(entries: Entries, embedder: HashedWords) -> None:
    await entries.put([passage(str(number), f"passage {number % 9}", source="call:1") for number in range(18)])
    assert len(embedder.asked) == 9

    moved = [passage(f"new-{number}", f"passage {number}", source="call:1") for number in range(10)]
    await entries.put(moved)

    assert embedder.asked[9:] == ["passage 9"]


async def test_what_cannot_be_embedded_now_is_kept_and_waits(
    entries: Entries, database: Database, embedder: HashedWords
) -> None:
    embedder.away = True

    await entries.put([passage("0", "The budget is fixed.")])

    [vector] = await vectors(database)
    assert (vector.vector, vector.text) == (None, "The budget is fixed.")
    assert await told(database) == [(vector.id, False)]
    assert await entries.get(PASSAGES, "0") is not None


async def test_an_entry_put_again_gets_the_vector_it_waited_for(
    entries: Entries, database: Database, embedder: HashedWords
) -> None:
    embedder.away = True
    await entries.put([passage("0", "fixed")])
    embedder.away = False

    await entries.put([passage("0", "fixed", position=1)])

    assert [each.vector is not None for each in await vectors(database)] == [True]


async def test_removing_and_putting_is_one_step_and_tells_the_index(entries: Entries, database: Database) -> None:
    await entries.put([passage("old", "former"), passage("both", "former")])
    former = [each.id for each in await vectors(database)]

    await entries.put(
        [passage("new", "later"), passage("both", "later")], remove=[(PASSAGES, "old"), (PASSAGES, "both")]
    )

    assert [row.key for row in await items(database)] == ["new", "both"]
    assert {(each, True) for each in former} <= set(await told(database))
    assert [each.text for each in await vectors(database)] == ["later", "later"]


async def test_the_last_of_several_entries_at_one_place_counts(entries: Entries, database: Database) -> None:
    await entries.put([passage("0", "first"), passage("1", "other"), passage("0", "last")])

    assert [(row.key, row.text) for row in await items(database)] == [("0", "last"), ("1", "other")]


async def test_more_than_one_transaction_takes_are_all_kept_in_order(entries: Entries, database: Database) -> None:
    await entries.put([passage(str(number), f"passage {number}", position=number) for number in range(450)])

    assert [row.position for row in await items(database)] == list(range(450))
    assert len(await vectors(database)) == len(await told(database)) == 450
    assert len(await entries.find(kind="call_passages", positions=(10, 19))) == 10


async def test_what_has_expired_is_nowhere(entries: Entries, database: Database, clock: MovableClock) -> None:
    await entries.put([passage("0", "fixed", source="call:1", subjects=frozenset({"deal:1"}), ttl_minutes=2)])
    clock.pass_by(2 * MINUTE)

    assert await entries.get(PASSAGES, "0", renew=True) is None
    assert await entries.of_source("call:1") == await entries.of_subject("deal:1") == await entries.find() == []
    assert await entries.of_ids([row.id or 0 for row in await items(database)]) == []
    assert await entries.namespaces() == []
    assert await entries.ids_where(col(MemoryItemRow.key) == "0", count=9) == []


async def test_what_is_put_where_something_expired_is_new(
    entries: Entries, database: Database, clock: MovableClock
) -> None:
    await entries.put([passage("0", "fixed", ttl_minutes=2), passage("1", "stays")])
    [expired, _] = await vectors(database)
    clock.pass_by(3 * MINUTE)

    await entries.put([passage("0", "fixed"), passage("1", "stays")])
    kept = await entries.get(PASSAGES, "0")

    assert kept is not None
    assert (kept.created_at, kept.expires_at) == (clock.at, None)
    assert (expired.id, True) in await told(database)


async def test_reading_makes_it_live_anew_where_the_reader_says_so(entries: Entries, clock: MovableClock) -> None:
    await entries.put([passage("0", "fixed", ttl_minutes=2), passage("1", "stays")])
    clock.pass_by(MINUTE)
    await entries.get(PASSAGES, "1", renew=True)
    await entries.get(PASSAGES, "0", renew=True)
    clock.pass_by(1.5 * MINUTE)
    assert await entries.get(PASSAGES, "0") is not None

    clock.pass_by(MINUTE)

    assert await entries.get(PASSAGES, "0") is None


async def test_the_sweep_removes_what_has_expired_with_all_that_hangs_on_it(
    entries: Entries, database: Database, clock: MovableClock
) -> None:
    await entries.put(
        [passage("0", "fixed", ttl_minutes=2), passage("1", "stays", ttl_minutes=9), passage("2", "ever")]
    )
    clock.pass_by(3 * MINUTE)

    assert (await entries.sweep(), await entries.sweep()) == (1, 0)
    assert [row.key for row in await items(database)] == ["1", "2"]
    assert [each.text for each in await vectors(database)] == ["stays", "ever"]
    assert sum(removed for _, removed in await told(database)) == 1


async def test_a_time_to_live_beyond_all_dates_is_for_ever(entries: Entries) -> None:
    await entries.put([passage("0", "fixed", ttl_minutes=1e300)])

    kept = await entries.get(PASSAGES, "0")

    assert kept is not None and kept.expires_at is None


async def test_they_are_found_by_source_subject_kind_and_position(entries: Entries) -> None:
    about_deal = frozenset({"deal:1"})
    await entries.put(
        [
            passage("b", "second", source="call:1", position=2, subjects=about_deal),
            passage("a", "first", source="call:1", position=1),
            passage("c", "third", source="call:2", position=1, subjects=about_deal),
            passage("f", "finding", source="call:1", position=9, kind="call_findings", subjects=about_deal),
        ]
    )

    assert [kept.key for kept in await entries.of_source("call:1")] == ["a", "b", "f"]
    assert [kept.key for kept in await entries.of_source("call:1", "call_passages")] == ["a", "b"]
    assert [kept.key for kept in await entries.find(sources=["call:1", "call:2"], positions=(1, 2))] == ["a", "b", "c"]
    assert [kept.key for kept in await entries.find(sources=["call:1"], subjects=["deal:1", "deal:2"])] == ["b", "f"]


async def test_several_are_read_in_the_order_they_are_asked_for(entries: Entries) -> None:
    await entries.put([passage(str(number), f"passage {number}") for number in range(3)])

    found = await entries.get_many([(PASSAGES, "2"), (PASSAGES, "none"), (PASSAGES, "0"), (PASSAGES, "2")])

    assert [kept and kept.key for kept in found] == ["2", None, "0", "2"]
    ids = [kept.id for kept in found if kept is not None]
    assert [kept.id for kept in await entries.of_ids([*ids, 10**9])] == ids


@pytest.mark.parametrize(
    "refused",
    [
        passage("0", "x", value={"made": object()}),
        passage("0", "x", value={"share": float("nan")}),
        passage("k\x00", "x"),
        passage("k\ud800", "x"),
        passage("0", "x", namespace=("main", "a.b")),
        passage("0", "x", namespace=("main", "")),
    ],
)
async def test_what_cannot_be_stored_is_refused_and_nothing_is_written(
    entries: Entries, database: Database, refused: Entry
) -> None:
    with pytest.raises(NotUsable):
        await entries.put([passage("1", "well"), refused])

    assert await items(database) == []


async def test_half_characters_and_nul_in_a_text_do_no_harm(entries: Entries, database: Database) -> None:
    await entries.put([passage("0", "a\x00b\ud800c", value={"said": "a\x00b\ud800c"})])

    kept = await entries.get(PASSAGES, "0")

    assert kept is not None
    assert (kept.text, kept.value) == ("a b?c", {"said": "a\x00b\ud800c"})


async def test_an_entry_is_a_tenants_only_where_its_namespace_says_the_same(
    entries: Entries, database: Database
) -> None:
    await entries.put(
        [passage("0", "mine"), passage("1", "another's", audience="owner:8"), passage("2", "other", kind="other")]
    )

    assert [row.tenant for row in await items(database)] == ["main", None, None]


async def test_many_that_write_the_same_at_once_leave_one_entry_and_its_vector(
    entries: Entries, database: Database
) -> None:
    await asyncio.gather(*(entries.put([passage("0", f"text {number}"), passage("1", "same")]) for number in range(12)))

    first, second = await items(database)
    assert [each.text for each in await vectors(database)] == [first.text, second.text]


async def test_ids_are_never_given_twice(entries: Entries, database: Database) -> None:
    await entries.put([passage("0", "fixed")])
    [former] = await items(database)
    await entries.remove_where(col(MemoryItemRow.key) == "0")

    await entries.put([passage("0", "fixed")])
    [later] = await items(database)

    assert (later.id or 0) > (former.id or 0)
