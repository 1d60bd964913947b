"""HubSpot's search: records by what their properties hold, a page at a time, within the limits that HubSpot sets."""

import json
from collections.abc import Mapping, Sequence

from core.errors import Rejected
from tools.hubspot.answers import Paging, SearchPage
from tools.hubspot.api import HubSpotApi
from tools.hubspot.errors import SERVICE
from tools.hubspot.port import CrmPage, CrmSearch, ObjectType, SearchFilter
from tools.hubspot.records import record

MOST_GROUPS = 5
MOST_FILTERS = 10
MOST_CHARACTERS = 3_000
"""Of all conditions as they are sent: what exactly HubSpot counts is not known, and this is the most that it can be."""

MOST_ON_A_PAGE = 200
MOST_RESULTS = 10_000

Groups = Sequence[Sequence[SearchFilter]]


def is_expressible(groups: Groups) -> bool:
    """Whether HubSpot takes so many conditions in one search."""
    if len(groups) > MOST_GROUPS or any(len(group) > MOST_FILTERS for group in groups):
        return False
    return len(json.dumps(_wire(groups))) <= MOST_CHARACTERS


async def search(api: HubSpotApi, type: ObjectType, asked: CrmSearch) -> CrmPage:
    """A page of what is found. Raises Rejected, without asking, for what HubSpot would refuse."""
    if not is_expressible(asked.groups):
        raise Rejected(SERVICE, "cannot search by so many conditions at once")
    seen = int(asked.after) if asked.after and asked.after.isdecimal() else 0
    if asked.limit > MOST_ON_A_PAGE or seen + asked.limit > MOST_RESULTS:
        raise Rejected(SERVICE, f"shows the first {MOST_RESULTS} results of a search, {MOST_ON_A_PAGE} a page")
    page = await api.call(SearchPage, api.search.do_search, type, _body(asked))
    return CrmPage(
        records=tuple(record(type, answer) for answer in page.results),
        total=page.total,
        after=Paging.after(page.paging),
    )


def _body(asked: CrmSearch) -> Mapping[str, object]:
    direction = "DESCENDING" if asked.descending else "ASCENDING"
    sorts = [{"propertyName": asked.sort, "direction": direction}] if asked.sort else []
    body = {"filterGroups": _wire(asked.groups), "sorts": sorts, "properties": list(asked.properties)}
    return body | {"limit": asked.limit} | ({"after": asked.after} if asked.after else {})


def _wire(groups: Groups) -> list[dict[str, object]]:
    return [{"filters": [_filter(one) for one in group]} for group in groups if group]


def _filter(one: SearchFilter) -> dict[str, object]:
    given = {"value": one.value, "values": list(one.values) or None, "highValue": one.high}
    named: dict[str, object] = {"propertyName": one.property, "operator": one.operator}
    return named | {name: value for name, value in given.items() if value is not None}
