"""Which fields a query needs to be carried out and shown."""

from collections.abc import Iterator, Mapping
from typing import Final

from core.query import ASSOCIATED, OWNER, Filter, Query, QueryObject
from nodes.policy.offered import STAGE
from nodes.querying.fields import DATE_OF, FINDING, FINDING_TEXT, NAMED, TASK_STATUS

DEFAULT_FIELDS: Final[Mapping[QueryObject, tuple[str, ...]]] = {
    "deals": ("dealname", "company", STAGE, "amount", "closedate", OWNER),
    "tasks": ("hs_task_subject", "about", "hs_timestamp", TASK_STATUS, OWNER),
    "contacts": ("name", "jobtitle", "email", "company", OWNER),
    "companies": ("name", "industry", "city", "lifecyclestage", OWNER),
    "calls": ("title", "started", "company", OWNER, "duration", "sentiment"),
    "notes": ("hs_note_body", "about", "hs_timestamp", OWNER),
}
"""The columns of a table; `about` is all that a record belongs to."""

ANALYSED: Final = frozenset({FINDING, FINDING_TEXT, "sentiment", "stage_direction"})
"""Fields of calls that take their analysis."""

STAGE_OF: Final[Mapping[QueryObject, str]] = {
    "deals": STAGE,
    "tasks": TASK_STATUS,
    "contacts": "lifecyclestage",
    "companies": "lifecyclestage",
    "calls": "status",
}
"""How far a record is."""

PERIODS: Final = frozenset({"month", "week", "quarter", "year"})


def filters_of(query: Query) -> Iterator[Filter]:
    """All filters, those of the groups, too."""
    yield from query.filters
    for group in query.any_of:
        yield from group


def finding_filters(query: Query) -> tuple[Filter, ...]:
    """What the query asks of the findings of calls."""
    return tuple(one for one in filters_of(query) if one.field in (FINDING, FINDING_TEXT))


def asks_findings(query: Query) -> bool:
    """Whether findings are what is asked for: not calls as such, nor those without any."""
    counts = query.aggregate is not None and FINDING in (query.aggregate.field, query.aggregate.by)
    wanted = any(one.op not in ("neq", "is_empty") for one in finding_filters(query))
    return query.object == "calls" and (counts or wanted)


def asked_fields(query: Query) -> frozenset[str]:
    """The fields that decide which records there are, how they are counted, and in which order they come."""
    used = {one.field for one in filters_of(query)} | {one.field for one in query.sort}
    return frozenset(used | _of_aggregate(query))


def fields_used(query: Query) -> frozenset[str]:
    """The same with those that are shown."""
    return asked_fields(query) | {*DEFAULT_FIELDS[query.object], DATE_OF[query.object], NAMED[query.object]}


def links_used(query: Query) -> bool:
    """Whether what records belong to decides which there are, or how they are counted."""
    return not asked_fields(query).isdisjoint(ASSOCIATED)


def analyses_used(query: Query) -> bool:
    """Whether what was found in calls does."""
    return not asked_fields(query).isdisjoint(ANALYSED)


def numbers_used(query: Query) -> frozenset[str]:
    """The fields that the query takes for numbers: it compares them with one, or adds them up."""
    aggregate = query.aggregate
    added = {aggregate.field} if aggregate and aggregate.field and aggregate.fn in ("sum", "avg") else set()
    return frozenset(added | {one.field for one in filters_of(query) if _is_number(one.value)})


def grouping_field(query: Query) -> str | None:
    """The field whose values are the groups; of a period the date that the query speaks of."""
    by = query.aggregate.by if query.aggregate else None
    if by not in PERIODS:
        return {"owner": OWNER, "stage": STAGE_OF.get(query.object, STAGE)}.get(by or "", by)
    dates = {*DATE_OF.values(), "createdate", "hs_createdate", "hs_lastmodifieddate", "lastmodifieddate"}
    return next((one.field for one in filters_of(query) if one.field in dates), DATE_OF[query.object])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_aggregate(query: Query) -> set[str]:
    field = query.aggregate.field if query.aggregate else None
    return {name for name in (field, grouping_field(query)) if name}
