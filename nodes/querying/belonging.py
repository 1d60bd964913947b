"""Conditions on the company that records belong to: the companies are looked for first, as far as the asker sees them.

What may be said of records beyond their rights is said of no company: one that they may not see meets no condition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.query import OF_COMPANY, Filter, Query
from nodes.querying.crm_items import crm_items
from nodes.querying.fields import Field, with_numbers
from nodes.querying.reading import Portal, Reader
from nodes.querying.used import filters_of, numbers_used


async def with_companies(reader: Reader, query: Query, portal: Portal) -> tuple[Query, Portal]:
    """The query with companies by their ids in the place of what is said of them, and the portal with those fields."""
    said = tuple(dict.fromkeys(one for one in filters_of(query) if one.field.startswith(OF_COMPANY)))
    if not said:
        return query, portal
    companies = await reader.portal("companies")
    meant = {one: await _by_id(reader, one, companies) for one in said}
    filters, groups = _replaced(query.filters, meant), tuple(_replaced(group, meant) for group in query.any_of)
    named = {one.field: _field(one, companies) for one in said if _own(one) in companies.fields}
    return (
        query.model_copy(update={"filters": filters, "any_of": groups}),
        replace(portal, fields={**portal.fields, **named}),
    )


def _replaced(filters: Sequence[Filter], meant: Mapping[Filter, tuple[Filter, ...]]) -> tuple[Filter, ...]:
    return tuple(each for one in filters for each in meant.get(one, (one,)))


async def _by_id(reader: Reader, said: Filter, companies: Portal) -> tuple[Filter, ...]:
    """The same of companies by their ids; what is denied holds for all but those of which the contrary is true."""
    wanted = said.model_copy(update={"field": _own(said), "op": "eq" if said.op == "neq" else said.op})
    query = Query(object="companies", filters=(wanted,))
    portal = replace(companies, fields=with_numbers(companies.fields, numbers_used(query)))
    ids = [item.id for item in (await crm_items(reader, query, portal)).items]
    if said.op == "neq":
        return tuple(Filter(field="company", op="neq", value=id) for id in ids)
    return (Filter(field="company", op="in", value=tuple(ids)),)


def _own(said: Filter) -> str:
    """The company's own name of the field."""
    return said.field.removeprefix(OF_COMPANY)


def _field(said: Filter, companies: Portal) -> Field:
    """The field as sentences name it: it is only for words, and no column."""
    field = companies.fields[_own(said)]
    return replace(field, name=said.field, label=f"company {field.label.lower()}", searched=False)
