"""The order in which records come: as the query says, else as people look for them; never by chance."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from core.query import Query, QueryObject, Sort
from nodes.querying.fields import Field, Fields
from nodes.querying.items import Item
from nodes.querying.values import sort_key

USUAL: Final[Mapping[QueryObject, Sort]] = {
    "deals": Sort(field="closedate"),
    "tasks": Sort(field="hs_timestamp"),
    "contacts": Sort(field="name"),
    "companies": Sort(field="name"),
    "calls": Sort(field="started", descending=True),
    "notes": Sort(field="hs_timestamp", descending=True),
}


def ordered(items: Sequence[Item], query: Query, fields: Fields, zone: tzinfo) -> list[Item]:
    """The items in order; one without the value comes last, whichever way round."""
    found = sorted(items, key=lambda item: (len(item.id), item.id))
    for sort in reversed(query.sort or (USUAL[query.object],)):
        field = fields.get(sort.field)
        found.sort(key=lambda item: _place(item, sort.field, field, zone), reverse=sort.descending)
        found.sort(key=lambda item: not item.get(sort.field))
    return found


def _place(item: Item, name: str, field: Field | None, zone: tzinfo) -> tuple[int, float, str]:
    """By the order of the options where they have one; people and the like by what they are called."""
    value = item.first(name)
    options = field.options if field else {}
    if value is None or not options:
        linked = next((one.name for one in item.links if one.id == value), None) if field else None
        return sort_key(linked or value, zone)
    if field and field.is_ordered:
        return (1, float(list(options).index(str(value))), "") if value in options else (2, 0.0, str(value))
    return sort_key(options.get(str(value), str(value)), zone)
