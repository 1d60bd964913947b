"""The search, and how late it is."""

from typing import Any

import httpx
import hubspot
import pytest
from hubspot.crm.contacts import Filter, FilterGroup, PublicObjectSearchRequest, SimplePublicObjectInput
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as New

from sandbox.hubspot.records import INDEX_LAG_S


@pytest.fixture
def settled(ticks: list[float], client: hubspot.Client) -> hubspot.Client:
    """The SDK on a portal with more contacts, all of which the search sees."""
    for number, name in enumerate(("Dee", "Eve", "Fay")):
        properties = {"firstname": name, "email": f"{name}@cedar.example", "units_managed": str(number * 100)}
        client.crm.contacts.basic_api.create(New(properties=properties))
    ticks[0] += INDEX_LAG_S
    return client


def search(http: httpx.Client, *filters: dict[str, Any], type: str = "contacts", **more: Any) -> list[str]:
    body = {"filterGroups": [{"filters": list(filters)}] if filters else [], "limit": 100, **more}
    answer = http.post(f"/crm/v3/objects/{type}/search", json=body)
    assert answer.status_code == 200, answer.text
    name = {"contacts": "firstname", "deals": "dealname", "companies": "name"}[type]
    return [record["properties"][name] for record in answer.json()["results"]]


def where(name: str, operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "value": value, **more}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (where("firstname", "EQ", "ana"), ["Ana"]),
        (where("firstname", "NEQ", "Ana"), ["Ben", "Cy"]),
        (where("firstname", "IN", values=["ana", "CY"]), ["Ana", "Cy"]),
        (where("firstname", "NOT_IN", values=["ana", "cy"]), ["Ben"]),
        (where("email", "HAS_PROPERTY"), ["Ana", "Ben"]),
        (where("email", "NOT_HAS_PROPERTY"), ["Cy"]),
        (where("email", "CONTAINS_TOKEN", "*larch*"), ["Ana"]),
        (where("email", "CONTAINS_TOKEN", "birch.example"), ["Ben"]),
        (where("email", "CONTAINS_TOKEN", "birch"), []),
        (where("email", "NOT_CONTAINS_TOKEN", "*birch*"), ["Ana", "Cy"]),
        (where("units_managed", "GT", "999"), ["Ana"]),
        (where("units_managed", "GTE", "1200"), ["Ana"]),
        (where("units_managed", "LT", "1200"), []),
        (where("units_managed", "LTE", "1200.0"), ["Ana"]),
        (where("units_managed", "BETWEEN", "1000", highValue="2000"), ["Ana"]),
        (where("createdate", "LT", "2026-01-06"), ["Ana"]),
        (where("createdate", "GTE", "1767607200000"), ["Ana", "Ben", "Cy"]),
        (where("associations.company", "EQ", "201"), ["Ana"]),
        (where("hs_object_id", "GT", "101"), ["Ben", "Cy"]),
    ],
)
def test_each_operator(http: httpx.Client, filter: dict[str, Any], found: list[str]) -> None:
    assert search(http, filter) == found


def test_filters_of_a_group_must_all_hold_and_any_group_will_do(http: httpx.Client) -> None:
    ana = {"filters": [where("firstname", "EQ", "Ana"), where("lastname", "EQ", "Ortiz")]}
    nobody = {"filters": [where("firstname", "EQ", "Ana"), where("lastname", "EQ", "Nomail")]}
    cy = {"filters": [where("lastname", "EQ", "Nomail")]}
    assert search(http, filterGroups=[ana, nobody, cy]) == ["Ana", "Cy"]


def test_a_query_looks_into_the_usual_properties(http: httpx.Client) -> None:
    assert search(http, query="ort") == ["Ana"]
    assert search(http, query="LARCH Court", type="companies") == ["Larch Court"]
    assert search(http, query="zzz") == []


