"""Batches of records through HubSpot's own SDK."""

import json
from typing import Any

import httpx
import hubspot
import pytest
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    SimplePublicObjectBatchInput,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectId,
)
from hubspot.crm.objects.notes import AssociationSpec, PublicAssociationsForObject, PublicObjectId
from hubspot.crm.properties import PropertyCreate

from sandbox.faults import Fault
from sandbox.server import SandboxServer

WHEN = "2026-11-01T09:00:00Z"


@pytest.fixture
def keyed(client: hubspot.Client) -> hubspot.Client:
    """The SDK on a portal whose notes have a unique property."""
    client.crm.properties.core_api.create(
        "notes",
        PropertyCreate(
            name="sophia_key", label="Key", type="string", field_type="text", group_name="engagement",
            has_unique_value=True,
        ),
    )  # fmt: skip
    return client


def read(client: hubspot.Client, ids: list[str], id_property: str | None = None) -> Any:
    body = BatchReadInputSimplePublicObjectId(
        inputs=[SimplePublicObjectId(id=id) for id in ids],
        properties=["email"],
        properties_with_history=[],
        id_property=id_property,
    )
    return client.crm.contacts.batch_api.read(body)


def make_notes(client: hubspot.Client, notes: list[dict[str, Any]], trace: bool = False) -> Any:
    spec = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=202)
    link = PublicAssociationsForObject(to=PublicObjectId(id="101"), types=[spec])
    inputs = [
        SimplePublicObjectBatchInputForCreate(
            properties=note, associations=[link], object_write_trace_id=f"t{number}" if trace else None
        )
        for number, note in enumerate(notes)
    ]
    return client.crm.objects.notes.batch_api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))


def upsert_notes(client: hubspot.Client, notes: dict[str, dict[str, str]]) -> Any:
    inputs = [
        SimplePublicObjectBatchInputUpsert(id=key, id_property="sophia_key", properties=values)
        for key, values in notes.items()
    ]
    return client.crm.objects.notes.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs))


def update_contacts(client: hubspot.Client, changes: dict[str, dict[str, str]]) -> Any:
    inputs = [SimplePublicObjectBatchInput(id=id, properties=values) for id, values in changes.items()]
    return client.crm.contacts.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))


def bodies(client: hubspot.Client) -> list[str]:
    notes = client.crm.objects.notes.basic_api.get_page(properties=["hs_note_body"]).results
    return [note.properties["hs_note_body"] for note in notes]


def test_a_batch_read_gives_what_is_there(client: hubspot.Client) -> None:
    answer = read(client, ["101", "102", "101"])
    assert {record.id: record.properties["email"] for record in answer.results} == {
        "101": "ana@larch.example",
        "102": "ben@birch.example",
    }
    assert len(answer.results) == 2
    assert not hasattr(answer, "num_errors")


def test_what_is_missing_from_a_batch_read_is_told_in_one_error_and_raises_nothing(client: hubspot.Client) -> None:
    answer = read(client, ["101", "998", "999"])
    assert [record.id for record in answer.results] == ["101"]
    assert answer.num_errors == 1
    assert answer.errors[0].category == "OBJECT_NOT_FOUND"
    assert answer.errors[0].context == {"ids": ["998", "999"]}


def test_a_batch_read_of_nothing_that_exists_is_a_207_too(client: hubspot.Client) -> None:
    answer = read(client, ["998"])
    assert (answer.results, answer.num_errors) == ([], 1)


def test_contacts_are_read_by_address(client: hubspot.Client) -> None:
    answer = read(client, ["ana@larch.example", "nobody@x.example"], "email")
    assert [record.id for record in answer.results] == ["101"]
    assert answer.errors[0].context == {"ids": ["nobody@x.example"]}


