"""Puts what a fragment says into a query that was asked before: the same question with another slot."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.query import ASSOCIATED, OWNER, Aggregate, Filter, Query, QueryObject, Sort
from nodes.understanding.slots.day_fields import COMPLETED, CONTACTED, CREATED, USUAL
from nodes.understanding.slots.records import FIELDS, ID

LOWER: Final = ("gt", "gte")
UPPER: Final = ("lt", "lte")
RECORD_FIELDS: Final = frozenset({*ASSOCIATED, ID})
DATE_FIELDS: Final = frozenset(
    {*USUAL.values(), *CREATED.values(), CONTACTED, COMPLETED, "hs_lastmodifieddate", "lastmodifieddate"}
)


def merged(base: Query, said: Query, *, adds: bool = False, either: bool = False) -> Query:
    """The base query where what is said takes the place of what it said of the same; it begins at its first record.

    `adds` is whether bounds of numbers are said beside those that there are ("and under 100k"), `either` whether values
    are ("or in proposal").
    """
    new = _of_same_dates(base, said)
    if either:
        new = [_with_values_of(base, one) for one in new]
    fields = _replaced_fields(new)
    filters = [one for one in base.filters if not _is_replaced(one, fields, new, adds)]
    groups = _left(base.any_of, fields) if not said.any_of else said.any_of
    return base.model_copy(
        update={
            "filters": tuple(dict.fromkeys([*filters, *new])),
            "any_of": groups,
            "sort": said.sort or base.sort,
            "limit": said.limit if said.limit is not None else _kept_limit(base, said),
            "skip": 0,
            "aggregate": aggregate_of(base, said),
        }
    )


def without_field(query: Query, fields: Iterable[str]) -> Query:
    """The query without conditions on these fields."""
    gone = frozenset(fields)
    filters = tuple(one for one in query.filters if one.field not in gone)
    return query.model_copy(update={"filters": filters, "any_of": _left(query.any_of, gone), "skip": 0})


def of_object(base: Query, object: QueryObject) -> Query:
    """The same question for another kind of records: whose they are, what they belong to, and the days stay."""
    kept = [moved for one in base.filters if (moved := _moved(one, base.object, object)) is not None]
    count = base.aggregate is not None and base.aggregate.fn == "count"
    by = base.aggregate.by if base.aggregate and base.aggregate.by in ("owner", "month", "week", "quarter") else None
    return Query(object=object, filters=tuple(kept), aggregate=Aggregate(fn="count", by=by) if count else None)


def aggregate_of(base: Query, said: Query) -> Aggregate | None:
    """The figure that is asked for now: groups alone keep the figure, a figure alone ends the groups."""
    old, new = base.aggregate, said.aggregate
    if new is None or old is None:
        return new or old
    if new.by is not None and new.fn == "count" and new.field is None:
        return old.model_copy(update={"by": new.by})
    return new


def _moved(filter: Filter, old: QueryObject, new: QueryObject) -> Filter | None:
    if filter.field == OWNER:
        return filter
    if filter.field == ID:
        return filter.model_copy(update={"field": FIELDS[old]}) if old in FIELDS else None
    if filter.field in ASSOCIATED:
        return filter.model_copy(update={"field": ID}) if ASSOCIATED[filter.field] == new else filter
    if filter.field == USUAL[old]:
        return filter.model_copy(update={"field": USUAL[new]})
    return None


def _with_values_of(base: Query, new: Filter) -> Filter:
    """The condition for its own values and those of the same field before."""
    old = next((one for one in base.filters if one.field == new.field and {one.op, new.op} <= {"eq", "in"}), None)
    if old is None:
        return new
    values = [value for one in (old, new) for value in (one.value if isinstance(one.value, tuple) else (one.value,))]
    distinct = tuple(dict.fromkeys(value for value in values if value is not None))
    name = ", ".join(dict.fromkeys(one.name for one in (old, new) if one.name)) or None
    return Filter(field=new.field, op="in", value=distinct, name=name)


def _of_same_dates(base: Query, said: Query) -> Sequence[Filter]:
    """The new conditions, days of the field that the base speaks of: "created last week", "and this week?"."""
    spoken = next((one.field for one in base.filters if one.field in DATE_FIELDS), None)
    usual = USUAL[base.object]
    if spoken is None:
        return said.filters
    return [one.model_copy(update={"field": spoken}) if one.field == usual else one for one in said.filters]


def _replaced_fields(new: Sequence[Filter]) -> frozenset[str]:
    fields = {one.field for one in new if one.op not in ("neq", "is_not_empty")}
    return frozenset(fields | (RECORD_FIELDS if fields & RECORD_FIELDS else set()))


def _is_replaced(old: Filter, fields: frozenset[str], new: Sequence[Filter], adds: bool) -> bool:
    if old.field not in fields:
        return False
    if adds and old.op in (*LOWER, *UPPER) and old.field not in DATE_FIELDS:
        ops = {one.op for one in new if one.field == old.field}
        return not (ops <= set(UPPER) if old.op in LOWER else ops <= set(LOWER))
    return True


def _left(groups: Sequence[tuple[Filter, ...]], fields: frozenset[str]) -> tuple[tuple[Filter, ...], ...]:
    """The groups without these fields; none at all where one of them holds for everything then."""
    left = [tuple(one for one in group if one.field not in fields) for group in groups]
    return tuple(dict.fromkeys(left)) if all(left) else ()


def _kept_limit(base: Query, said: Query) -> int | None:
    """A number of records stays with its order; a new order or figure asks for all again."""
    return None if said.aggregate is not None or (said.sort and base.limit == 1) else base.limit


def sorted_by(query: Query) -> Sort:
    """The order of a query, the usual one where it names none."""
    if query.sort:
        return query.sort[0]
    latest_first = query.object in ("calls", "notes")
    return Sort(field=USUAL[query.object], descending=latest_first)


def is_lookup(query: Query) -> bool:
    """Whether the query is for one record that was pointed at or named."""
    return any(one.field == ID and one.op == "eq" for one in query.filters)
