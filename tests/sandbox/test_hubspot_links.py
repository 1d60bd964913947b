"""Associations of the v4 API through HubSpot's own SDK."""

import json
from typing import Any

import httpx
import hubspot
import pytest
from hubspot.crm.associations.v4 import (
    ApiException,
    AssociationSpec,
    BatchInputPublicAssociationMultiArchive,
    BatchInputPublicAssociationMultiPost,
    BatchInputPublicDefaultAssociationMultiPost,
    BatchInputPublicFetchAssociationsBatchRequest,
    PublicAssociationMultiArchive,
    PublicAssociationMultiPost,
    PublicDefaultAssociationMultiPost,
    PublicFetchAssociationsBatchRequest,
    PublicObjectId,
)

from sandbox.faults import Fault
from sandbox.server import SandboxServer


def linked(client: hubspot.Client, source: str, id: str, target: str) -> dict[str, set[tuple[int, str | None]]]:
    """Target id -> (type id, label) of each of its links."""
    page = client.crm.associations.v4.basic_api.get_page(source, id, target)
    return {link.to_object_id: {(kind.type_id, kind.label) for kind in link.association_types} for link in page.results}


def spec(number: int, category: str = "HUBSPOT_DEFINED") -> AssociationSpec:
    return AssociationSpec(association_category=category, association_type_id=number)


def test_links_are_seen_from_both_ends(client: hubspot.Client) -> None:
    assert linked(client, "deals", "301", "contacts") == {"101": {(3, None)}}
    assert linked(client, "contacts", "101", "deals") == {"301": {(4, None)}}
    assert linked(client, "deals", "301", "companies") == {"201": {(341, None), (5, "Primary")}}
    assert linked(client, "companies", "201", "deals") == {"301": {(342, None), (6, "Primary")}}


def test_the_default_link_can_be_made_twice(client: hubspot.Client) -> None:
    api = client.crm.associations.v4.basic_api
    for _ in range(2):
        answer = api.create_default("deals", "301", "contacts", "102")
        made = [
            (result._from.id, result.to.id, result.association_spec.association_type_id) for result in answer.results
        ]
        assert sorted(made) == [("102", "301", 4), ("301", "102", 3)]
    assert linked(client, "contacts", "102", "deals") == {"301": {(4, None)}}


def test_a_labelled_link_has_the_plain_one_with_it(client: hubspot.Client) -> None:
    answer = client.crm.associations.v4.basic_api.create("contacts", "102", "companies", "202", [spec(1)])
    assert (answer.from_object_type_id, answer.to_object_type_id, answer.labels) == ("0-1", "0-2", ["Primary"])
    assert linked(client, "contacts", "102", "companies") == {"202": {(279, None), (1, "Primary")}}


def test_a_record_has_one_primary_company(client: hubspot.Client) -> None:
    client.crm.associations.v4.basic_api.create("contacts", "101", "companies", "202", [spec(1)])
    assert linked(client, "contacts", "101", "companies") == {
        "201": {(279, None)},
        "202": {(279, None), (1, "Primary")},
    }


def test_parting_removes_both_ends_and_is_no_error_when_repeated(client: hubspot.Client) -> None:
    for _ in range(2):
        client.crm.associations.v4.basic_api.archive("contacts", "101", "deals", "301")
    assert linked(client, "deals", "301", "contacts") == {}
    client.crm.associations.v4.basic_api.create_default("contacts", "101", "deals", "301")
    assert linked(client, "deals", "301", "contacts") == {"101": {(3, None)}}


@pytest.mark.parametrize(
    "wrong", [spec(204), spec(9999), spec(3, "USER_DEFINED")], ids=["a task's", "no such", "not ours"]
)
def test_a_wrong_association_type_is_refused(client: hubspot.Client, wrong: AssociationSpec) -> None:
    with pytest.raises(ApiException) as caught:
        client.crm.associations.v4.basic_api.create("deals", "301", "contacts", "102", [wrong])
    assert caught.value.status == 400
    assert linked(client, "contacts", "102", "deals") == {}


