"""The store as libraries use it, one case at a time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchOp,
)
from sqlalchemy import event

from core.errors import ConfigurationError, NotUsable, Unavailable
from core.scope import owned_by
from memory.database import Database
from memory.store.chroma_store import ChromaStore
from memory.store.entries import Entries
from memory.store.entry import namespace_of
from memory.store.nearest import Found, Nearest
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.store.conftest import MakeStore
from tests.memory.store.rows import items, vectors

ANA = ("users", "ana")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """Here it does not matter which: the differential tests run on both."""
    return on_sqlite


async def test_an_item_is_there_until_it_is_deleted(store: ChromaStore, clock: MovableClock) -> None:
    await store.aput(ANA, "likes", {"drink": "tea", "of": ["day", 1]})
    item = await store.aget(ANA, "likes")
    await store.adelete(ANA, "likes")

    assert item == Item(
        value={"drink": "tea", "of": ["day", 1]}, key="likes", namespace=ANA, created_at=clock.at, updated_at=clock.at
    )
    assert await store.aget(ANA, "likes") is None
    assert await store.alist_namespaces() == []


async def test_it_keeps_its_first_moment_when_it_is_put_again(store: ChromaStore, clock: MovableClock) -> None:
    first = clock.at
    await store.aput(ANA, "likes", {"drink": "tea"})
    clock.pass_by(MINUTE)
    await store.aput(ANA, "likes", {"drink": "tea"})

    item = await store.aget(ANA, "likes")

    assert item is not None
    assert (item.created_at, item.updated_at) == (first, clock.at)


async def test_a_value_that_was_read_is_the_readers_own(store: ChromaStore) -> None:
    given: dict[str, Any] = {"notes": ["a"]}
    await store.aput(ANA, "likes", given)
    given["notes"].append("b")
    read = await store.aget(ANA, "likes")
    assert read is not None
    read.value["notes"].append("c")

    item = await store.aget(ANA, "likes")

    assert item is not None and item.value == {"notes": ["a"]}


async def test_a_batch_reads_what_was_there_before_its_own_puts(store: ChromaStore) -> None:
    await store.aput(ANA, "a", {"n": 1})
    ops: list[Op] = [
        PutOp(ANA, "a", {"n": 2}),
        GetOp(ANA, "a"),
        PutOp(ANA, "b", {"n": 3}),
        PutOp(ANA, "b", {"n": 4}),
        PutOp(ANA, "c", {"n": 5}),
        PutOp(ANA, "c", None),
        SearchOp(ANA),
        ListNamespacesOp(),
        GetOp(ANA, "nothing"),
    ]

    results = await store.abatch(ops)

    got, found = results[1], results[6]
    assert isinstance(got, Item) and got.value == {"n": 1}
    assert isinstance(found, list) and [item.value for item in found if isinstance(item, Item)] == [{"n": 1}]
    assert results[7:] == [[ANA], None]
    assert results[0] is results[2] is results[3] is None
    after = await store.asearch(ANA)
    assert [(item.key, item.value["n"]) for item in after] == [("a", 2), ("b", 4)]


async def test_a_prefix_ends_where_a_label_ends(store: ChromaStore) -> None:
    for namespace in (("a",), ("a", "b"), ("ab",), ("A",), ("a%",), ("a_",)):
        await store.aput(namespace, "k", {})

    assert {item.namespace for item in await store.asearch(("a",))} == {("a",), ("a", "b")}
    assert await store.alist_namespaces(prefix=("a",)) == [("a",), ("a", "b")]
    assert [item.namespace for item in await store.asearch(("a%",))] == [("a%",)]


async def test_namespaces_are_listed_by_their_labels(store: ChromaStore) -> None:
    for namespace in (("b", "x", "v1"), ("a-b",), ("a", "y", "v1", "deep"), ("a", "y", "v1"), ("a", "x", "v2")):
        await store.aput(namespace, "k", {})

    assert (await store.alist_namespaces())[-2:] == [("a-b",), ("b", "x", "v1")]
    assert await store.alist_namespaces(suffix=("v1",)) == [("a", "y", "v1"), ("b", "x", "v1")]
    assert await store.alist_namespaces(prefix=("*", "x")) == [("a", "x", "v2"), ("b", "x", "v1")]
    assert await store.alist_namespaces(prefix=("a", "*", "v1")) == [("a", "y", "v1"), ("a", "y", "v1", "deep")]
    assert await store.alist_namespaces(prefix=("a",), suffix=("v1",)) == [("a", "y", "v1")]
    assert await store.alist_namespaces(max_depth=1) == [("a",), ("a-b",), ("b",)]
    assert await store.alist_namespaces(prefix=("a",), max_depth=2, limit=1, offset=1) == [("a", "y")]


@pytest.mark.parametrize(
    "op",
    [
        PutOp(("a.b",), "k", {}),
        PutOp(("",), "k", {}),
        GetOp(("a", "b."), "k"),
        SearchOp(("a.b",)),
        ListNamespacesOp((MatchCondition("prefix", ("a.b",)),)),
    ],
)
async def test_a_raw_operation_cannot_reach_into_another_namespace(store: ChromaStore, op: Op) -> None:
    with pytest.raises(InvalidNamespaceError):
        await store.abatch([PutOp(("fine",), "k", {}), op])

    assert await store.alist_namespaces() == []


@pytest.mark.parametrize(
    "op",
    [
        "no operation",
        SearchOp((), limit=-1),
        SearchOp((), offset=-1),
        ListNamespacesOp(limit=-1),
        SearchOp((), {"n": {"$in": [1]}}),
        ListNamespacesOp((MatchCondition("infix", ("a",)),)),  # type: ignore[arg-type]
    ],
)
async def test_what_cannot_be_carried_out_is_an_error_and_nothing_is_written(store: ChromaStore, op: Any) -> None:
    with pytest.raises(ValueError, match=r"Unknown|negative|Unsupported"):
        await store.abatch([PutOp(("fine",), "k", {}), op])

    assert await store.alist_namespaces() == []


async def test_a_value_that_is_not_json_is_refused(store: ChromaStore) -> None:
    with pytest.raises(NotUsable, match="not JSON"):
        await store.aput(ANA, "k", {"made": object()})


async def test_a_rare_filter_neither_asks_for_all_neighbours_nor_names_them_all_at_once(
    database: Database, entries: Entries, embedder: HashedWords, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.store.searching.MOST_FILTERED", 800, raising=False)
    nearest = CountedNearest(database, None, embedder)
    store = ChromaStore(entries, nearest, embedder, clock, index={"fields": ["text"]})
    ops = [PutOp(ANA, str(n), {"text": f"price {n % 7}", "rare": n in (1100, 1199)}) for n in range(1200)]
    await store.abatch(ops)
    bound: list[int] = []
    event.listen(database._engine, "before_cursor_execute", lambda *given: bound.append(len(given[3])))

    found = await store.asearch(ANA, filter={"rare": True}, query="price 1", limit=2)

    assert [item.key for item in found] == ["1100", "1199"]
    assert found[0].score is not None and found[1].score is not None and found[0].score > found[1].score
    assert max(nearest.asked) <= 800
    assert max(bound) <= 600


class CountedNearest(Nearest):
    """Knows how many neighbours it was asked for."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.asked: list[int] = []

    async def nearest(self, kinds: Any, vector: Any, count: int, condition: Any) -> Found:
        self.asked.append(count)
        return await super().nearest(kinds, vector, count, condition)


