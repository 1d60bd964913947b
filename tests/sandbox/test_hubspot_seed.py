"""How a data folder becomes a portal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer

Write = Callable[[str, Any], Path]


@contextmanager
def portal(data: Path, state: Path | None = None) -> Iterator[tuple[SandboxServer, httpx.Client]]:
    """A sandbox over this data, and plain HTTP to its HubSpot."""
    with SandboxServer(data, state, check_contract=True) as server:
        headers = {"Authorization": f"Bearer {server.credentials.hubspot_token}"}
        with httpx.Client(base_url=f"{server.url}/hubspot", headers=headers) as http:
            yield server, http
        assert server.violations == []


def test_sparse_records_are_completed(write: Write) -> None:
    with portal(write("hubspot/contacts.json", [{"id": 5}])) as (_, http):
        contact = http.get("/crm/v3/objects/contacts/5").json()
    assert contact["archived"] is False
    assert contact["properties"]["createdate"] == contact["createdAt"]
    assert contact["properties"]["email"] is None


def test_stamps_among_the_properties_count(write: Write) -> None:
    properties = {"createdate": "2025-01-01T00:00:00Z", "hs_lastmodifieddate": "2025-02-01T00:00:00Z"}
    with portal(write("hubspot/deals.json", [{"id": "5", "properties": properties}])) as (_, http):
        deal = http.get("/crm/v3/objects/deals/5").json()
    assert (deal["createdAt"], deal["updatedAt"]) == ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z")


def test_values_become_strings(write: Write) -> None:
    properties = {"amount": 1200, "share": 0.5, "big": True, "dealname": None}
    with portal(write("hubspot/deals.json", [{"id": "5", "properties": properties}])) as (_, http):
        shown = http.get("/crm/v3/objects/deals/5?properties=amount,share,big&properties=dealname").json()["properties"]
    assert (shown["amount"], shown["share"], shown["big"], shown["dealname"]) == ("1200", "0.5", "true", None)


def test_archived_records_stay_archived(write: Write) -> None:
    with portal(write("hubspot/deals.json", [{"id": "5", "archived": True}])) as (_, http):
        assert http.get("/crm/v3/objects/deals/5").status_code == 404
        assert http.get("/crm/v3/objects/deals/5?archived=true").json()["archivedAt"]


def test_a_link_to_a_record_that_is_not_in_the_data_is_left_out_and_told(write: Write) -> None:
    links = {"companies": {"results": [{"id": "9", "type": "deal_to_company"}]}, "tickets": {"results": [{"id": "1"}]}}
    with portal(write("hubspot/deals.json", [{"id": "5", "associations": links}])) as (server, http):
        assert "associations" not in http.get("/crm/v3/objects/deals/5?associations=companies").json()
    assert server.frame.notes == [
        "deals 5: there is no company 9; association left out",
        "deals 5: associations with tickets are not modelled; left out",
    ]


def test_an_association_of_an_unknown_name_is_the_plain_one(write: Write) -> None:
    write("hubspot/companies.json", [{"id": "9"}])
    links = {"company": [{"id": 9, "type": "something_else"}]}
    with portal(write("hubspot/deals.json", [{"id": "5", "associations": links}])) as (_, http):
        found = http.get("/crm/v4/objects/deals/5/associations/companies").json()["results"]
    assert found == [
        {"toObjectId": "9", "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}]}
    ]


def test_without_pipelines_there_is_the_default_one_with_the_stages_the_deals_stand_in(write: Write) -> None:
    deals = [{"id": "5", "properties": {"dealstage": "verbal_yes"}}]
    with portal(write("hubspot/deals.json", deals)) as (_, http):
        (pipeline,) = http.get("/crm/v3/pipelines/deals").json()["results"]
    stages = [stage["id"] for stage in pipeline["stages"]]
    assert (pipeline["id"], stages[0], stages[-1]) == ("default", "appointmentscheduled", "verbal_yes")


def test_null_metadata_of_a_stage_count_as_missing(write: Write) -> None:
    stages = [{"id": "s", "metadata": {"probability": None, "isClosed": None}}]
    with portal(write("hubspot/pipelines.json", [{"id": "p", "stages": stages}])) as (_, http):
        (pipeline,) = http.get("/crm/v3/pipelines/deals").json()["results"]
    assert pipeline["stages"][0]["metadata"] == {"probability": "0.5", "isClosed": "false"}


def test_account_details_can_be_given(write: Write) -> None:
    write("hubspot/account.json", {"id": "x", "portalId": 77, "timeZone": "Europe/Berlin"})
    with portal(write("hubspot/contacts.json", [])) as (_, http):
        account = http.get("/account-info/v3/details").json()
    assert (account["portalId"], account["timeZone"], account["uiDomain"]) == (77, "Europe/Berlin", "app.hubspot.com")


def test_made_records_links_and_properties_survive(data: Path, tmp_path: Path) -> None:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
    note = {
        "properties": {"hs_timestamp": "2026-11-01", "sophia_key": "k1"},
        "associations": [{"to": {"id": "101"}, "types": [spec]}],
    }
    definition = {
        "name": "sophia_key", "label": "Key", "type": "string", "fieldType": "text", "groupName": "engagement",
        "hasUniqueValue": True,
    }  # fmt: skip
    with portal(data, tmp_path / "s.db") as (_, http):
        assert http.post("/crm/v3/properties/notes", json=definition).status_code == 201
        made = http.post("/crm/v3/objects/notes", json=note).json()["id"]
        http.delete("/crm/v4/objects/contacts/101/associations/deals/301")
    with portal(data, tmp_path / "s.db") as (_, http):
        path = "/crm/v3/objects/notes/k1?idProperty=sophia_key&associations=contacts"
        found = http.get(path).json()
        assert (found["id"], found["associations"]["contacts"]["results"][0]["id"]) == (made, "101")
        assert http.get("/crm/v4/objects/deals/301/associations/contacts").json()["results"] == []
        again = http.post("/crm/v3/objects/notes", json={**note, "properties": {"hs_timestamp": "2026-11-01"}})
        assert int(again.json()["id"]) > int(made)


def test_ids_made_here_never_meet_those_of_the_data(write: Write) -> None:
    with portal(write("hubspot/contacts.json", [{"id": "400000000000"}, {"id": "abc"}])) as (_, http):
        made = http.post("/crm/v3/objects/contacts", json={"properties": {"firstname": "N"}}).json()["id"]
    assert made == "400000000001"


@pytest.mark.parametrize("name", ["calls", "meetings"])
def test_other_engagements_of_the_data_are_served(write: Write, name: str) -> None:
    record = {"id": "5", "properties": {"hs_timestamp": "2026-11-01T00:00:00Z"}}
    with portal(write(f"hubspot/{name}.json", [record])) as (_, http):
        assert http.get(f"/crm/v3/objects/{name}/5").status_code == 200
