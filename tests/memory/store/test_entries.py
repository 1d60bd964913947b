"""What is kept is there whole, its vectors and the word to the index with it, on either database."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import event
from sqlmodel import col

from core.errors import NotUsable
from memory.database import Database
from memory.embedding.port import Vectors
from memory.store.draft import LONGEST_TEXT
from memory.store.entries import Entries
from memory.store.entry import Entry, namespace_of
from memory.store.namespaces import encode
from memory.tables import MemoryItemRow
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.store.rows import PASSAGES, items, passage, told, vectors

MINUTE = timedelta(minutes=1)
ELSEWHERE = namespace_of("main", "owner:8", "call_passages", "call:1")


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

    assert [row.key for row in await items(database)] == ["both", "new"]
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


async def test_a_large_put_that_is_cut_short_has_removed_nothing_and_can_be_repeated(
    database: Database, embedder: HashedWords, clock: MovableClock
) -> None:
    model = BreaksAt("the new one")
    entries = Entries(database, model, clock)
    former = [passage(str(number), f"passage {number}", source="call:1") for number in range(250)]
    await entries.put(former)
    later = [each.model_copy(update={"namespace": ELSEWHERE}) for each in former[:-1]]
    later += [passage("249", "the new one", namespace=ELSEWHERE, source="call:1")]
    places = [(each.namespace, each.key) for each in former]

    with pytest.raises(RuntimeError):
        await entries.put(later, remove=places)
    assert all(await entries.get_many(places))
    model.words = ""
    await entries.put(later, remove=places)

    assert {row.namespace for row in await items(database)} == {encode(ELSEWHERE)}
    assert len(await items(database)) == len(await vectors(database)) == 250
    assert model.asked[250:] == ["the new one"]


class BreaksAt(HashedWords):
    """Falls over at some words, as a process does that is ended."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.words in texts:
            raise RuntimeError("ended")
        return await super().embed(texts)


async def test_entries_move_in_place_with_their_vectors_and_the_index_hears_of_it(
    entries: Entries, database: Database, embedder: HashedWords, clock: MovableClock
) -> None:
    await entries.put([passage("0", "fixed", subjects=frozenset({"deal:1"}), embedded={"a": "fixed", "b": "more"})])
    [before], own, first = await items(database), await vectors(database), clock.at
    clock.pass_by(MINUTE)
    heard = len(await told(database))

    assert await entries.move([before.id or 0, 999], "owner:8") == 1
    assert await entries.move([before.id or 0], "owner:8") == 0

    moved = await entries.get(ELSEWHERE, "0")
    assert moved is not None and await entries.get(PASSAGES, "0") is None
    assert (moved.id, moved.audience, moved.created_at, moved.subjects) == (
        before.id or 0,
        "owner:8",
        first,
        frozenset({"deal:1"}),
    )
    assert [each.model_dump() for each in await vectors(database)] == [each.model_dump() for each in own]
    assert sorted((await told(database))[heard:]) == sorted((each.id, False) for each in own)
    assert len(embedder.asked) == 2


async def test_what_moves_takes_the_place_of_what_stands_there(
    entries: Entries, database: Database, clock: MovableClock
) -> None:
    third = namespace_of("main", "owner:9", "call_passages", "call:1")
    await entries.put([passage("0", "stays", namespace=third, audience="owner:9")])
    await entries.put([passage("0", "earlier", namespace=ELSEWHERE, audience="owner:8")])
    clock.pass_by(MINUTE)
    await entries.put([passage("0", "later"), passage("1", "other")])
    [_, earlier, later, other] = [row.id or 0 for row in await items(database)]

    assert await entries.move([later, other, earlier], "owner:9") == 2

    assert {row.id: (row.text, row.audience) for row in await items(database)} == {
        later: ("later", "owner:9"),
        other: ("other", "owner:9"),
    }
    assert sum(removed for _, removed in await told(database)) == 2


async def test_however_many_move_they_move_together(entries: Entries, database: Database) -> None:
    await entries.put([passage(str(number), f"passage {number}") for number in range(620)])
    commits: list[object] = []
    event.listen(database._engine, "commit", commits.append)

    assert await entries.move([row.id or 0 for row in await items(database)], "owner:8") == 620

    assert len(commits) == 1
    assert {row.audience for row in await items(database)} == {"owner:8"}


async def test_what_is_put_where_something_is_just_moving_gives_way(
    postgresql_database: str, embedder: HashedWords, clock: MovableClock
) -> None:
    database = await Database.open(postgresql_database)
    entries, loop = Entries(database, embedder, clock), asyncio.get_running_loop()
    await entries.put([passage("0", "moves")])
    [moving] = await items(database)
    meanwhile = [passage("0", "comes between", namespace=ELSEWHERE, audience="owner:8")]

    def put_first(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE memory_item SET namespace") and meanwhile:
            asyncio.run_coroutine_threadsafe(entries.put([meanwhile.pop()]), loop).result()

    event.listen(database._engine, "before_cursor_execute", put_first)

    assert await entries.move([moving.id or 0], "owner:8") == 1

    assert meanwhile == []
    assert [(row.id, row.text) for row in await items(database)] == [(moving.id, "moves")]
    await database.close()


async def test_a_text_is_renewed_only_where_it_stands_as_it_was_read(entries: Entries, database: Database) -> None:
    await entries.put([passage(key, key) for key in ("stays", "changed", "gone")])
    read = await entries.find()
    await entries.put([passage("changed", "other")], remove=[(PASSAGES, "gone")])

    await entries.renew_texts([(each, f"{each.text} anew") for each in read])

    assert {row.key: row.text for row in await items(database)} == {"stays": "stays anew", "changed": "other"}
    await entries.put([passage("stays", "stays anew", value={"said": "stays"}, embedded={"text": "stays"})])
    assert len([each for each in await told(database) if not each[1]]) == 4


async def test_a_text_of_any_length_is_kept_and_searched_as_far_as_a_database_can(
    entries: Entries, database: Database
) -> None:
    letters = (chr(number) for number in range(0x20000, 0x2A6D0))
    longest = " ".join(islice((one + other for one in letters for other in "ab"), 70_000)) + " end" * 900_000

    await entries.put([passage("0", longest)])

    kept = await entries.get(PASSAGES, "0")
    assert kept is not None and kept.value["said"] == longest
    assert len(kept.text or "") == len(kept.embedded["text"]) == LONGEST_TEXT


async def test_a_name_that_no_index_holds_is_refused(entries: Entries, database: Database) -> None:
    await entries.put([passage("k" * 2000, "a", source="s" * 2000, subjects=frozenset({"d" * 2000}))])

    for long in (
        passage("é" * 1300, "b"),
        passage("1", "b", source="s" * 2700),
        passage("2", "b", subjects=frozenset({"deal:1", "d" * 2700})),
        passage("3", "b", namespace=(*PASSAGES, "n" * 2700)),
    ):
        with pytest.raises(NotUsable, match="too long"):
            await entries.put([long])
    assert len(await items(database)) == 1


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
