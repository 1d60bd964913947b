"""Carries out a query with the rights of who asks, without a model: found, counted, and put into a table and words.

Everything that goes out was looked at here: whose it is, whether it meets the query, and what of it may be named. What
the asker may not see is neither counted nor told from what does not exist.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from core.errors import ServiceError, Unavailable
from core.query import ASSOCIATED, Filter, Query, Sort
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.querying.belonging import with_companies
from nodes.querying.call_items import call_items, with_analyses, with_call_links
from nodes.querying.cells import cell
from nodes.querying.crm_items import crm_items, with_links
from nodes.querying.fields import property_name, with_numbers
from nodes.querying.filtering import wanted_values
from nodes.querying.items import Item, Said
from nodes.querying.ordering import ordered
from nodes.querying.phrases import Naming
from nodes.querying.plain import one_line
from nodes.querying.reading import Portal, Reader, crm_type
from nodes.querying.shape import QueryResult
from nodes.querying.tabulating import POSSIBLE, figure_table, record_table
from nodes.querying.totals import counted_of, figures
from nodes.querying.used import asks_findings, filters_of, grouping_field, numbers_used
from nodes.querying.wording import Told, sentence
from nodes.showing import minute
from nodes.understanding.shape import Named

ROWS: Final = 10
GROUP_ROWS: Final = 24
"""A group is a short line, and stages or months say little without the last ones."""
MOST_ROWS: Final = 100
NO_MORE: Final = "There are no more."
DETAIL: Final = {"deals": "dealstage", "tasks": "hs_timestamp", "calls": "started", "notes": "hs_timestamp"}
"""What tells a record from another of its name."""

CITED: Final = {"deals": "deal", "tasks": "task", "contacts": "contact", "companies": "company", "notes": "note"}
FIELD_LENGTH: Final = 40

T = TypeVar("T", Filter, Sort)


async def run_query(query: Query, context: ChatContext, rows: int = ROWS) -> QueryResult:
    """What the asker may see that meets the query; `rows` are shown where the query names no number.

    Raises ServiceError where HubSpot is away and nothing of what is asked for is kept, Unavailable without the
    database.
    """
    asked = _with_own_names(query)
    reader = Reader(context)
    portal = await reader.portal(asked.object)
    portal = replace(portal, fields=with_numbers(portal.fields, numbers_used(asked)))
    carried_out, portal = await with_companies(reader, asked, portal)
    _remark_unknown(asked, reader, portal)
    selected = await (call_items if asked.object == "calls" else crm_items)(reader, carried_out, portal)
    items = ordered(selected.items, asked, portal.fields, portal.zone)
    listed = [*items, *ordered(selected.possible, asked, portal.fields, portal.zone)]
    counted = figures(asked, counted_of(asked, items), portal)
    most = min(asked.limit or rows, MOST_ROWS)
    shown = await _completed(reader, listed[asked.skip : asked.skip + most], portal)
    table = figure_table(asked, counted, portal, asked.limit or max(rows, GROUP_ROWS)) or record_table(
        asked, shown, listed, portal
    )
    naming = _naming(context, portal, [*listed, *shown])
    if not listed:
        naming = replace(naming, links=await _asked_about(reader, asked, portal))
    told = Told(asked, replace(selected, items=items), shown, counted, naming)
    return QueryResult(
        query=query,
        sentence=sentence(told) if shown or not listed else NO_MORE,
        total=len(items),
        table=table,
        figures=counted,
        results=tuple(_named(item, portal) for item in shown),
        ids=tuple(item.id for item in items),
        citations=_citations(asked, shown, listed, most),
        partial=reader.partial(portal.zone),
    )


def _naming(context: ChatContext, portal: Portal, items: Sequence[Item]) -> Naming:
    """What the words may name: what belongs to the records that were found, as far as the asker sees it."""
    colleague = context.asker.colleague
    links = {one.id: one.name for item in items for one in item.links}
    currencies = {item.currency for item in items} or {portal.account.currency}
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    return Naming(portal, colleague.owner_id if colleague else None, links, currency)


async def _asked_about(reader: Reader, query: Query, portal: Portal) -> dict[str, str]:
    """The names of what nothing was found of, as far as the asker sees it and HubSpot can be read."""
    keys = {
        (crm_type(ASSOCIATED[one.field]), str(id))
        for one in filters_of(query)
        if one.field in ASSOCIATED
        for id in wanted_values(one, "link")
    }
    try:
        return {id: one.name for (_, id), one in (await reader.linked(keys, portal.account)).items()}
    except ServiceError:
        return {}


async def _completed(reader: Reader, items: Sequence[Item], portal: Portal) -> list[Item]:
    """With what the columns show besides: what they belong to, and of calls what was found in them."""
    if not items:
        return []
    is_call = items[0].type == "calls"
    linked = list(items)
    try:
        linked = await (with_call_links if is_call else with_links)(reader, items, portal)
    except Unavailable:
        reader.remark("HubSpot is away: what they belong to is not shown.")
    if not is_call:
        return linked
    unread = {item.id: item for item in linked if "sentiment" not in item.values}
    analysed = await with_analyses(reader, unread)
    return [analysed.get(item.id, item) for item in linked]


def _with_own_names(query: Query) -> Query:
    """The query with each field by the name that its object has for it."""

    def renamed(several: Sequence[T]) -> tuple[T, ...]:
        return tuple(one.model_copy(update={"field": property_name(query.object, one.field)}) for one in several)

    groups = tuple(renamed(group) for group in query.any_of)
    return query.model_copy(update={"filters": renamed(query.filters), "any_of": groups, "sort": renamed(query.sort)})


def _remark_unknown(query: Query, reader: Reader, portal: Portal) -> None:
    aggregate = query.aggregate
    names = [one.field for one in filters_of(query)] + [one.field for one in query.sort]
    names += [name for name in (aggregate.field if aggregate else None, grouping_field(query)) if name]
    for name in dict.fromkeys(name for name in names if name not in portal.fields):
        reader.remark(f"There is no field {one_line(name, FIELD_LENGTH)} of {query.object}.")


def _named(item: Item, portal: Portal) -> Named:
    detail = cell(item, DETAIL[item.type], portal).text if item.type in DETAIL else ""
    return Named(type=item.type, id=item.id, name=item.name, detail=detail or None)


def _citations(query: Query, shown: Sequence[Item], items: Sequence[Item], most: int) -> tuple[Citation, ...]:
    """Where the rows are from: each record; each call, or what was found in it where that is asked for."""
    if query.object != "calls":
        return tuple(
            Citation(kind="record", id=f"{CITED[item.type]}:{item.id}", title=item.name, link=item.link, at=item.at)
            for item in shown
        )
    if not asks_findings(query):
        return tuple(_call_citation(item) for item in shown)
    found = [(item, said) for item in items for said in item.said]
    found += [(item, said) for item in items for said in item.possible]
    return tuple(_call_citation(item, said) for item, said in found[query.skip : query.skip + max(most, len(shown))])


def _call_citation(item: Item, said: Said | None = None) -> Citation:
    return Citation(
        kind="call",
        id=f"call:{item.id}",
        title=f"{item.name} ({POSSIBLE})" if said and said.candidate else item.name,
        link=item.link_at(said) if said else item.link,
        quote=said.quote if said else None,
        speaker=said.speaker if said else None,
        minute=minute(said.start_ms) if said else None,
        at=item.at,
    )