async def test_a_filter_comes_before_limit_and_offset(store: ChromaStore) -> None:
    await store.abatch([PutOp(ANA, str(n), {"n": n, "even": n % 2 == 0, "text": "price"}) for n in range(1200)])

    found = await store.asearch(ANA, filter={"even": True}, limit=3, offset=550)
    asked = await store.asearch(ANA, filter={"n": {"$gte": 1190}}, query="price", limit=30)

    assert [item.key for item in found] == ["1100", "1102", "1104"]
    assert [item.key for item in asked] == [str(n) for n in range(1190, 1200)]


async def test_items_without_a_vector_follow_those_with_a_score(store: ChromaStore) -> None:
    await store.aput(ANA, "plain", {"text": "price list"}, index=False)
    await store.aput(ANA, "near", {"text": "price list"})
    await store.aput(ANA, "far", {"text": "tuesday price"})
    await store.aput(ANA, "empty", {"other": "price"})

    pages = [await store.asearch(ANA, query="price list", limit=2, offset=first) for first in (0, 1, 2, 3, 4)]

    assert [[item.key for item in page] for page in pages] == [
        ["near", "far"],
        ["far", "plain"],
        ["plain", "empty"],
        ["empty"],
        [],
    ]
    assert pages[0][0].score == pytest.approx(1, abs=1e-3)
    assert [item.score for item in pages[2]] == [None, None]


