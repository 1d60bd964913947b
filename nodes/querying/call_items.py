"""Finds the calls of a query that the asker may see: what recall would not show them is not counted either.

A call may be seen by whom it is remembered for. One that is analysed and not remembered is nobody's; one that has no
analysis yet is an admin's. Private calls are left alone. Of what was found in a call only what is sure and still stands
counts; what is only possible is kept apart, and coaching is never told.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.analysis import CallAnalysis, Finding
from core.query import ASSOCIATED, OWNER, Filter, Query
from memory.calls import CallBegun
from nodes.attached import Key
from nodes.business_view.calls import SHOWN
from nodes.querying.crm_items import linked_item
from nodes.querying.fields import FINDING, FINDING_TEXT, ID
from nodes.querying.filtering import meets, wanted_values
from nodes.querying.items import Item, Said, Selected
from nodes.querying.plain import one_line
from nodes.querying.reading import NAME_LENGTH, Portal, Reader
from nodes.querying.used import ANALYSED, analyses_used, asks_findings, finding_filters, links_used
from nodes.querying.values import Value, read_value
from nodes.showing import call_name, call_url, started_at
from nodes.state import Resolution
from nodes.sure import possible, sure

MOST: Final = 2_000
"""Calls that one question looks at: a team's of some months."""

QUOTE_LENGTH: Final = 160


async def call_items(reader: Reader, query: Query, portal: Portal) -> Selected:
    """All calls that meet the query, the latest first, each with its findings that meet it."""
    calls = await _allowed(reader, query, portal)
    items = _narrowed({begun.call.id: _item(begun, portal) for begun in calls}, query, ANALYSED | {*ASSOCIATED}, portal)
    if links_used(query):
        items = _narrowed(await _linked(reader, calls, items, portal), query, ANALYSED, portal)
    if analyses_used(query):
        items = await with_analyses(reader, items)
    met = [found for item in items.values() if (found := _meeting(item, query, portal))]
    asked_besides = without_findings(query)
    return Selected(
        items=[item for item in met if item.said or not item.possible],
        possible=[item for item in met if item.possible and not item.said],
        looked_at=sum(meets(asked_besides, item.values, portal.fields, portal.zone) for item in items.values()),
    )


def without_findings(query: Query) -> Query:
    """The query without what it asks of findings."""
    return _without(query, {FINDING, FINDING_TEXT})


def _narrowed(items: Mapping[str, Item], query: Query, unread: Set[str], portal: Portal) -> dict[str, Item]:
    """Those that may meet the query, whatever the fields hold that are not read yet: reading them is dear."""
    asked = _without(query, unread)
    return {id: item for id, item in items.items() if meets(asked, item.values, portal.fields, portal.zone)}


