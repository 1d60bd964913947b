"""Single records through HubSpot's own SDK."""

from typing import Any

import httpx
import hubspot
import pytest
from hubspot.crm.contacts import ApiException as ContactsError
from hubspot.crm.contacts import SimplePublicObjectInput, SimplePublicObjectInputForCreate
from hubspot.crm.objects.notes import ApiException as NotesError
from hubspot.crm.objects.notes import AssociationSpec, PublicAssociationsForObject, PublicObjectId
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate as NewNote

from sandbox.server import SandboxServer

NOTE = {"hs_timestamp": "2026-11-01T09:00:00Z", "hs_note_body": "Called."}


def new(**properties: object) -> SimplePublicObjectInputForCreate:
    return SimplePublicObjectInputForCreate(properties=properties)


def note_on(id: str, type_id: int = 202, **properties: str) -> NewNote:
    spec = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=type_id)
    link = PublicAssociationsForObject(to=PublicObjectId(id=id), types=[spec])
    return NewNote(properties=NOTE | properties, associations=[link])


def refusal(error: Any) -> dict[str, Any]:
    import json

    return {"status": error.status, **json.loads(error.body)}


def test_a_record_has_the_usual_properties_when_none_are_named(client: hubspot.Client) -> None:
    contact = client.crm.contacts.basic_api.get_by_id("101")
    assert set(contact.properties) == {
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"
    }  # fmt: skip
    assert (contact.id, contact.archived) == ("101", False)
    assert contact.created_at.isoformat() == "2026-01-05T10:00:00+00:00"


def test_named_properties_are_null_when_empty_and_left_out_when_unknown(client: hubspot.Client) -> None:
    names = ["phone", "jobtitle", "units_managed", "no_such_property"]
    properties = client.crm.contacts.basic_api.get_by_id("101", properties=names).properties
    assert (properties["phone"], properties["jobtitle"], properties["units_managed"]) == (None, None, "1200")
    assert "no_such_property" not in properties


def test_associations_come_only_when_asked_for_and_only_when_there_are_any(client: hubspot.Client) -> None:
    api = client.crm.contacts.basic_api
    assert api.get_by_id("101").associations is None
    assert api.get_by_id("103", associations=["deals"]).associations is None
    found = api.get_by_id("101", associations=["deals", "companies"]).associations
    assert [(entry.id, entry.type) for entry in found["deals"].results] == [("301", "contact_to_deal")]
    assert {entry.type for entry in found["companies"].results} == {
        "contact_to_company",
        "contact_to_company_unlabeled",
    }


def test_a_contact_is_found_by_its_address_in_any_case(client: hubspot.Client) -> None:
    assert client.crm.contacts.basic_api.get_by_id("ANA@larch.example", id_property="email").id == "101"


def test_a_property_that_is_not_unique_finds_nothing(client: hubspot.Client) -> None:
    with pytest.raises(ContactsError) as caught:
        client.crm.contacts.basic_api.get_by_id("Ana", id_property="firstname")
    assert refusal(caught.value)["category"] == "VALIDATION_ERROR"


def test_a_record_that_is_not_there_is_a_404_with_a_correlation_id(client: hubspot.Client) -> None:
    with pytest.raises(ContactsError) as caught:
        client.crm.contacts.basic_api.get_by_id("999")
    body = refusal(caught.value)
    assert (body["status"], body["category"]) == ("error", "OBJECT_NOT_FOUND")
    assert caught.value.status == 404
    assert caught.value.headers["X-HubSpot-Correlation-Id"] == body["correlationId"]


def test_pages_lead_through_all_records(client: hubspot.Client) -> None:
    first = client.crm.contacts.basic_api.get_page(limit=2)
    second = client.crm.contacts.basic_api.get_page(limit=2, after=first.paging.next.after)
    assert [contact.id for contact in first.results + second.results] == ["101", "102", "103"]
    assert second.paging is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=abc"])
def test_a_wrong_page_is_refused(http: httpx.Client, query: str) -> None:
    assert http.get(f"/crm/v3/objects/contacts?{query}").status_code == 400


def test_a_new_record_has_an_id_above_all_others_and_its_time_stamps(client: hubspot.Client) -> None:
    made = client.crm.contacts.basic_api.create(new(email="New@Larch.example", firstname="Nia", phone=""))
    assert int(made.id) > 10**11
    assert made.properties["email"] == "new@larch.example"
    assert made.properties["hs_object_id"] == made.id
    assert "phone" not in made.properties
    assert client.crm.contacts.basic_api.get_by_id(made.id).created_at == made.created_at


def test_a_note_is_made_with_its_associations(client: hubspot.Client) -> None:
    made = client.crm.objects.notes.basic_api.create(note_on("101"))
    note = client.crm.objects.notes.basic_api.get_by_id(made.id, associations=["contacts"])
    assert [entry.id for entry in note.associations["contacts"].results] == ["101"]


@pytest.mark.parametrize(
    ("id", "type_id"),
    [("999", 202), ("101", 204), ("101", 9999), ("301", 202)],
    ids=["no such contact", "a task's type", "no such type", "a deal's id"],
)
def test_a_wrong_association_makes_no_note(client: hubspot.Client, id: str, type_id: int) -> None:
    with pytest.raises(NotesError) as caught:
        client.crm.objects.notes.basic_api.create(note_on(id, type_id))
    assert refusal(caught.value)["category"] == "VALIDATION_ERROR"
    assert client.crm.objects.notes.basic_api.get_page().results == []


def test_a_note_without_its_date_is_refused(client: hubspot.Client) -> None:
    with pytest.raises(NotesError) as caught:
        client.crm.objects.notes.basic_api.create(NewNote(properties={"hs_note_body": "x"}))
    assert refusal(caught.value)["errors"][0]["code"] == "REQUIRED_PROPERTY"


