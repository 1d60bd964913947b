"""Figures over all records that the asker may see: counted, added up, averaged, by group and by currency.

Money of two currencies is never added up: there is one figure for each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from core.query import Aggregate, Query
from nodes.querying.fields import FINDING, FINDING_TEXT, Field
from nodes.querying.items import Item
from nodes.querying.plain import day_text
from nodes.querying.reading import Portal
from nodes.querying.shape import Figure
from nodes.querying.used import PERIODS, grouping_field
from nodes.querying.values import Value, day_in, plain_number

Group = tuple[str | None, str]
"""A group's key, None for those that are in none, and what it is called."""

NONE: Final = "(none)"


@dataclass(frozen=True)
class _Place:
    """A group in a currency, by which money is kept apart."""

    group: Group | None
    currency: str | None


def figures(query: Query, items: Sequence[Item], portal: Portal) -> tuple[Figure, ...]:
    """The figures of the query's aggregate, its groups in their order; none where there is no aggregate."""
    aggregate = query.aggregate
    if aggregate is None:
        return ()
    field = portal.fields.get(aggregate.field or "")
    units = each_finding(items) if FINDING in (aggregate.field, aggregate.by) else items
    by_place: dict[_Place, list[Item]] = {}
    for item in units:
        currency = item.currency if field and field.is_money else None
        by_place.setdefault(_Place(_group(item, query, portal), currency), []).append(item)
    if not by_place and aggregate.by is None:
        by_place[_Place(None, None)] = []
    found = [_figure(place, some, aggregate, field) for place, some in by_place.items()]
    return tuple(sorted(found, key=_order(query, portal)))


def counted_of(query: Query, items: Sequence[Item]) -> Sequence[Item]:
    """What a figure is of: all items, or the first of them where so many in an order are asked for."""
    aggregate = query.aggregate
    is_of_all = aggregate is None or aggregate.fn == "count" or aggregate.by is not None
    if is_of_all or query.limit is None or not query.sort:
        return items
    return items[query.skip : query.skip + query.limit]


def each_finding(items: Sequence[Item]) -> list[Item]:
    """Each finding of the calls as an item of its own."""
    return [
        replace(
            item,
            said=(said,),
            values={**item.values, FINDING: (said.kind,), FINDING_TEXT: (f"{said.text} {said.quote}",)},
        )
        for item in items
        for said in item.said
    ]


def money_in_all(field: str, items: Sequence[Item]) -> dict[str | None, Decimal]:
    """What an amount comes to, by currency."""
    found: dict[str | None, Decimal] = {}
    for item in items:
        value = item.first(field)
        if isinstance(value, Decimal):
            found[item.currency] = found.get(item.currency, Decimal(0)) + value
    return found


def without(field: str, items: Sequence[Item]) -> int:
    """How many have no value there."""
    return sum(1 for item in items if not item.get(field))


def _figure(place: _Place, items: Sequence[Item], aggregate: Aggregate, field: Field | None) -> Figure:
    key, label = place.group or (None, None)
    name = aggregate.field
    held = [item for item in items if name is None or name == FINDING or item.get(name)]
    value = _value(aggregate, [value for item in held if name and (value := item.first(name)) is not None], len(held))
    return Figure(
        group=key,
        label=label,
        value=value,
        currency=place.currency if held else None,
        records=len(held),
        without=len(items) - len(held),
    )


def _value(aggregate: Aggregate, values: Sequence[Value], count: int) -> int | float | str | None:
    if aggregate.fn == "count":
        return count
    numbers = [value for value in values if isinstance(value, Decimal)]
    if aggregate.fn == "sum":
        return plain_number(sum(numbers, Decimal(0)))
    if aggregate.fn == "avg":
        return plain_number(round(sum(numbers, Decimal(0)) / len(numbers), 2)) if numbers else None
    if numbers:
        return plain_number(min(numbers) if aggregate.fn == "min" else max(numbers))
    moments = sorted(value.isoformat() for value in values if isinstance(value, date | datetime))
    return (moments[0] if aggregate.fn == "min" else moments[-1]) if moments else None


def _group(item: Item, query: Query, portal: Portal) -> Group | None:
    by, name = query.aggregate.by if query.aggregate else None, grouping_field(query)
    if by is None or name is None:
        return None
    value = item.first(name)
    if value is None:
        return (None, NONE)
    if by in PERIODS or isinstance(value, date):
        day = day_in(value, portal.zone)
        return PERIOD[by if by in PERIODS else "month"](day) if day else (None, NONE)
    field = portal.fields.get(name)
    linked = next((one.name for one in item.links if one.id == value), None)
    options = field.options if field else {}
    return (str(value), linked or options.get(str(value), str(value)))


def _month(day: date) -> Group:
    return (f"{day:%Y-%m}", f"{day:%b %Y}")


def _week(day: date) -> Group:
    monday = day - timedelta(days=day.weekday())
    year, week, _ = day.isocalendar()
    return (f"{year}-W{week:02}", f"week of {day_text(monday)}")


def _quarter(day: date) -> Group:
    quarter = (day.month + 2) // 3
    return (f"{day.year}-Q{quarter}", f"Q{quarter} {day.year}")


def _year(day: date) -> Group:
    return (f"{day.year}", f"{day.year}")


PERIOD: Final[dict[str, Callable[[date], Group]]] = {
    "month": _month, "week": _week, "quarter": _quarter, "year": _year,
}  # fmt: skip


def _order(query: Query, portal: Portal) -> Callable[[Figure], tuple[bool, float, str]]:
    """Periods as they follow, stages as deals go through them, others the largest figure first; those in none last."""
    by, name = query.aggregate.by if query.aggregate else None, grouping_field(query)
    field = portal.fields.get(name or "")
    options = list(field.options) if field and field.is_ordered else []

    def place(figure: Figure) -> tuple[bool, float, str]:
        none = figure.group is None and by is not None
        if by in PERIODS or (field and field.kind in ("day", "moment")):
            return (none, 0.0, figure.group or "")
        if figure.group in options:
            return (none, float(options.index(figure.group)), figure.currency or "")
        size = float(figure.value) if isinstance(figure.value, int | float) else 0.0
        return (none, -size, figure.label or "")

    return place
