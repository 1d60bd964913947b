"""What describes the account: properties, groups, pipelines, owners and details."""

import httpx
import hubspot
import pytest
from hubspot.crm.objects.notes import ApiException as NotesError
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate
from hubspot.crm.properties import (
    ApiException,
    BatchInputPropertyCreate,
    BatchReadInputPropertyName,
    OptionInput,
    PropertyCreate,
    PropertyGroupCreate,
    PropertyName,
)

from sandbox.faults import Fault
from sandbox.server import SandboxServer


def text(name: str, group: str = "engagement", unique: bool = False) -> PropertyCreate:
    return PropertyCreate(
        name=name, label=name.title(), type="string", field_type="text", group_name=group, has_unique_value=unique
    )


def test_standard_properties_and_those_of_the_data_are_there(client: hubspot.Client) -> None:
    found = {property.name: property for property in client.crm.properties.core_api.get_all("contacts").results}
    assert found["email"].has_unique_value
    assert found["units_managed"].hubspot_defined is False
    assert found["hubspot_owner_id"].external_options
    assert found["lastmodifieddate"].modification_metadata.read_only_value


def test_a_group_comes_before_its_properties(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as caught:
        client.crm.properties.core_api.create("notes", text("sophia_key", "sophia"))
    assert caught.value.status == 400
    client.crm.properties.groups_api.create("notes", PropertyGroupCreate(name="sophia", label="Sophia"))
    made = client.crm.properties.core_api.create("notes", text("sophia_key", "sophia", unique=True))
    assert (made.group_name, made.has_unique_value, made.hubspot_defined) == ("sophia", True, False)
    assert client.crm.properties.core_api.get_by_name("notes", "sophia_key").label == "Sophia_Key"


def test_what_exists_already_is_a_conflict(client: hubspot.Client) -> None:
    client.crm.properties.groups_api.create("deals", PropertyGroupCreate(name="sophia", label="Sophia"))
    with pytest.raises(ApiException) as group:
        client.crm.properties.groups_api.create("deals", PropertyGroupCreate(name="sophia", label="Sophia"))
    client.crm.properties.core_api.create("deals", text("sophia_risk", "sophia"))
    with pytest.raises(ApiException) as property:
        client.crm.properties.core_api.create("deals", text("sophia_risk", "sophia"))
    assert (group.value.status, property.value.status) == (409, 409)


def test_many_properties_are_made_at_once_and_those_that_cannot_be_are_told(client: hubspot.Client) -> None:
    api = client.crm.properties.batch_api
    first = api.create("notes", BatchInputPropertyCreate(inputs=[text("a_one"), text("a_two")]))
    second = api.create("notes", BatchInputPropertyCreate(inputs=[text("a_two"), text("a_three")]))
    assert {made.name for made in first.results} == {"a_one", "a_two"}
    assert ([made.name for made in second.results], second.num_errors) == (["a_three"], 1)
    assert second.errors[0].context["name"] == ["a_two"]


def test_properties_are_read_by_name(client: hubspot.Client) -> None:
    names = BatchReadInputPropertyName(archived=False, inputs=[PropertyName(name="amount"), PropertyName(name="nope")])
    answer = client.crm.properties.batch_api.read("deals", names)
    assert ([found.name for found in answer.results], answer.num_errors) == (["amount"], 1)


def test_a_property_of_a_kind_with_options_takes_only_these(client: hubspot.Client) -> None:
    choice = PropertyCreate(
        name="mood", label="Mood", type="enumeration", field_type="select", group_name="engagement",
        options=[OptionInput(label="Good", value="good", hidden=False)],
    )  # fmt: skip
    client.crm.properties.core_api.create("notes", choice)
    note = {"hs_timestamp": "2026-11-01", "mood": "good"}
    api = client.crm.objects.notes.basic_api
    assert api.create(SimplePublicObjectInputForCreate(properties=note)).properties["mood"] == "good"
    with pytest.raises(NotesError):
        api.create(SimplePublicObjectInputForCreate(properties={**note, "mood": "bad"}))


@pytest.mark.parametrize(
    ("type", "given", "kept"), [("date", "2026-07-31T23:00:00Z", "2026-07-31"), ("bool", "TRUE", "true")]
)
def test_values_are_kept_as_their_type_writes_them(client: hubspot.Client, type: str, given: str, kept: str) -> None:
    field = {"date": "date", "bool": "booleancheckbox"}[type]
    options = (
        [OptionInput(label=value, value=value, hidden=False) for value in ("true", "false")] if type == "bool" else []
    )
    client.crm.properties.core_api.create(
        "notes",
        PropertyCreate(name="x", label="X", type=type, field_type=field, group_name="engagement", options=options),
    )
    note = SimplePublicObjectInputForCreate(properties={"hs_timestamp": "2026-11-01", "x": given})
    assert client.crm.objects.notes.basic_api.create(note).properties["x"] == kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Upper", "type": "string", "fieldType": "text"},
        {"name": "x", "type": "text", "fieldType": "text"},
        {"name": "x", "type": "string", "fieldType": "poem"},
        {"name": "x", "type": "bool", "fieldType": "booleancheckbox"},
        {"name": "x", "type": "date", "fieldType": "date", "hasUniqueValue": True},
        {"name": "x"},
    ],
)
def test_a_wrong_property_is_refused(http: httpx.Client, wrong: dict[str, object]) -> None:
    answer = http.post("/crm/v3/properties/notes", json={"label": "X", "groupName": "engagement", **wrong})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_an_archived_property_is_gone_and_can_be_made_again(client: hubspot.Client) -> None:
    api = client.crm.properties.core_api
    api.create("notes", text("sophia_key"))
    api.archive("notes", "sophia_key")
    with pytest.raises(ApiException) as caught:
        api.get_by_name("notes", "sophia_key")
    assert caught.value.status == 404
    assert [found.name for found in api.get_all("notes", archived=True).results] == ["sophia_key"]
    assert api.create("notes", text("sophia_key")).archived is False


