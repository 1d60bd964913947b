"""LangGraph's InMemoryStore as the reference for ours, put right where it errs, and operations to hold the two to.

It errs where our docstring says that we differ: it lists namespaces that are empty, finds an item by texts that it no
longer has, cannot take the same text twice in a batch, and lets an offset begin anew among what has no score.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from hypothesis import strategies as st
from langgraph.store.base import (
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore

from tests.embedders import HashedWords

EVERYTHING = 10**6

SCORES_ALIKE = 2e-3
"""How far apart a score of 16-bit vectors and one of 64-bit ones may be."""


async def embed(texts: Sequence[str]) -> list[list[float]]:
    """The texts as our stores embed them in these tests."""
    return [[float(number) for number in vector] for vector in await HashedWords().embed(texts)]


class Reference(InMemoryStore):
    """What a store ought to answer; of a search everything that is found, whatever its limit and offset."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(index=IndexConfig(dims=HashedWords.dimensions, embed=embed, fields=fields))
        self._order: dict[tuple[Any, str], int] = {}
        self._count = count()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """The results of operations, of a search all of them in their order."""
        every = [op._replace(limit=EVERYTHING, offset=0) if isinstance(op, SearchOp) else op for op in ops]
        before = dict(self._order)
        results = await super().abatch(every)
        self._note_order(every)
        for op, found in zip(every, results, strict=True):
            if isinstance(op, SearchOp) and isinstance(found, list):
                found.sort(key=lambda item: _rank(item, before))
        return results

    def _note_order(self, ops: list[Op]) -> None:
        last = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
        for place, op in last.items():
            if op.value is None:
                self._order.pop(place, None)
            elif place not in self._order:
                self._order[place] = next(self._count)

    def _forget_empty(self) -> None:
        for namespace in [namespace for namespace, items in self._data.items() if not items]:
            del self._data[namespace]

    def _handle_list_namespaces(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        self._forget_empty()
        return super()._handle_list_namespaces(op)

    def _extract_texts(self, put_ops: dict[Any, PutOp]) -> dict[str, Any]:
        for namespace, key in put_ops:
            self._vectors[namespace].pop(key, None)
        return super()._extract_texts(put_ops)

    def _insertinmem_store(self, to_embed: dict[str, Any], embeddings: list[list[float]]) -> None:
        for places, embedding in zip(to_embed.values(), embeddings, strict=True):
            for namespace, key, path in places:
                self._vectors[namespace][key][path] = embedding


def assert_same(ops: list[Op], ours: list[Result], reference: list[Result]) -> None:
    """Raises AssertionError where our results are not those of the reference."""
    assert len(ours) == len(reference) == len(ops)
    for op, mine, right in zip(ops, ours, reference, strict=True):
        if isinstance(op, GetOp):
            assert _seen(mine) == _seen(right), op
        elif isinstance(op, SearchOp):
            assert isinstance(mine, list) and isinstance(right, list)
            _assert_same_page(op, mine, right)
        else:
            assert mine == right, op


def _assert_same_page(op: SearchOp, mine: list[Any], every: list[Any]) -> None:
    page = every[op.offset : op.offset + op.limit]
    assert len(mine) == len(page), (op, mine, page)
    assert len({_place(item) for item in mine}) == len(mine)
    scores = {_place(item): item for item in every}
    for found, right in zip(mine, page, strict=True):
        assert _seen(found) == _seen(scores[_place(found)]), op
        if right.score is None:
            assert (found.score, _place(found)) == (None, _place(right)), op
        else:  # of two that are nearly alike either may come first
            assert abs(found.score - right.score) < SCORES_ALIKE, (op, mine, page)
            assert abs(found.score - scores[_place(found)].score) < SCORES_ALIKE, (op, mine, page)


def _rank(item: Any, order: dict[tuple[Any, str], int]) -> tuple[float, int]:
    return (2.0 if item.score is None else -item.score), order[_place(item)]


def _place(item: Item | SearchItem) -> tuple[tuple[str, ...], str]:
    return item.namespace, item.key


def _seen(item: Any) -> Any:
    return None if item is None else (item.namespace, item.key, item.value)


LABELS = st.sampled_from(["a", "b", "ab", "A", "a-b", "é"])
FEW = [("a",), ("a", "b"), ("ab",), ("a", "ab", "b"), ("A", "b"), ("a-b",), ("a", "b", "conversation")]
"""So few that the same item is put, read and deleted again and again."""

NAMESPACES = st.sampled_from(FEW)
PREFIXES = st.sampled_from([(), (), ("a",), ("a",), ("a", "b"), ("A",), ("b",), ("a", "b", "conversation")])
PATHS = st.lists(LABELS | st.just("*"), max_size=3).map(tuple)
KEYS = st.sampled_from(["k", "K", "k2"])
WORDS = ["price", "budget", "contract", "signed", "tuesday", "demo"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
COLOURS = st.sampled_from(["red", "Red", "blue", None])
SIZES = st.sampled_from([0, 1, 2, 2.5, True])
VALUES = st.fixed_dictionaries(
    {"size": SIZES},
    optional={
        "text": TEXTS,
        "tags": st.lists(TEXTS, max_size=3),
        "meta": st.fixed_dictionaries({"colour": COLOURS, "size": SIZES}),
    },
)
INDEXES: st.SearchStrategy[Any] = st.sampled_from(
    [None, None, None, False, [], ["tags[*]"], ["text", "meta.colour"], ["tags[-1]"]]
)
FILTERS = st.one_of(
    st.none(),
    st.builds(lambda size: {"size": size}, SIZES),
    st.builds(lambda name, size: {"size": {name: size}}, st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), SIZES),
    st.builds(lambda low, high: {"size": {"$gte": low, "$lt": high}}, SIZES, SIZES),
    st.builds(lambda name, text: {"text": {name: text}}, st.sampled_from(["$eq", "$ne"]), TEXTS),
    st.builds(lambda colour: {"meta": {"colour": colour}}, COLOURS),
    st.builds(lambda colour, size: {"meta": {"colour": {"$ne": colour}}, "size": size}, COLOURS, SIZES),
    st.builds(lambda tags: {"tags": tags}, st.lists(TEXTS, max_size=2)),
    st.just({"text": None}),
    st.just({"meta": {}}),
)
LIMITS = st.integers(0, 6)
OFFSETS = st.integers(0, 5)
CONDITIONS = st.builds(MatchCondition, st.sampled_from(["prefix", "suffix"]), PATHS)
PUTS = st.tuples(NAMESPACES, KEYS, VALUES, INDEXES).map(lambda put: PutOp(*put))
OPERATIONS: st.SearchStrategy[Op] = st.one_of(
    PUTS,
    PUTS,
    st.tuples(NAMESPACES, KEYS).map(lambda place: PutOp(*place, value=None)),
    st.tuples(NAMESPACES, KEYS).map(lambda place: GetOp(*place)),
    st.tuples(PREFIXES, FILTERS, LIMITS, OFFSETS, st.none() | TEXTS).map(lambda search: SearchOp(*search)),
    st.tuples(PREFIXES, FILTERS, st.just(10), st.just(0), TEXTS).map(lambda search: SearchOp(*search)),
    st.tuples(
        st.none() | st.lists(CONDITIONS, max_size=2).map(tuple), st.none() | st.integers(0, 3), LIMITS, OFFSETS
    ).map(lambda listing: ListNamespacesOp(*listing)),
)
BATCHES = st.tuples(
    st.lists(PUTS, min_size=5, max_size=12),
    st.lists(st.lists(OPERATIONS, min_size=2, max_size=6), min_size=2, max_size=6),
).map(lambda filled_and_then: [filled_and_then[0], *filled_and_then[1]])