async def test_each_of_several_paths_is_searched_and_the_best_counts(store: ChromaStore) -> None:
    notes = {"notes": [{"says": "budget freeze"}, {"says": "legal review"}], "by": {"name": "Ana"}}
    await store.aput(ANA, "notes", notes, index=["notes[*].says", "by.name", "missing.path"])
    await store.aput(ANA, "other", {"text": "legal"})

    [first, second] = await store.asearch(ANA, query="legal review")
    [by_name, _] = await store.asearch(ANA, query="Ana")

    assert [first.key, second.key, by_name.key] == ["notes", "other", "notes"]
    assert first.score == pytest.approx(1, abs=1e-3)


async def test_an_item_is_found_by_its_new_text_alone(store: ChromaStore, database: Database) -> None:
    await store.aput(ANA, "k", {"text": "budget"})
    await store.aput(ANA, "k", {"text": "legal"})
    [by_former] = await store.asearch(ANA, query="budget")
    await store.aput(ANA, "k", {"text": "legal"}, index=False)
    [by_none] = await store.asearch(ANA, query="legal")

    assert by_former.score == pytest.approx(0, abs=1e-3)
    assert (by_none.score, await vectors(database)) == (None, [])


async def test_the_whole_value_is_searched_where_no_fields_are_given(make_store: MakeStore) -> None:
    store = make_store(index={"dims": HashedWords.dimensions})
    await store.aput(ANA, "tea", {"drink": "green tea"})
    await store.aput(ANA, "book", {"read": "a novel"}, index=["$"])

    assert [item.key for item in await store.asearch(ANA, query="novel")] == ["book", "tea"]


async def test_without_an_index_a_question_is_left_aside(make_store: MakeStore, embedder: HashedWords) -> None:
    store = make_store()
    await store.aput(ANA, "tea", {"text": "green tea"}, index=["text"])

    [item] = await store.asearch(ANA, query="novel")

    assert (item.score, embedder.asked) == (None, [])


