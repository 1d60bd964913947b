"""A question as a query: typed, whole and plain, whoever made it of the question and whoever carries it out.

Everything in it is resolved: dates are ISO days or moments, people, stages and records are ids with their names beside
them. Fields of CRM objects bear HubSpot's own property names; those of calls are listed in CALL_FIELDS.
"""

from typing import Final, Literal

from core.analysis import Frozen

QueryObject = Literal["deals", "tasks", "contacts", "companies", "calls", "notes"]
Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte", "in", "contains", "is_empty", "is_not_empty"]
Function = Literal["count", "sum", "avg", "min", "max"]
Scalar = str | int | float | bool

OWNER: Final = "hubspot_owner_id"
"""Whose a record is; of a call, the owner who held it."""

ASSOCIATED: Final[dict[str, Literal["companies", "deals", "contacts"]]] = {
    "company": "companies",
    "deal": "deals",
    "contact": "contacts",
}
"""Fields of every object that hold the ids of records it belongs to, and what those are."""

OF_COMPANY: Final = "company."
"""Before a field of the company that a record belongs to: "company.segment"; only in filters."""

CALL_FIELDS: Final = (
    "started",  # moment it began
    OWNER,
    "title",
    "duration",  # seconds
    "sentiment",
    "stage_direction",
    "finding",  # kinds of findings in it: objection, buying_signal, next_step, risk, competitor, question_open
    "finding_text",  # words of those findings and their quotes
    "status",
)


class Filter(Frozen):
    """One condition. `value` is a tuple for `in` and None for the two of emptiness.

    `name` is what a person reads for the value (an owner's or stage's name), several with commas.
    """

    field: str
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = None
    name: str | None = None


class Sort(Frozen):
    """By which field the answer is ordered."""

    field: str
    descending: bool = False


class Aggregate(Frozen):
    """One figure instead of, or beside, the records: over `field` (None: the records themselves), by group.

    `by` is owner, stage, month, week, quarter, year, company, or a field's name. Counting the field "finding" of calls
    counts the findings that meet the query's filters, not the calls.
    """

    fn: Function
    field: str | None = None
    by: str | None = None


class Query(Frozen):
    """Records of one object that meet all `filters` and, where there are any, one group of `any_of`.

    `limit` is how many are wanted, None for as many as are usual; `skip` how many of the first were shown before.
    """

    object: QueryObject
    filters: tuple[Filter, ...] = ()
    any_of: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    skip: int = 0
    aggregate: Aggregate | None = None