def _without(query: Query, fields: Set[str]) -> Query:
    """The query without what it asks of these fields; a group that asks nothing else asks nothing."""

    def rest(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
        return tuple(one for one in filters if one.field not in fields)

    groups = tuple(rest(group) for group in query.any_of)
    return query.model_copy(update={"filters": rest(query.filters), "any_of": groups if all(groups) else ()})


async def with_call_links(reader: Reader, items: Sequence[Item], portal: Portal) -> list[Item]:
    """The same with the records that each call is about."""
    stored = await reader.context.house.records.calls.all([item.id for item in items])
    begun = [CallBegun(one.call, one.status, one.resolution, one.analysis is not None) for one in stored]
    linked = await _linked(reader, begun, {item.id: item for item in items}, portal)
    return [linked[item.id] for item in items]


async def with_analyses(reader: Reader, items: Mapping[str, Item]) -> dict[str, Item]:
    """The same with what was found in each call."""
    analyses = await reader.context.house.records.calls.analyses(list(items))
    return {id: _analysed(item, analyses[id]) if id in analyses else item for id, item in items.items()}


async def _allowed(reader: Reader, query: Query, portal: Portal) -> list[CallBegun]:
    house = reader.context.house
    since, until = _range(query.filters, portal)
    found = await house.records.calls.begun(MOST + 1, since, until)
    if len(found) > MOST and not reader.scope.is_nothing:
        reader.remark(f"Only the last {MOST:,} calls were looked at.")
    open_ones = [begun for begun in found[:MOST] if not begun.call.is_private]
    ids = [begun.call.id for begun in open_ones]
    audiences = await house.memory.calls.audiences(ids) if house.memory else {}
    return [begun for begun in open_ones if _may_be_seen(reader, begun, audiences)]


def _may_be_seen(reader: Reader, begun: CallBegun, audiences: Mapping[str, str | None]) -> bool:
    recalled = begun.call.id in audiences or not begun.is_analysed or reader.context.house.memory is None
    return recalled and reader.scope.allows(audiences.get(begun.call.id))


def _range(filters: Iterable[Filter], portal: Portal) -> tuple[datetime | None, datetime | None]:
    """From when to when calls are to be read: a day more on either side, since each is looked at again."""
    since: list[datetime] = []
    until: list[datetime] = []
    for one in filters:
        moments = [_moment(value, portal) for value in wanted_values(one, "moment")] if one.field == "started" else []
        if one.op in ("gt", "gte", "eq"):
            since += [moment - timedelta(days=1) for moment in moments if moment]
        if one.op in ("lt", "lte", "eq"):
            until += [moment + timedelta(days=2) for moment in moments if moment]
    return max(since, default=None), min(until, default=None)


def _moment(value: Value, portal: Portal) -> datetime | None:
    if isinstance(value, datetime):
        return value
    moment = read_value("moment", f"{value}T00:00:00")
    return moment.replace(tzinfo=portal.zone) if isinstance(moment, datetime) else None


def _item(begun: CallBegun, portal: Portal) -> Item:
    call = begun.call
    started, held_by = started_at(call), call.primary()
    owner = portal.addresses.get((held_by.email or "").strip().lower()) if held_by else None
    name = one_line(call_name(call), NAME_LENGTH)
    values = {
        "started": started,
        ID: call.id,
        OWNER: owner,
        "title": name,
        "duration": read_value("number", call.duration_s),
        "status": begun.status.value,
    }
    return Item(
        type="calls",
        id=call.id,
        name=name,
        values={field: (value,) for field, value in values.items() if value is not None},
        link=call_url(call),
        at=started,
    )


async def _linked(
    reader: Reader, calls: Sequence[CallBegun], items: Mapping[str, Item], portal: Portal
) -> dict[str, Item]:
    keys: dict[str, list[Key]] = {begun.call.id: _keys(begun) for begun in calls if begun.call.id in items}
    seen = await reader.linked({key for those in keys.values() for key in those}, portal.account)
    return {id: linked_item(item, [seen[key] for key in keys.get(id, ()) if key in seen]) for id, item in items.items()}


def _keys(begun: CallBegun) -> list[Key]:
    if begun.resolution is None:
        return []
    return [(record.type, record.id) for record in Resolution.model_validate(begun.resolution).records]


def _analysed(item: Item, analysis: CallAnalysis) -> Item:
    """With sentiment and direction as far as they are sure, and with what was found, sure or possible."""
    said = [_said(finding) for kind in SHOWN for finding in sure(analysis, kind)]
    others = [_said(finding) for kind in SHOWN for finding in possible(analysis, kind)]
    found: dict[str, tuple[Value, ...]] = {
        "sentiment": () if analysis.sentiment.candidate else (analysis.sentiment.label,),
        "stage_direction": (analysis.stage_direction.direction,),
        FINDING: tuple(one.kind for one in said),
        FINDING_TEXT: tuple(f"{one.text}\n{one.quote}" for one in said),
    }
    return replace(item, said=tuple(said), possible=tuple(others), values={**item.values, **found})


def _said(finding: Finding) -> Said:
    return Said(
        kind=finding.kind.value,
        text=one_line(finding.text, QUOTE_LENGTH),
        quote=one_line(finding.quote, QUOTE_LENGTH),
        speaker=one_line(finding.speaker, NAME_LENGTH) if finding.speaker else None,
        start_ms=finding.start_ms,
        candidate=finding.candidate,
    )


def _meeting(item: Item, query: Query, portal: Portal) -> Item | None:
    """The call with those of its findings that meet the query; None where it does not meet it.

    What is asked of findings must be true of one and the same; without any of a kind that says something (a price
    objection) is without a finding that is both.
    """
    query, unwanted = _without_negation(query)
    if unwanted is not None and any(_is_said(item, one, unwanted, portal) for one in item.said):
        return None
    if not any(one.op not in ("neq", "is_empty") for one in finding_filters(query)):
        is_met = meets(query, item.values, portal.fields, portal.zone)
        if asks_findings(query):
            return item if is_met and (item.said or item.possible) else None
        return replace(item, possible=()) if is_met else None
    said = [one for one in item.said if _is_said(item, one, query, portal)]
    if said and not meets(query, item.values, portal.fields, portal.zone):
        return None
    others = [one for one in item.possible if _may_be_said(item, one, query, portal)]
    return replace(item, said=tuple(said), possible=tuple(others)) if said or others else None


def _may_be_said(item: Item, possible: Said, query: Query, portal: Portal) -> bool:
    """Whether the query would be met, were a possible finding sure."""
    held = {name: (*item.get(name), *_with_finding(item, possible)[name]) for name in (FINDING, FINDING_TEXT)}
    values = {**item.values, **held}
    return _is_said(item, possible, query, portal) and meets(query, values, portal.fields, portal.zone)


def _without_negation(query: Query) -> tuple[Query, Query | None]:
    """The query without what says that there is no such finding, and that as a query for the finding."""
    kinds = [one for one in query.filters if one.field == FINDING and one.op == "neq"]
    texts = [one for one in query.filters if one.field == FINDING_TEXT and one.op == "contains"]
    if not kinds or not texts:
        return query, None
    unwanted = [one.model_copy(update={"op": "eq"}) for one in kinds]
    rest = tuple(one for one in query.filters if one not in kinds and one not in texts)
    finding = query.model_copy(update={"filters": (*unwanted, *texts), "any_of": ()})
    return query.model_copy(update={"filters": rest}), finding


def _is_said(item: Item, said: Said, query: Query, portal: Portal) -> bool:
    return meets(query, _with_finding(item, said), portal.fields, portal.zone)


def _with_finding(item: Item, said: Said) -> Mapping[str, Sequence[Value]]:
    return {**item.values, FINDING: (said.kind,), FINDING_TEXT: (f"{said.text}\n{said.quote}",)}
