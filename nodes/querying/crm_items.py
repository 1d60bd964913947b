"""Finds the CRM records of a query that the asker may see: searched for, then read anew and looked at one by one.

The search only says which records to look at. What they hold is read by id, which does not lag, and what Sophia wrote
within the last minutes, which the index may not have yet, is looked at besides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.query import ASSOCIATED, OWNER, Query, Sort
from memory.ledger import EffectStatus
from nodes.attached import BELONGS_TO, Key
from nodes.business_view.work import plain_text
from nodes.crm_sync.deals import record_name
from nodes.querying.fields import CURRENCY, NAMED, Field
from nodes.querying.filtering import meets
from nodes.querying.items import Item, Linked, Selected
from nodes.querying.plain import one_line
from nodes.querying.reading import NAME_LENGTH, Portal, Reader, crm_type
from nodes.querying.rights import allowed_records
from nodes.querying.searching import search_groups
from nodes.querying.used import fields_used, links_used
from nodes.querying.values import Value, read_value
from tools.hubspot.links import record_url
from tools.hubspot.port import CrmSearch, ObjectType, Record
from tools.hubspot.searching import MOST_ON_A_PAGE

MOST: Final = 5_000
"""Records that one question looks at: some 25 searches and 50 readings, half a minute of HubSpot's limits."""

ON_A_PAGE: Final = MOST_ON_A_PAGE

LATEST_EFFECTS: Final = 50
BEHIND: Final = timedelta(minutes=2)
"""How long what was written may not be found: the index lags half a minute, and a search is kept for one."""

NAME_PROPERTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": ("firstname", "lastname", "email"),
    "companies": ("name", "domain"),
}


async def crm_items(reader: Reader, query: Query, portal: Portal) -> Selected:
    """All records that meet the query, in no order. Raises what CrmGateway raises where nothing of it is kept."""
    type = crm_type(query.object)
    ids = await _candidates(reader, type, query, portal)
    fields = [portal.fields[name] for name in fields_used(query) if name in portal.fields]
    records = await reader.records(type, ids, _properties(type, fields)) if ids else []
    allowed = await allowed_records(reader, type, records)
    items = [_item(record, fields, portal) for record in allowed]
    if links_used(query):
        items = await with_links(reader, items, portal)
    return Selected([item for item in items if meets(query, item.values, portal.fields, portal.zone)])


async def with_links(reader: Reader, items: Sequence[Item], portal: Portal) -> list[Item]:
    """The same with the records that each belongs to, as far as the asker may see those."""
    if not items:
        return []
    type, ids = crm_type(items[0].type), [item.id for item in items]
    keys: dict[str, list[Key]] = {id: [] for id in ids}
    for to in BELONGS_TO:
        for id, others in (await reader.associated(type, ids, to) if to != type else {}).items():
            keys[id] += [(to, other) for other in others]
    seen = await reader.linked({key for those in keys.values() for key in those}, portal.account)
    return [linked_item(item, [seen[key] for key in keys[item.id] if key in seen]) for item in items]


def linked_item(item: Item, links: Sequence[Linked]) -> Item:
    """The item with what it belongs to, also as values of the fields for it; a task stands on its record's page."""
    values = {name: tuple(one.id for one in links if one.type == type) for name, type in ASSOCIATED.items()}
    page = item.link or next((one.link for one in links), None)
    return replace(item, links=tuple(links), link=page, values={**item.values, **values})


async def _candidates(reader: Reader, type: ObjectType, query: Query, portal: Portal) -> list[str]:
    """Ids of the records to look at."""
    sort = _searched_sort(query.sort, portal)
    search = CrmSearch(
        groups=search_groups(query, portal.fields, reader.scope, portal.zone),
        sort=sort.field if sort else None,
        descending=bool(sort and sort.descending),
        limit=ON_A_PAGE,
    )
    ids: dict[str, None] = {}
    after: str | None = None
    while len(ids) < MOST:
        asked = search.model_copy(update={"after": after})
        page = reader.note(await reader.context.crm.search(type, asked))
        ids |= dict.fromkeys(record.id for record in page.records)
        after = page.after
        if after is None or not page.records:
            break
    if after is not None and page.total > len(ids):
        # HubSpot counts what the asker may not see, too: how many there are is for who reads every record.
        total = f" of {page.total:,}" if reader.scope.allows_every_record else ""
        reader.remark(f"Only the first {len(ids):,}{total} records that it may be among were looked at.")
    return list(ids | dict.fromkeys(await _just_written(reader, type)))


def _searched_sort(sort: Sequence[Sort], portal: Portal) -> Sort | None:
    """What HubSpot can sort by: it matters where there are more records than are looked at."""
    first = next(iter(sort), None)
    field = portal.fields.get(first.field) if first else None
    return first if field and field.searched and field.kind != "link" else None


async def _just_written(reader: Reader, type: ObjectType) -> Iterable[str]:
    """Ids of the records that Sophia wrote lately."""
    house = reader.context.house
    since = house.clock.now() - BEHIND
    done = (EffectStatus.SENT, EffectStatus.CONFIRMED, EffectStatus.UNDONE)
    return [
        id
        for effect in await house.records.ledger.latest(LATEST_EFFECTS)
        if effect.object_type == type and effect.status in done and effect.updated_at and effect.updated_at >= since
        if (id := effect.object_id or effect.remote_id)
    ]


def _properties(type: ObjectType, fields: Sequence[Field]) -> set[str]:
    named = NAME_PROPERTIES.get(type, (NAMED[type],))
    own = {field.name for field in fields if field.searched and field.kind != "link"}
    ours = {"deals": (CURRENCY, "pipeline"), "tasks": ("sophia_key",), "notes": ("sophia_key",)}.get(type, ())
    return {OWNER, *named, *own, *ours}


def _item(record: Record, fields: Sequence[Field], portal: Portal) -> Item:
    name = _name(record)
    values = {field.name: _values(record, field) for field in fields if field.kind != "link"}
    if record.type == "contacts":
        values["name"] = (name,)
    return Item(
        type=record.type,
        id=record.id,
        name=name,
        values=values,
        link=record_url(portal.account, record.type, record.id),
        at=record.updated_at,
        currency=record.get(CURRENCY) or portal.account.currency,
    )


def _values(record: Record, field: Field) -> tuple[Value, ...]:
    """What a property holds; one with options may hold several."""
    text = record.get(field.name)
    if record.type == "notes" and field.name == NAMED["notes"]:
        text = plain_text(record)
    parts = text.split(";") if text and field.kind == "choice" else [text]
    read = (read_value(field.kind, part) for part in parts)
    return tuple(value for value in read if value is not None)


def _name(record: Record) -> str:
    given = plain_text(record) if record.type == "notes" else record.get(NAMED[record.type])
    return one_line(given if record.type in ("notes", "tasks") and given else record_name(record), NAME_LENGTH)
