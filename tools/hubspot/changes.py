"""Records that changed since a moment, by the search: the way to hear of changes without webhooks.

A search shows its first 10,000 results only, and what changes while it is paged through moves other records across the
borders of its pages. So every page is a search of its own, for ids above the last one seen: nothing is left out, be
the changes as many or as simultaneous as they may.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from tools.hubspot.answers import ObjectPage, Paging
from tools.hubspot.api import HubSpotApi
from tools.hubspot.errors import unreadable
from tools.hubspot.port import ObjectType, Record
from tools.hubspot.records import record

PAGE_SIZE = 200
ID = "hs_object_id"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def modified_property(type: ObjectType) -> str:
    """The property that says when a record was last changed: contacts have one of their own."""
    return "lastmodifieddate" if type == "contacts" else "hs_lastmodifieddate"


async def changed_since(
    api: HubSpotApi, type: ObjectType, since: datetime, properties: Sequence[str]
) -> AsyncIterator[Record]:
    """Records made or changed at or after `since`, by ascending id; `since` needs a time zone."""
    modified = modified_property(type)
    moment = str((since - EPOCH) // timedelta(milliseconds=1))
    last = 0
    while True:
        filters = [
            {"propertyName": modified, "operator": "GTE", "value": moment},
            {"propertyName": ID, "operator": "GT", "value": str(last)},
        ]
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": ID, "direction": "ASCENDING"}],
            "properties": list(dict.fromkeys([*properties, modified])),
            "limit": PAGE_SIZE,
        }
        page = await api.call(ObjectPage, api.search.do_search, type, body)
        for answer in page.results:
            yield record(type, answer)
        if not page.results or Paging.after(page.paging) is None:
            return
        last = _above(last, [answer.id for answer in page.results])


def _above(last: int, ids: Sequence[str]) -> int:
    """The highest id of a page, which must be above those before: the next page begins there."""
    highest = max((int(id) for id in ids if id.isdecimal()), default=0)
    if highest <= last:
        raise unreadable("a search by ids came back to earlier ones", write=False)
    return highest