def test_a_link_to_what_is_not_there_is_refused_and_names_it(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as caught:
        client.crm.associations.v4.basic_api.create_default("deals", "301", "contacts", "999")
    assert json.loads(caught.value.body)["context"]["INVALID_OBJECT_IDS"] == ["CONTACT=999 is not valid"]


def test_types_that_cannot_be_associated_are_refused(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as caught:
        client.crm.associations.v4.basic_api.create_default("contacts", "101", "contacts", "102")
    assert caught.value.status == 400


def test_the_links_of_a_record_that_is_not_there_are_a_404(client: hubspot.Client) -> None:
    with pytest.raises(ApiException) as caught:
        linked(client, "deals", "999", "contacts")
    assert caught.value.status == 404


def test_links_come_in_pages(client: hubspot.Client) -> None:
    api = client.crm.associations.v4.basic_api
    for contact in ("102", "103"):
        api.create_default("deals", "301", "contacts", contact)
    first = api.get_page("deals", "301", "contacts", limit=2)
    second = api.get_page("deals", "301", "contacts", limit=2, after=first.paging.next.after)
    assert [link.to_object_id for link in first.results + second.results] == ["101", "102", "103"]
    assert second.paging is None


def fetch(client: hubspot.Client, source: str, target: str, ids: list[str]) -> Any:
    inputs = [PublicFetchAssociationsBatchRequest(id=id) for id in ids]
    body = BatchInputPublicFetchAssociationsBatchRequest(inputs=inputs)
    return client.crm.associations.v4.batch_api.get_page(source, target, body)


def test_the_links_of_many_records_come_in_one_answer(client: hubspot.Client) -> None:
    answer = fetch(client, "contacts", "companies", ["101"])
    assert [(entry._from.id, [link.to_object_id for link in entry.to]) for entry in answer.results] == [
        ("101", ["201"])
    ]
    assert not hasattr(answer, "num_errors")


def test_a_record_without_links_is_an_error_of_a_207(client: hubspot.Client) -> None:
    answer = fetch(client, "contacts", "companies", ["101", "103"])
    assert (len(answer.results), answer.num_errors) == (1, 1)
    assert answer.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert answer.errors[0].context["fromObjectId"] == ["103"]


def test_many_default_links_are_made_at_once(client: hubspot.Client) -> None:
    inputs = [
        PublicDefaultAssociationMultiPost(_from=PublicObjectId(id=id), to=PublicObjectId(id="301"))
        for id in ("102", "103")
    ]
    body = BatchInputPublicDefaultAssociationMultiPost(inputs=inputs)
    answer = client.crm.associations.v4.batch_api.create_default("contacts", "deals", body)
    assert len(answer.results) == 4
    assert set(linked(client, "deals", "301", "contacts")) == {"101", "102", "103"}


def test_many_labelled_links_are_made_and_parted_at_once(client: hubspot.Client) -> None:
    api = client.crm.associations.v4.batch_api
    one = PublicAssociationMultiPost(_from=PublicObjectId(id="102"), to=PublicObjectId(id="202"), types=[spec(1)])
    made = api.create("contacts", "companies", BatchInputPublicAssociationMultiPost(inputs=[one]))
    assert [result.labels for result in made.results] == [["Primary"]]
    parting = PublicAssociationMultiArchive(_from=PublicObjectId(id="102"), to=[PublicObjectId(id="202")])
    api.archive("contacts", "companies", BatchInputPublicAssociationMultiArchive(inputs=[parting]))
    assert linked(client, "companies", "202", "contacts") == {}


def test_one_record_that_is_not_there_fails_the_whole_batch(client: hubspot.Client) -> None:
    inputs = [
        PublicDefaultAssociationMultiPost(_from=PublicObjectId(id=id), to=PublicObjectId(id="301"))
        for id in ("102", "999")
    ]
    with pytest.raises(ApiException) as caught:
        client.crm.associations.v4.batch_api.create_default(
            "contacts", "deals", BatchInputPublicDefaultAssociationMultiPost(inputs=inputs)
        )
    assert caught.value.status == 400
    assert linked(client, "contacts", "102", "deals") == {}


def test_a_partial_failure_on_purpose_leaves_the_last_pair_apart(http: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="partial_207"))
    inputs = [{"from": {"id": id}, "to": {"id": "301"}} for id in ("102", "103")]
    answer = http.post("/crm/v4/associations/contacts/deals/batch/associate/default", json={"inputs": inputs})
    assert (answer.status_code, answer.json()["errors"][0]["context"]["fromObjectId"]) == (207, ["103"])
    assert http.get("/crm/v4/objects/contacts/103/associations/deals").json()["results"] == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b'[{"associationTypeId": 3}]'])
def test_a_link_without_its_types_is_refused(http: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = http.put("/crm/v4/objects/deals/301/associations/contacts/102", content=body, headers=headers)
    assert answer.status_code == 400
