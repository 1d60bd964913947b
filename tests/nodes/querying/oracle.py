"""What the data files say, asked by plain Python: the answers are held to this."""

import operator
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.query import Filter, Query
from tests.nodes.querying.conftest import Json, records_of

ZONE = ZoneInfo("US/Central")
OWNER = "hubspot_owner_id"
DEALS = records_of("deals")
STAGES = [
    (stage["id"], stage["metadata"]["isClosed"] == "true") for one in records_of("pipelines") for stage in one["stages"]
]
OPEN = tuple(id for id, closed in STAGES if not closed)
OPEN_DEALS = Filter(field="dealstage", op="in", value=OPEN, name="open")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def held(record: Json, field: str) -> Any:
    """What the data file says, as Python compares it; companies by their ids."""
    if field == "company":
        return [one["id"] for one in (record.get("associations") or {}).get("companies", {}).get("results", [])]
    text = record["properties"].get(field)
    if not text:
        return None
    if field in ("amount", "numberofunits"):
        return float(text)
    if field in ("closedate", "createdate", "hs_timestamp"):
        return datetime.fromisoformat(text).astimezone(ZONE).date()
    return str(text).lower()


def plain(wanted: Any) -> Any:
    return wanted.lower() if isinstance(wanted, str) else wanted


def is_met(record: Json, filter: Filter) -> bool:
    value = held(record, filter.field)
    wanted: Any = filter.value
    match filter.op:
        case "is_empty":
            return value in (None, [])
        case "is_not_empty":
            return value not in (None, [])
        case "neq":
            return wanted not in value if isinstance(value, list) else value != plain(wanted)
        case "in":
            return value in wanted
        case "contains":
            return value is not None and wanted.lower() in value
    if isinstance(value, list):
        return wanted in value
    if isinstance(value, date):
        return COMPARE[filter.op](value, date.fromisoformat(wanted))
    return value is not None and COMPARE[filter.op](value, plain(wanted))


def expected(records: Iterable[Json], query: Query) -> set[str]:
    return {
        record["id"]
        for record in records
        if all(is_met(record, one) for one in query.filters)
        and (not query.any_of or any(all(is_met(record, one) for one in group) for group in query.any_of))
    }


QUERIES = {
    "all": Query(object="deals"),
    "open": Query(object="deals", filters=(OPEN_DEALS,)),
    "closing in a month": Query(
        object="deals",
        filters=(
            Filter(field="closedate", op="gte", value="2026-11-01"),
            Filter(field="closedate", op="lte", value="2026-11-30"),
        ),
    ),
    "on the last day of a range": Query(
        object="deals", filters=(Filter(field="closedate", op="eq", value="2026-10-15"),)
    ),
    "after a day": Query(object="deals", filters=(Filter(field="closedate", op="gt", value="2026-10-15"),)),
    "before a day": Query(object="deals", filters=(Filter(field="closedate", op="lt", value="2026-10-15"),)),
    "large": Query(object="deals", filters=(OPEN_DEALS, Filter(field="amount", op="gt", value=50_000))),
    "of exactly": Query(object="deals", filters=(Filter(field="amount", op="eq", value=29_700),)),
    "without an amount": Query(object="deals", filters=(Filter(field="amount", op="is_empty"),)),
    "with an amount": Query(object="deals", filters=(Filter(field="amount", op="is_not_empty"),)),
    "of nobody": Query(object="deals", filters=(Filter(field=OWNER, op="is_empty"),)),
    "of one": Query(object="deals", filters=(Filter(field=OWNER, op="eq", value="78862253"),)),
    "of others, or nobody": Query(object="deals", filters=(Filter(field=OWNER, op="neq", value="78862253"),)),
    "within a word of the name": Query(
        object="deals", filters=(Filter(field="dealname", op="contains", value="MARA"),)
    ),
    "over two words": Query(object="deals", filters=(Filter(field="dealname", op="contains", value="k - 9 b"),)),
    "of a company": Query(object="deals", filters=(Filter(field="company", op="eq", value="75520"),)),
    "of no company": Query(object="deals", filters=(Filter(field="company", op="is_empty"),)),
    "either": Query(
        object="deals",
        any_of=(
            (Filter(field="amount", op="gt", value=60_000),),
            (Filter(field="dealtype", op="eq", value="existingbusiness"), OPEN_DEALS),
        ),
    ),
    "more alternatives than a search takes": Query(
        object="deals",
        filters=(OPEN_DEALS,),
        any_of=tuple((Filter(field="amount", op="eq", value=amount),) for amount in (29_700, 26_800, 1, 2, 3, 4)),
    ),
    "several exceptions": Query(
        object="deals",
        filters=tuple(Filter(field=OWNER, op="neq", value=id) for id in ("78862253", "80117340", "1", "2")),
    ),
    "not a number": Query(object="deals", filters=(Filter(field="amount", op="gt", value="a lot"),)),
}