def test_results_do_not_come_in_the_order_of_the_inputs(client: hubspot.Client) -> None:
    assert [record.id for record in read(client, ["101", "102", "103"]).results] == ["103", "102", "101"]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_between_1_and_100_inputs(client: hubspot.Client, count: int) -> None:
    with pytest.raises(ApiException) as caught:
        read(client, [str(number) for number in range(count)])
    assert caught.value.status == 400


def test_a_batch_create_makes_records_with_their_associations(keyed: hubspot.Client) -> None:
    made = make_notes(keyed, [{"hs_timestamp": WHEN, "sophia_key": f"k{number}"} for number in range(3)])
    assert {note.properties["sophia_key"] for note in made.results} == {"k0", "k1", "k2"}
    contact = keyed.crm.contacts.basic_api.get_by_id("101", associations=["notes"])
    assert {entry.id for entry in contact.associations["notes"].results} == {note.id for note in made.results}


@pytest.mark.parametrize(
    "wrong",
    [{"hs_note_body": "no date"}, {"hs_timestamp": WHEN, "unknown": "x"}, {"hs_timestamp": WHEN, "sophia_key": "k0"}],
    ids=["no date", "unknown property", "a key twice"],
)
def test_one_wrong_input_fails_the_whole_create_and_leaves_nothing(
    keyed: hubspot.Client, wrong: dict[str, str]
) -> None:
    from hubspot.crm.objects.notes import ApiException as NotesError

    with pytest.raises(NotesError) as caught:
        make_notes(keyed, [{"hs_timestamp": WHEN, "sophia_key": "k0"}, wrong])
    assert caught.value.status == 400
    assert bodies(keyed) == []


def test_with_trace_ids_the_right_inputs_of_a_create_are_made(keyed: hubspot.Client) -> None:
    answer = make_notes(keyed, [{"hs_timestamp": WHEN, "hs_note_body": "right"}, {"hs_note_body": "wrong"}], trace=True)
    assert [note.object_write_trace_id for note in answer.results] == ["t0"]
    assert answer.errors[0].context["objectWriteTraceId"] == ["t1"]
    assert bodies(keyed) == ["right"]


def test_a_key_that_exists_makes_no_second_note(keyed: hubspot.Client) -> None:
    from hubspot.crm.objects.notes import ApiException as NotesError

    first = make_notes(keyed, [{"hs_timestamp": WHEN, "sophia_key": "k0"}]).results[0].id
    with pytest.raises(NotesError) as caught:
        make_notes(keyed, [{"hs_timestamp": WHEN, "sophia_key": "k0"}])
    body = json.loads(caught.value.body)
    assert caught.value.status == 400
    assert body["context"]["existingObjectId"] == [first]
    assert body["message"].endswith(f"{first} already has that value.")


def test_a_batch_update_changes_what_is_there_and_tells_what_is_not(client: hubspot.Client) -> None:
    answer = update_contacts(client, {"101": {"firstname": "Anna"}, "999": {"firstname": "X"}})
    assert answer.results[0].properties["firstname"] == "Anna"
    assert (answer.num_errors, answer.errors[0].context["ids"]) == (1, ["999"])
    assert client.crm.contacts.basic_api.get_by_id("101").properties["firstname"] == "Anna"


