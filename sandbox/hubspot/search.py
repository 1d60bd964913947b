"""The search: /crm/v3/objects/{type}/search, over an index that is some seconds behind."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.hubspot.asking import Asked, body_of, page_of
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.matching import Comparison, matches, sort_key
from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.showing import shown
from sandbox.store import Document

GROUPS = 5
FILTERS = 10
PAGE_SIZE = 10
LARGEST_PAGE = 200
RESULTS = 10_000
CHARACTERS = 3_000
ASSOCIATED = "associations."

Operator = Literal[
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]


class Filter(Asked):
    """One condition on a property; which of the values it needs depends on the operator."""

    propertyName: str
    operator: Operator
    value: str | None = None
    values: tuple[str, ...] | None = None
    highValue: str | None = None


class FilterGroup(Asked):
    """Conditions that must all hold."""

    filters: tuple[Filter, ...]


class Sort(Asked):
    """By which property to sort."""

    propertyName: str
    direction: Literal["ASCENDING", "DESCENDING"] = "ASCENDING"


class SearchBody(Asked):
    """The body of a search: records that meet any of the groups."""

    filterGroups: tuple[FilterGroup, ...] = ()
    sorts: tuple[Sort | str, ...] = Field((), max_length=1)
    query: str | None = None
    properties: tuple[str, ...] = ()
    limit: int = PAGE_SIZE
    after: str | int | None = None


class Search:
    """The search endpoint."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def __call__(self, request: Request) -> Response:
        """A page of the records that match, and how many there are."""
        type = self._portal.type(request.path_params["type"])
        body = await body_of(request, SearchBody)
        self._check(type, body)
        found = [record for record in self._portal.records[type.name].indexed() if self._meets(type, body, record)]
        for sort in body.sorts:
            name, descending = _sorted_by(sort)
            found.sort(key=lambda record: sort_key(record["properties"].get(name)), reverse=descending)
        page, paging = page_of(found[:RESULTS], str(body.after or 0), body.limit, request.url.path)
        results = [shown(self._portal, type, record, body.properties) for record in page]
        return JSONResponse({"total": len(found), "results": results, **paging})

    def _check(self, type: ObjectType, body: SearchBody) -> None:
        """400 for a search that is too large or names what does not exist."""
        filters = [filter for group in body.filterGroups for filter in group.filters]
        if len(body.filterGroups) > GROUPS or any(len(group.filters) > FILTERS for group in body.filterGroups):
            raise invalid(f"A search may have {GROUPS} filter groups with {FILTERS} filters each.")
        if sum(_characters(filter) for filter in filters) + len(body.query or "") > CHARACTERS:
            raise invalid(f"A search may be {CHARACTERS} characters long.")
        if not 1 <= body.limit <= LARGEST_PAGE:
            raise invalid(f"limit must be from 1 to {LARGEST_PAGE}.")
        if str(body.after or "").isdecimal() and int(body.after or 0) + body.limit > RESULTS:
            raise invalid(f"A search shows the first {RESULTS} results only.")
        for filter in filters:
            self._check_filter(type, filter)
        for sort in body.sorts:
            self._check_name(type, _sorted_by(sort)[0])

    def _check_filter(self, type: ObjectType, filter: Filter) -> None:
        if filter.propertyName.startswith(ASSOCIATED):
            self._portal.type(filter.propertyName.removeprefix(ASSOCIATED))
        else:
            self._check_name(type, filter.propertyName)
        needed = _needed(filter)
        if any(value is None for value in needed):
            raise invalid(f"{filter.operator} on {filter.propertyName} lacks a value.")

    def _check_name(self, type: ObjectType, name: str) -> None:
        if self._portal.properties.find(type, name) is None:
            raise invalid(f"There is no property {name} on {type.name}.", context={"propertyName": [name]})

    def _meets(self, type: ObjectType, body: SearchBody, record: Document) -> bool:
        if body.query and not _has_words(record, type.searched, body.query):
            return False
        if not body.filterGroups:
            return True
        return any(all(self._holds(type, filter, record) for filter in group.filters) for group in body.filterGroups)

    def _holds(self, type: ObjectType, filter: Filter, record: Document) -> bool:
        compare: Callable[[str | None], bool] = Comparison(
            filter.operator, filter.value, filter.values or (), filter.highValue
        ).holds
        if not filter.propertyName.startswith(ASSOCIATED):
            return compare(record["properties"].get(filter.propertyName))
        target = self._portal.type(filter.propertyName.removeprefix(ASSOCIATED))
        return any(compare(link.target) for link in self._portal.links(type, record["id"], target))


def search_routes(portal: Portal) -> list[Route]:
    """The route of the search."""
    return [Route("/crm/v3/objects/{type}/search", Search(portal).__call__, methods=["POST"])]


def _needed(filter: Filter) -> Sequence[Any]:
    """The values that a filter's operator cannot do without."""
    match filter.operator:
        case "HAS_PROPERTY" | "NOT_HAS_PROPERTY":
            return ()
        case "IN" | "NOT_IN":
            return (filter.values or None,)
        case "BETWEEN":
            return (filter.value, filter.highValue)
        case _:
            return (filter.value,)


def _characters(filter: Filter) -> int:
    given = (filter.propertyName, filter.value, filter.highValue, *(filter.values or ()))
    return sum(len(text) for text in given if text)


def _sorted_by(sort: Sort | str) -> tuple[str, bool]:
    """The property to sort by, and whether from the highest; as a string a minus before the name says so."""
    if isinstance(sort, Sort):
        return sort.propertyName, sort.direction == "DESCENDING"
    return sort.removeprefix("-"), sort.startswith("-")


def _has_words(record: Document, names: Sequence[str], query: str) -> bool:
    text = " ".join(record["properties"].get(name) or "" for name in names)
    return all(matches(text, word, prefix=True) for word in query.split())