def test_sorting_up_and_down(settled: hubspot.Client, http: httpx.Client) -> None:
    has = where("units_managed", "HAS_PROPERTY")
    assert search(http, has, sorts=[{"propertyName": "units_managed", "direction": "DESCENDING"}]) == [
        "Ana", "Fay", "Eve", "Dee"
    ]  # fmt: skip
    assert search(http, has, sorts=["units_managed"]) == ["Dee", "Eve", "Fay", "Ana"]
    assert search(http, has, sorts=["-units_managed"])[0] == "Ana"


def test_pages_of_the_sdk(settled: hubspot.Client) -> None:
    group = FilterGroup(filters=[Filter(property_name="email", operator="HAS_PROPERTY")])
    request = PublicObjectSearchRequest(filter_groups=[group], limit=3, properties=["email"], sorts=[])
    first = settled.crm.contacts.search_api.do_search(request)
    request.after = first.paging.next.after
    second = settled.crm.contacts.search_api.do_search(request)
    assert (first.total, len(first.results), len(second.results)) == (5, 3, 2)
    assert second.paging is None


def test_a_write_is_not_seen_until_the_index_has_caught_up(
    client: hubspot.Client, http: httpx.Client, ticks: list[float]
) -> None:
    made = client.crm.contacts.basic_api.create(New(properties={"firstname": "Gil"}))
    client.crm.contacts.basic_api.update("101", SimplePublicObjectInput(properties={"firstname": "Anna"}))
    client.crm.contacts.basic_api.archive("102")
    assert search(http) == ["Ana", "Ben", "Cy"]
    assert client.crm.contacts.basic_api.get_by_id(made.id).properties["firstname"] == "Gil"
    ticks[0] += INDEX_LAG_S - 0.1
    assert search(http) == ["Ana", "Ben", "Cy"]
    ticks[0] += 0.1
    assert search(http) == ["Anna", "Cy", "Gil"]


def test_two_writes_of_one_record_become_visible_one_after_the_other(
    client: hubspot.Client, http: httpx.Client, ticks: list[float]
) -> None:
    def rename(name: str) -> None:
        client.crm.contacts.basic_api.update("101", SimplePublicObjectInput(properties={"firstname": name}))

    rename("Anna")
    ticks[0] += 5
    rename("Annie")
    assert search(http)[0] == "Ana"
    ticks[0] += INDEX_LAG_S - 5
    assert search(http)[0] == "Anna"
    ticks[0] += 5
    assert search(http)[0] == "Annie"


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")] * 11}]},
        {"filterGroups": [{"filters": [where("email", "EQ", "x" * 3001)]}]},
        {"query": "x" * 3001},
        {"limit": 201},
        {"limit": 0},
        {"after": "9990", "limit": 100},
        {"after": "abc"},
        {"filterGroups": [{"filters": [where("no_such", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [where("email", "LIKE", "1")]}]},
        {"filterGroups": [{"filters": [where("email", "EQ")]}]},
        {"filterGroups": [{"filters": [where("email", "IN", "1")]}]},
        {"filterGroups": [{"filters": [where("amount", "BETWEEN", "1")]}]},
        {"sorts": ["no_such"]},
        {"sorts": ["email", "firstname"]},
    ],
)
def test_a_search_that_is_too_large_or_names_what_is_not_there_is_refused(
    http: httpx.Client, body: dict[str, Any]
) -> None:
    answer = http.post("/crm/v3/objects/contacts/search", json=body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_searches_carry_no_rate_headers_and_have_a_limit_of_their_own(http: httpx.Client, ticks: list[float]) -> None:
    answers = [http.post("/crm/v3/objects/contacts/search", json={}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert not any("ratelimit" in name.lower() for answer in answers for name in answer.headers)
    assert answers[-1].json()["policyName"] == "SECONDLY"
    assert http.get("/crm/v3/objects/contacts").status_code == 200
    ticks[0] += 1
    assert http.post("/crm/v3/objects/contacts/search", json={}).status_code == 200