def test_one_wrong_value_fails_the_whole_update(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as caught:
        update_contacts(client, {"101": {"firstname": "Anna"}, "102": {"unknown": "x"}})
    assert caught.value.status == 400
    assert client.crm.contacts.basic_api.get_by_id("101").properties["firstname"] == "Ana"


def test_an_update_by_a_unique_value_that_nobody_has_fails_whole(http: httpx.Client) -> None:
    inputs = [{"id": "nobody@x.example", "idProperty": "email", "properties": {"firstname": "X"}}]
    answer = http.post("/crm/v3/objects/contacts/batch/update", json={"inputs": inputs})
    assert answer.status_code == 400
    assert answer.json()["context"] == {"missingObjectPropertyValueCoordinates": ["email:nobody@x.example"]}


def test_an_upsert_makes_and_then_changes(keyed: hubspot.Client) -> None:
    first = upsert_notes(keyed, {"k1": {"hs_timestamp": WHEN, "hs_note_body": "one"}})
    second = upsert_notes(keyed, {"k1": {"hs_note_body": "two"}, "k2": {"hs_timestamp": WHEN}})
    assert [note.new for note in first.results] == [True]
    assert {note.properties["sophia_key"]: note.new for note in second.results} == {"k1": False, "k2": True}
    assert bodies(keyed) == ["two", None]


def test_a_wrong_input_of_an_upsert_fails_alone(keyed: hubspot.Client) -> None:
    answer = upsert_notes(keyed, {"k1": {"hs_timestamp": WHEN}, "k2": {"hs_timestamp": WHEN, "unknown": "x"}})
    assert [note.properties["sophia_key"] for note in answer.results] == ["k1"]
    assert answer.errors[0].category == "VALIDATION_ERROR"
    assert answer.errors[0].context == {"ids": ["k2"]}


def test_an_upsert_by_what_is_not_unique_is_refused(client: hubspot.Client) -> None:
    from hubspot.crm.objects.notes import ApiException as NotesError

    with pytest.raises(NotesError) as caught:
        upsert_notes(client, {"k1": {"hs_timestamp": WHEN}})
    assert caught.value.status == 400


@pytest.mark.parametrize("action", ["update", "upsert"])
def test_the_same_record_twice_in_a_batch_is_refused(http: httpx.Client, action: str) -> None:
    entry = {"id": "ana@larch.example", "idProperty": "email", "properties": {"firstname": "A"}}
    answer = http.post(f"/crm/v3/objects/contacts/batch/{action}", json={"inputs": [entry, entry]})
    assert (answer.status_code, answer.json()["context"]) == (400, {"ids": ["ana@larch.example"]})


def test_a_conflict_fails_a_whole_upsert(http: httpx.Client) -> None:
    inputs = [
        {"id": "new@x.example", "idProperty": "email", "properties": {"firstname": "N"}},
        {"id": "ben@birch.example", "idProperty": "email", "properties": {"email": "ana@larch.example"}},
    ]
    answer = http.post("/crm/v3/objects/contacts/batch/upsert", json={"inputs": inputs})
    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert len(http.get("/crm/v3/objects/contacts").json()["results"]) == 3


def test_a_batch_archive_moves_records_to_the_bin(client: hubspot.Client) -> None:
    inputs = [SimplePublicObjectId(id=id) for id in ("101", "999")]
    client.crm.contacts.batch_api.archive(BatchInputSimplePublicObjectId(inputs=inputs))
    assert read(client, ["101"]).num_errors == 1


def test_a_partial_failure_on_purpose_fails_the_last_input_only(keyed: hubspot.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="partial_207", path="batch/upsert"))
    notes = {key: {"hs_timestamp": WHEN, "hs_note_body": key} for key in ("k1", "k2", "k3")}
    answer = upsert_notes(keyed, notes)
    assert (answer.num_errors, answer.errors[0].context) == (1, {"ids": ["k3"]})
    assert bodies(keyed) == ["k1", "k2"]
    assert not hasattr(upsert_notes(keyed, notes), "num_errors")


def test_a_partial_create_on_purpose_makes_the_others(keyed: hubspot.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="partial_207", path="notes/batch/create"))
    answer = make_notes(keyed, [{"hs_timestamp": WHEN, "hs_note_body": text} for text in ("a", "b")])
    assert answer.num_errors == 1
    assert bodies(keyed) == ["a"]


def test_a_partial_read_and_update_on_purpose(client: hubspot.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="partial_207", times=2))
    assert [record.id for record in read(client, ["101", "102"]).results] == ["101"]
    answer = update_contacts(client, {"101": {"firstname": "A"}, "102": {"firstname": "B"}})
    assert [record.id for record in answer.results] == ["101"]
    assert client.crm.contacts.basic_api.get_by_id("102").properties["firstname"] == "Ben"