@pytest.mark.parametrize("index", [{"embed": len}, {"dims": 3}])
async def test_an_embedding_of_its_own_is_refused(make_store: MakeStore, index: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        make_store(index=index)


async def test_the_same_text_may_be_put_twice_in_a_batch(store: ChromaStore, embedder: HashedWords) -> None:
    await store.abatch([PutOp(ANA, key, {"text": "price"}) for key in ("a", "b")])

    assert [item.score for item in await store.asearch(ANA, query="price")] == [pytest.approx(1, abs=1e-3)] * 2
    assert embedder.asked == ["price", "price"]  # once put, once asked


async def test_while_the_embedder_is_away_puts_are_kept_and_questions_fail(
    store: ChromaStore, embedder: HashedWords
) -> None:
    embedder.away = True
    await store.aput(ANA, "k", {"text": "price"})

    assert await store.aget(ANA, "k") is not None
    with pytest.raises(Unavailable):
        await store.asearch(ANA, query="price")


async def test_time_to_live_is_in_minutes_and_expired_items_are_nowhere(
    store: ChromaStore, database: Database, clock: MovableClock
) -> None:
    await store.aput(ANA, "short", {"text": "price"}, ttl=1)
    await store.aput(("b",), "long", {"text": "price"}, ttl=5)
    clock.pass_by(1.5 * MINUTE)

    assert await store.aget(ANA, "short") is None
    assert [item.key for item in await store.asearch(())] == ["long"]
    assert [item.key for item in await store.asearch((), query="price")] == ["long"]
    assert await store.alist_namespaces() == [("b",)]
    assert await store.sweep_ttl() == 1
    assert [row.key for row in await items(database)] == ["long"]


@pytest.mark.parametrize("way", ["get", "search", "question"])
@pytest.mark.parametrize("refresh", [True, False])
async def test_a_read_renews_it_where_it_says_so(
    store: ChromaStore, clock: MovableClock, way: str, refresh: bool
) -> None:
    await store.aput(ANA, "k", {"text": "price"}, ttl=2)
    clock.pass_by(MINUTE)
    if way == "get":
        await store.aget(ANA, "k", refresh_ttl=refresh)
    else:
        await store.asearch(ANA, query="price" if way == "question" else None, refresh_ttl=refresh)
    clock.pass_by(1.5 * MINUTE)

    item = await store.aget(ANA, "k", refresh_ttl=False)

    assert (item is not None) == refresh


async def test_only_what_a_search_returns_is_renewed(store: ChromaStore, clock: MovableClock) -> None:
    for key in ("a", "b"):
        await store.aput(ANA, key, {}, ttl=2)
    clock.pass_by(MINUTE)
    await store.asearch(ANA, limit=1)
    clock.pass_by(1.5 * MINUTE)

    assert [item.key for item in await store.asearch(ANA)] == ["a"]


async def test_the_configured_time_to_live_counts_where_a_put_gives_none(
    make_store: MakeStore, clock: MovableClock
) -> None:
    store = make_store(ttl={"default_ttl": 2, "refresh_on_read": False})
    await store.aput(ANA, "usual", {})
    await store.aput(ANA, "ever", {}, ttl=None)
    clock.pass_by(MINUTE)
    await store.aget(ANA, "usual")
    clock.pass_by(1.5 * MINUTE)

    assert [item.key for item in await store.asearch(ANA)] == ["ever"]


async def test_other_threads_may_use_it_without_waiting_for_themselves(store: ChromaStore) -> None:
    def work() -> list[Any]:
        store.put(ANA, "k", {"text": "price"})
        found = [store.get(ANA, "k"), *store.search(ANA, query="price"), store.list_namespaces()]
        store.delete(ANA, "k")
        return [*found, store.get(ANA, "k")]

    item, found, namespaces, gone = await asyncio.to_thread(work)

    assert (item.key, found.key, namespaces, gone) == ("k", "k", [ANA], None)


async def test_on_its_own_loop_the_other_calls_are_refused(store: ChromaStore) -> None:
    with pytest.raises(asyncio.InvalidStateError, match="aget"):
        store.get(ANA, "k")


async def test_what_is_put_where_our_things_stand_is_that_audiences(store: ChromaStore, database: Database) -> None:
    await store.aput(namespace_of("main", owned_by("7"), "conversation", "thread"), "k", {"text": "price"})
    await store.aput(ANA, "k", {"text": "price"})

    ours, theirs = await items(database)

    assert (ours.kind, ours.tenant, ours.audience, ours.text) == ("conversation", "main", "owner:7", "price")
    assert (theirs.kind, theirs.tenant, theirs.audience, theirs.text) == ("other", None, None, None)
