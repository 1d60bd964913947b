"""Filters over values, as LangGraph's stores understand them.

A filter names keys of a value. What it gives for one is compared: a mapping of operators ($eq, $ne, $gt, $gte, $lt,
$lte, all of which must hold), a mapping of keys of the value within, a list element by element, anything else as equal.
What is missing counts as null. The four that compare sizes take numbers, and numbers in a text, as numbers and two
texts as texts; what has no order, such as a missing one, does not satisfy them.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

SIZES: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
OPERATORS = ("$eq", "$ne", *SIZES)


def check(filter: Mapping[str, Any] | None) -> None:
    """Raises ValueError for an operator that there is not, as LangGraph's stores do."""
    for wanted in (filter or {}).values():
        _check(wanted)


def satisfies(value: Mapping[str, Any], filter: Mapping[str, Any] | None) -> bool:
    """Whether a value satisfies a filter; every value satisfies none."""
    return all(_is_as(value.get(key), wanted) for key, wanted in (filter or {}).items())


def _is_as(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if _has_operators(wanted):
            return all(_holds(found, name, than) for name, than in wanted.items())
        return isinstance(found, Mapping) and satisfies(found, wanted)
    if isinstance(wanted, (list, tuple)):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_is_as, found, wanted))
    return bool(found == wanted)


def _holds(found: Any, name: str, than: Any) -> bool:
    if name == "$eq":
        return bool(found == than)
    if name == "$ne":
        return bool(found != than)
    numbers = _number(found), _number(than)
    if numbers[0] is not None and numbers[1] is not None:
        return SIZES[name](*numbers)
    return isinstance(found, str) and isinstance(than, str) and SIZES[name](found, than)


def _number(value: Any) -> float | None:
    if not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _check(wanted: Any) -> None:
    if isinstance(wanted, (list, tuple)):
        for each in wanted:
            _check(each)
    elif isinstance(wanted, Mapping) and _has_operators(wanted):
        for name in wanted:
            if name not in OPERATORS:
                raise ValueError(f"Unsupported operator: {name}; there are {', '.join(OPERATORS)}")
    elif isinstance(wanted, Mapping):
        check(wanted)


def _has_operators(wanted: Mapping[str, Any]) -> bool:
    return any(name.startswith("$") for name in wanted)