def test_a_change_is_kept_and_stamped(client: hubspot.Client, sandbox: SandboxServer) -> None:
    api = client.crm.deals.basic_api
    before = api.get_by_id("301")
    changed = api.update("301", SimplePublicObjectInput(properties={"hs_next_step": "Send terms", "amount": 70000}))
    assert changed.properties["amount"] == "70000"
    after = api.get_by_id("301", properties=["hs_next_step", "amount"])
    assert after.properties["hs_next_step"] == "Send terms"
    assert after.updated_at > before.updated_at
    assert after.created_at == before.created_at


def test_an_empty_value_clears_a_property(client: hubspot.Client) -> None:
    api = client.crm.contacts.basic_api
    api.update("101", SimplePublicObjectInput(properties={"lastname": ""}))
    assert api.get_by_id("101").properties["lastname"] is None


def test_a_change_without_properties_is_refused(client: hubspot.Client) -> None:
    with pytest.raises(ContactsError) as caught:
        client.crm.contacts.basic_api.update("101", SimplePublicObjectInput(properties={}))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("type", "id", "values", "code"),
    [
        ("contacts", "101", {"shoe_size": "44"}, "PROPERTY_DOESNT_EXIST"),
        ("contacts", "101", {"email": "not an address"}, "INVALID_EMAIL"),
        ("contacts", "101", {"lifecyclestage": "wizard"}, "INVALID_OPTION"),
        ("contacts", "101", {"hubspot_owner_id": "1"}, "INVALID_OPTION"),
        ("contacts", "101", {"lastmodifieddate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ("contacts", "101", {"firstname": "x" * 70_000}, "VALUE_TOO_LONG"),
        ("deals", "301", {"amount": "a lot"}, "INVALID_DOUBLE"),
        ("deals", "301", {"amount": "NaN"}, "INVALID_DOUBLE"),
        ("deals", "301", {"closedate": "soon"}, "INVALID_LONG"),
        ("deals", "301", {"dealstage": "due"}, "INVALID_OPTION"),
        ("deals", "301", {"pipeline": "none"}, "INVALID_OPTION"),
    ],
)
def test_a_wrong_value_is_refused_and_named(
    http: httpx.Client, type: str, id: str, values: dict[str, str], code: str
) -> None:
    answer = http.patch(f"/crm/v3/objects/{type}/{id}", json={"properties": values})
    body = answer.json()
    assert (answer.status_code, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["errors"][0]["code"] == code
    assert body["errors"][0]["context"] == {"propertyName": [*values]}
    assert '"error": "' + code in body["message"]


def test_a_stage_is_taken_with_the_pipeline_it_belongs_to(client: hubspot.Client) -> None:
    api = client.crm.deals.basic_api
    moved = api.update("301", SimplePublicObjectInput(properties={"pipeline": "renewals", "dealstage": "due"}))
    assert moved.properties["dealstage"] == "due"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-07-31", "2026-07-31T00:00:00Z"),
        ("2026-07-31T10:00:00+02:00", "2026-07-31T08:00:00Z"),
        ("1785456000000", "2026-07-31T00:00:00Z"),
        ("2026-07-31T10:00:00.250Z", "2026-07-31T10:00:00.250Z"),
    ],
)
def test_a_moment_is_kept_in_utc_however_it_was_written(client: hubspot.Client, given: str, kept: str) -> None:
    changed = client.crm.deals.basic_api.update("301", SimplePublicObjectInput(properties={"closedate": given}))
    assert changed.properties["closedate"] == kept


def test_a_second_contact_with_the_same_address_is_a_conflict_that_names_the_first(client: hubspot.Client) -> None:
    with pytest.raises(ContactsError) as caught:
        client.crm.contacts.basic_api.create(new(email="ANA@larch.example"))
    body = refusal(caught.value)
    assert caught.value.status == 409
    assert body["category"] == "CONFLICT"
    assert body["message"].endswith("Existing ID: 101")


def test_an_archived_record_is_a_404_unless_archived_ones_are_asked_for(client: hubspot.Client) -> None:
    api = client.crm.contacts.basic_api
    api.archive("101")
    with pytest.raises(ContactsError) as caught:
        api.get_by_id("101")
    assert caught.value.status == 404
    found = api.get_by_id("101", archived=True)
    assert found.archived
    assert found.archived_at is not None
    assert "101" not in [contact.id for contact in api.get_page().results]
    assert [contact.id for contact in api.get_page(archived=True).results] == ["101"]


def test_archiving_what_is_not_there_is_no_error(client: hubspot.Client) -> None:
    client.crm.contacts.basic_api.archive("999")


def test_the_address_of_an_archived_contact_is_free_again(client: hubspot.Client) -> None:
    client.crm.contacts.basic_api.archive("101")
    assert client.crm.contacts.basic_api.create(new(email="ana@larch.example")).id != "101"


def test_links_to_an_archived_record_are_not_shown(client: hubspot.Client) -> None:
    client.crm.deals.basic_api.archive("301")
    assert client.crm.contacts.basic_api.get_by_id("101", associations=["deals"]).associations is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"properties": {"email": []}}', b'{"properties": null}'])
def test_a_body_that_is_not_in_the_form_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/crm/v3/objects/contacts", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["/crm/v3/objects/spaceships/1", "/crm/v3/objects/contact", "/crm/v3/objects/0-1"])
def test_types_go_by_any_of_their_names_and_no_other(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == (400 if "spaceships" in path else 200)


def test_an_endpoint_that_does_not_exist_is_a_404_in_the_usual_form(http: httpx.Client) -> None:
    answer = http.get("/crm/v9/anything")
    assert (answer.status_code, answer.json()["status"]) == (404, "error")