def test_hubspots_own_properties_and_groups_in_use_cannot_be_removed(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as property:
        client.crm.properties.core_api.archive("notes", "hs_note_body")
    with pytest.raises(ApiException) as group:
        client.crm.properties.groups_api.archive("notes", "engagement")
    assert (property.value.status, group.value.status) == (400, 400)
    client.crm.properties.groups_api.create("notes", PropertyGroupCreate(name="empty", label="Empty"))
    client.crm.properties.groups_api.archive("notes", "empty")
    assert [group.name for group in client.crm.properties.groups_api.get_all("notes").results] == ["engagement"]


def test_pipelines_have_their_own_stages_in_order(client: hubspot.Client) -> None:
    sales, renewals = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert [(stage.id, stage.metadata["isClosed"]) for stage in sales.stages] == [
        ("discovery", "false"),
        ("won", "true"),
    ]
    assert (renewals.id, renewals.stages[0].metadata["probability"]) == ("renewals", "0.5")
    assert client.crm.pipelines.pipelines_api.get_by_id("deals", "sales").label == "Sales"
    assert len(client.crm.pipelines.pipeline_stages_api.get_all("deals", "sales").results) == 2


def test_a_pipeline_that_is_not_there_and_a_type_without_any(http: httpx.Client) -> None:
    assert http.get("/crm/v3/pipelines/deals/none").status_code == 404
    assert http.get("/crm/v3/pipelines/contacts").status_code == 400


def test_owners_are_found_by_address_and_archived_ones_apart(client: hubspot.Client) -> None:
    api = client.crm.owners.owners_api
    assert [owner.id for owner in api.get_page().results] == ["901"]
    assert [owner.id for owner in api.get_page(email="DANA@seller.example").results] == ["901"]
    assert api.get_page(email="nobody@seller.example").results == []
    assert [(owner.id, owner.email) for owner in api.get_page(archived=True).results] == [("902", None)]
    assert api.get_by_id(901).email == api.get_by_id(71, id_property="userId").email == "dana@seller.example"


def test_an_owner_that_is_not_there_is_a_404(http: httpx.Client) -> None:
    assert http.get("/crm/v3/owners/5").status_code == 404


def test_owners_come_in_pages(http: httpx.Client, sandbox: SandboxServer) -> None:
    owners = sandbox.frame.store.table("hubspot.owners")
    for number in range(3):
        owners[f"91{number}"] = {**owners["901"], "id": f"91{number}"}
    first = http.get("/crm/v3/owners/?limit=3").json()
    after = first["paging"]["next"]["after"]
    second = http.get(f"/crm/v3/owners/?limit=3&after={after}").json()
    assert [owner["id"] for owner in first["results"] + second["results"]] == ["901", "910", "911", "912"]


def test_the_account_tells_its_number_and_the_host_of_its_pages(http: httpx.Client) -> None:
    account = http.get("/account-info/v3/details").json()
    assert account["portalId"] > 0
    assert account["uiDomain"] == "app.hubspot.com"


def test_a_batch_of_properties_can_fail_in_part_on_purpose(client: hubspot.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="partial_207"))
    answer = client.crm.properties.batch_api.create(
        "notes", BatchInputPropertyCreate(inputs=[text("a_one"), text("a_two")])
    )
    assert ([made.name for made in answer.results], answer.num_errors) == (["a_one"], 1)
