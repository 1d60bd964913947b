"""Filters compare as LangGraph's stores do, and what has no order satisfies no comparison of sizes."""

from typing import Any

import pytest

from memory.store.filters import check, satisfies

VALUE = {
    "stage": "won",
    "amount": 120,
    "share": "0.5",
    "closes": "2026-11-20",
    "none": None,
    "open": True,
    "tags": ["new", {"by": "ana"}],
    "owner": {"name": "Ana", "team": {"size": 4}},
}


@pytest.mark.parametrize(
    "filter",
    [
        None,
        {},
        {"stage": "won", "amount": 120},
        {"amount": 120.0},
        {"amount": {"$eq": 120}},
        {"amount": {"$gt": 119.5, "$lte": 120}},
        {"amount": {"$gte": "120"}},
        {"share": {"$lt": 0.6}},
        {"closes": {"$gt": "2026-11-03", "$lt": "2026-12-01"}},
        {"stage": {"$ne": "lost"}},
        {"missing": {"$ne": "lost"}},
        {"missing": None, "none": None},
        {"none": {"$eq": None}},
        {"open": True},
        {"tags": ["new", {"by": "ana"}]},
        {"tags": ["new", {"by": {"$ne": "bob"}}]},
        {"owner": {"name": "Ana"}},
        {"owner": {"team": {"size": {"$gte": 4}}}},
        {"owner": {}},
    ],
)
def test_it_satisfies(filter: dict[str, Any] | None) -> None:
    check(filter)
    assert satisfies(VALUE, filter)


@pytest.mark.parametrize(
    "filter",
    [
        {"stage": "Won"},
        {"stage": "won", "amount": 1},
        {"amount": "120"},
        {"amount": {"$gt": 100, "$lt": 110}},
        {"stage": {"$eq": None}},
        {"missing": {"$gt": 0}},
        {"missing": {"$lte": 0}},
        {"none": {"$lt": 5}},
        {"stage": {"$gt": 5}},
        {"amount": {"$gt": "many"}},
        {"tags": {"$gt": 0}},
        {"amount": {"$lt": float("nan")}},
        {"tags": ["new"]},
        {"tags": "new"},
        {"stage": {"name": "Ana"}},
        {"stage": {}},
        {"owner": {"name": "Ana", "team": {"size": {"$gt": 4}}}},
    ],
)
def test_it_does_not_satisfy(filter: dict[str, Any]) -> None:
    check(filter)
    assert not satisfies(VALUE, filter)


@pytest.mark.parametrize(
    "filter",
    [
        {"amount": {"$in": [1]}},
        {"amount": {"$gt": 1, "plain": 2}},
        {"owner": {"team": {"$size": 4}}},
        {"tags": [{"by": {"$like": "a"}}]},
    ],
)
def test_an_unknown_operator_is_an_error(filter: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Unsupported operator"):
        check(filter)
