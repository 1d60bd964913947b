"""Carries out a query with the rights of who asks, without a model: found, counted, and put into a table and words.

Everything that goes out was looked at here: whose it is, whether it meets the query, and what of it may be named. What
the asker may not see is neither counted nor told from what does not exist.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from core.errors import Unavailable
from core.query import Filter, Query, Sort
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.querying.call_items import call_items, with_analyses, with_call_links
from nodes.querying.cells import cell
from nodes.querying.crm_items import crm_items, with_links
from nodes.querying.fields import FINDING, property_name, with_numbers
from nodes.querying.items import Item
from nodes.querying.ordering import ordered
from nodes.querying.phrases import Naming
from nodes.querying.plain import one_line
from nodes.querying.reading import Portal, Reader
from nodes.querying.shape import QueryResult
from nodes.querying.tabulating import figure_table, record_table
from nodes.querying.totals import each_finding, figures
from nodes.querying.used import filters_of, grouping_field, numbers_used
from nodes.querying.wording import sentence
from nodes.showing import minute
from nodes.understanding.shape import Named

ROWS: Final = 10
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
    _remark_unknown(asked, reader, portal)
    found = await (call_items if asked.object == "calls" else crm_items)(reader, asked, portal)
    items = ordered(found, asked, portal.fields, portal.zone)
    counted = figures(asked, items, portal)
    most = min(asked.limit or rows, MOST_ROWS)
    shown = await _completed(reader, items[asked.skip : asked.skip + most], portal)
    table = figure_table(asked, counted, portal, most) or record_table(asked, shown, items, portal)
    naming = _naming(context, portal, [*items, *shown])
    return QueryResult(
        query=query,
        sentence=sentence(asked, items, shown, counted, naming) if shown or not items else NO_MORE,
        total=len(items),
        table=table,
        figures=counted,
        results=tuple(_named(item, portal) for item in shown),
        ids=tuple(item.id for item in items),
        citations=_citations(asked, shown, items, most),
        partial=reader.partial(portal.zone),
    )


def _naming(context: ChatContext, portal: Portal, items: Sequence[Item]) -> Naming:
    """What the words may name: what belongs to the records that were found, as far as the asker sees it."""
    colleague = context.asker.colleague
    links = {one.id: one.name for item in items for one in item.links}
    return Naming(portal, colleague.owner_id if colleague else None, links)


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
    """Where the rows are from: each record; of a call what was asked for; each finding that was counted."""
    if query.object != "calls":
        return tuple(
            Citation(kind="record", id=f"{CITED[item.type]}:{item.id}", title=item.name, link=item.link, at=item.at)
            for item in shown
        )
    counts_findings = query.aggregate is not None and query.aggregate.field == FINDING
    asks_findings = counts_findings or any(one.field.startswith(FINDING) for one in filters_of(query))
    cited = each_finding(items)[query.skip : query.skip + most] if counts_findings else shown
    return tuple(_call_citation(item, asks_findings) for item in cited)


def _call_citation(item: Item, with_quote: bool) -> Citation:
    said = item.said[0] if with_quote and item.said else None
    return Citation(
        kind="call",
        id=f"call:{item.id}",
        title=item.name,
        link=item.link_at(said) if said else item.link,
        quote=said.quote if said else None,
        speaker=said.speaker if said else None,
        minute=minute(said.start_ms) if said else None,
        at=item.at,
    )
