"""The double's webhook: what people and apps did, signed and told as HubSpot tells it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web
from hubspot.utils.signature import Signature
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers

from sandbox.contract import schema_path
from sandbox.hubspot.webhook import Target, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import hubspot

    from sandbox.server import SandboxServer

SECRET = "app-secret"


@dataclass
class Receiver:
    """A server that keeps what it is sent, and answers with the next of these statuses, the last again and again."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        return web.Response(status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/hubspot", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/webhooks/hubspot"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def control(sandbox: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sandbox.url}/_sandbox/hubspot") as session:
        yield session


async def change(control: httpx.AsyncClient, type: str, id: str, **values: str) -> None:
    (await control.post("/change", json={"type": type, "id": id, "properties": values})).raise_for_status()


async def tell(control: httpx.AsyncClient, receiver: Receiver, **how: Any) -> dict[str, Any]:
    body = {"url": receiver.url, "client_secret": SECRET, **how}
    answer: dict[str, Any] = (await control.post("/webhook", json=body)).raise_for_status().json()
    return answer


@dataclass
class Told:
    """A delivery in the form openapi-core reads."""

    parameters: RequestParameters
    body: bytes
    name: str = "events"
    method: str = "post"
    content_type: str = "application/json"


def assert_signed_and_in_form(receiver: Receiver) -> None:
    """HubSpot's own SDK makes the same signatures, and every body is one that the schema knows."""
    schema = OpenAPI.from_file_path(str(schema_path("hubspot")))
    assert receiver.bodies
    for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
        assert Signature.is_valid(
            headers["X-HubSpot-Signature-v3"],
            SECRET,
            body.decode(),
            receiver.url,
            signature_version="v3",
            timestamp=headers["X-HubSpot-Request-Timestamp"],
        )
        told = Told(RequestParameters(header=Headers(headers)), body)
        assert list(schema.iter_webhook_request_errors(told)) == []


async def test_a_change_by_a_person_is_told_once_and_signed(control: httpx.AsyncClient, receiver: Receiver) -> None:
    await change(control, "deals", "301", amount="70000", dealstage="won")

    assert await tell(control, receiver) == {"deliveries": [{"events": 2, "status": 204}], "pending": 0}
    assert_signed_and_in_form(receiver)
    told = {event["propertyName"]: event for event in receiver.events}
    assert (told["amount"]["propertyValue"], told["dealstage"]["propertyValue"]) == ("70000", "won")
    assert told["amount"]["eventId"] == told["dealstage"]["eventId"]
    amount = {name: told["amount"][name] for name in ("subscriptionType", "objectTypeId", "objectId", "changeSource")}
    assert amount == {
        "subscriptionType": "object.propertyChange",
        "objectTypeId": "0-3",
        "objectId": 301,
        "changeSource": "CRM_UI",
    }
    assert await tell(control, receiver) == {"deliveries": [], "pending": 0}


async def test_what_stays_as_it_was_is_no_event(control: httpx.AsyncClient, receiver: Receiver) -> None:
    await change(control, "deals", "301", amount="62000", dealstage="won")
    await tell(control, receiver)
    assert [event["propertyName"] for event in receiver.events] == ["dealstage"]


async def test_what_an_app_did_is_told_as_an_integrations(
    control: httpx.AsyncClient, receiver: Receiver, client: hubspot.Client
) -> None:
    note = {
        "properties": {"hs_timestamp": "2026-03-10T10:00:00Z", "hs_note_body": "Hello"},
        "associations": [
            {"to": {"id": "301"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 214}]}
        ],
    }
    api = client.crm.objects
    made = await asyncio.to_thread(api.batch_api.create, "notes", {"inputs": [note]})
    await asyncio.to_thread(api.basic_api.update, "contacts", "101", {"properties": {"firstname": "Anna"}})
    await asyncio.to_thread(api.basic_api.archive, "contacts", "103")
    await tell(control, receiver)

    assert_signed_and_in_form(receiver)
    assert {event["changeSource"] for event in receiver.events} == {"INTEGRATION"}
    id = int(made.results[0].id)
    ends = ("fromObjectTypeId", "fromObjectId", "toObjectTypeId", "toObjectId")
    told = [(event["subscriptionType"], event.get("objectId")) for event in receiver.events]
    assert told == [
        ("object.creation", id),
        ("object.associationChange", None),
        ("object.associationChange", None),
        ("object.propertyChange", 101),
        ("object.deletion", 103),
    ]
    assert [tuple(event[end] for end in ends) for event in receiver.events[1:3]] == [
        ("0-46", id, "0-3", 301),
        ("0-3", 301, "0-46", id),
    ]


async def test_parting_two_records_is_told_from_both_ends_and_linking_them_twice_is_not(
    control: httpx.AsyncClient, receiver: Receiver, client: hubspot.Client
) -> None:
    links = client.crm.associations.v4.basic_api
    await asyncio.to_thread(links.create_default, "deals", "301", "contacts", "101")
    await asyncio.to_thread(links.archive, "deals", "301", "contacts", "101")
    await asyncio.to_thread(links.archive, "deals", "301", "contacts", "101")
    await tell(control, receiver)
    assert [(event["fromObjectId"], event["associationRemoved"]) for event in receiver.events] == [
        (301, True),
        (101, True),
    ]


async def test_the_data_a_sandbox_begins_with_are_no_events(control: httpx.AsyncClient, receiver: Receiver) -> None:
    assert await tell(control, receiver) == {"deliveries": [], "pending": 0}


async def test_batches_hold_a_hundred_and_can_be_repeated_and_shuffled(
    control: httpx.AsyncClient, receiver: Receiver
) -> None:
    for number in range(130):
        await change(control, "deals", "301", amount=str(number))
    answer = await tell(control, receiver, repeat=3, shuffle=True)

    assert sorted(delivery["events"] for delivery in answer["deliveries"]) == [30, 30, 30, 100, 100, 100]
    assert_signed_and_in_form(receiver)
    values = [int(event["propertyValue"]) for event in receiver.events]
    assert sorted(values) == sorted([*range(130)] * 3)
    assert values != [*range(130)] * 3
    assert {event["attemptNumber"] for event in receiver.events} == {0, 1, 2}


async def test_what_was_not_taken_comes_again(control: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.statuses = [503, 204]
    await change(control, "deals", "301", amount="1")
    assert await tell(control, receiver) == {"deliveries": [{"events": 1, "status": 503}], "pending": 1}
    assert await tell(control, receiver) == {"deliveries": [{"events": 1, "status": 204}], "pending": 0}
    assert [event["attemptNumber"] for event in receiver.events] == [0, 1]


async def test_a_receiver_that_is_not_there_is_told(control: httpx.AsyncClient) -> None:
    await change(control, "deals", "301", amount="1")
    answer = await tell(control, Receiver("http://127.0.0.1:9/webhooks/hubspot"))
    assert ("ConnectError" in answer["deliveries"][0]["error"], answer["pending"]) == (True, 1)


async def test_events_can_be_kept_to_be_told_again(control: httpx.AsyncClient, receiver: Receiver) -> None:
    await change(control, "deals", "301", amount="1")
    assert (await tell(control, receiver, clear=False))["pending"] == 1
    await tell(control, receiver)
    assert receiver.events[0] == receiver.events[1]


async def test_the_older_spelling_names_the_type(
    control: httpx.AsyncClient, receiver: Receiver, client: hubspot.Client
) -> None:
    await change(control, "deals", "301", amount="1")
    await asyncio.to_thread(client.crm.associations.v4.basic_api.archive, "deals", "301", "contacts", "101")
    (await control.post("/archive", json={"type": "contacts", "id": 103})).raise_for_status()
    await tell(control, receiver, classic=True)

    assert_signed_and_in_form(receiver)
    assert [event["subscriptionType"] for event in receiver.events] == [
        "deal.propertyChange",
        "deal.associationChange",
        "contact.associationChange",
        "contact.deletion",
    ]
    assert receiver.events[1]["associationType"] == "DEAL_TO_CONTACT"
    assert not any("objectTypeId" in event for event in receiver.events)


def test_an_address_is_signed_without_some_of_its_escapes(sandbox: SandboxServer) -> None:
    now = sandbox.frame.clock.now()
    escaped = signed(Target("https://a.example/x%2fy%40z?q=%20", SECRET, 1), b"[]", now)
    assert escaped == signed(Target("https://a.example/x/y@z?q=%20", SECRET, 1), b"[]", now)
    assert escaped != signed(Target("https://a.example/x/y@z?q= ", SECRET, 1), b"[]", now)


async def test_merging_leaves_one_record_with_what_both_had(
    control: httpx.AsyncClient, receiver: Receiver, client: hubspot.Client
) -> None:
    answer = await control.post("/merge", json={"type": "contacts", "primary": "102", "merged": "101"})
    assert answer.json()["properties"] | {"lastmodifieddate": ""} == answer.json()["properties"] | {
        "email": "ben@birch.example",
        "firstname": "Ben",
        "lastname": "Ortiz",
        "units_managed": "1200",
        "hs_additional_emails": "ana@larch.example",
        "hs_merged_object_ids": "101",
        "lastmodifieddate": "",
    }

    read = client.crm.objects.basic_api.get_by_id
    for asked in ("101", "102"):
        found = await asyncio.to_thread(read, "contacts", asked, associations=["companies", "deals"])
        linked = {name: {other.id for other in others.results} for name, others in found.associations.items()}
        assert (found.id, linked) == ("102", {"companies": {"201"}, "deals": {"301"}})
    batch = await asyncio.to_thread(
        client.crm.objects.batch_api.read, "contacts", {"inputs": [{"id": "101"}], "properties": []}
    )
    assert [one.id for one in batch.results] == ["102"]

    await tell(control, receiver)
    assert_signed_and_in_form(receiver)
    (merge,) = receiver.events
    named = {name: merge[name] for name in ("subscriptionType", "primaryObjectId", "mergedObjectIds", "newObjectId")}
    assert named == {
        "subscriptionType": "object.merge",
        "primaryObjectId": 102,
        "mergedObjectIds": [101],
        "newObjectId": 102,
    }


@pytest.mark.parametrize(
    ("type", "primary", "merged", "primaries"),
    [("deals", "302", "301", {"202"}), ("companies", "202", "201", {"202"}), ("companies", "201", "202", {"201"})],
)
async def test_a_record_has_one_primary_company_after_a_merge(
    control: httpx.AsyncClient, client: hubspot.Client, type: str, primary: str, merged: str, primaries: set[str]
) -> None:
    deal = {"properties": {"dealname": "Birch"}}
    id = (await asyncio.to_thread(client.crm.objects.basic_api.create, "deals", deal)).id
    links = client.crm.associations.v4.basic_api
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]
    await asyncio.to_thread(links.create, "deals", id, "companies", "202", spec)
    body = {"type": type, "primary": id if primary == "302" else primary, "merged": merged}
    left = (await control.post("/merge", json=body)).raise_for_status().json()["id"]
    for deal_id in {"301", id} if type == "companies" else {left}:
        page = await asyncio.to_thread(links.get_page, "deals", deal_id, "companies")
        found = {str(one.to_object_id) for one in page.results if any(kind.label for kind in one.association_types)}
        assert found == primaries


async def test_a_merge_can_make_a_new_record_that_both_ids_lead_to(
    control: httpx.AsyncClient, receiver: Receiver, client: hubspot.Client
) -> None:
    body = {"type": "contacts", "primary": "102", "merged": "101", "anew": True}
    made = (await control.post("/merge", json=body)).raise_for_status().json()
    assert made["properties"]["hs_merged_object_ids"] == "102;101"
    assert made["properties"]["hs_object_id"] == made["id"] not in {"101", "102"}
    for asked in ("101", "102", made["id"]):
        read = client.crm.objects.basic_api.get_by_id
        found = await asyncio.to_thread(read, "contacts", asked, associations=["deals"])
        assert (found.id, found.associations["deals"].results[0].id) == (made["id"], "301")

    await tell(control, receiver)
    assert_signed_and_in_form(receiver)
    (merge,) = receiver.events
    ids = (merge["primaryObjectId"], merge["mergedObjectIds"], merge["newObjectId"])
    assert ids == (102, [101], int(made["id"]))


async def test_a_merged_record_is_gone_from_lists_and_from_the_search(
    control: httpx.AsyncClient, client: hubspot.Client, ticks: list[float]
) -> None:
    (await control.post("/merge", json={"type": "contacts", "primary": "102", "merged": "101"})).raise_for_status()
    ticks[0] += 60
    page = await asyncio.to_thread(client.crm.objects.basic_api.get_page, "contacts")
    found = await asyncio.to_thread(client.crm.objects.search_api.do_search, "contacts", {"limit": 10})
    assert {one.id for one in page.results} == {one.id for one in found.results} == {"102", "103"}


async def test_a_record_merged_twice_leads_to_the_last_one(control: httpx.AsyncClient, client: hubspot.Client) -> None:
    for primary, merged in (("102", "101"), ("103", "102")):
        body = {"type": "contacts", "primary": primary, "merged": merged}
        (await control.post("/merge", json=body)).raise_for_status()
    found = await asyncio.to_thread(
        client.crm.objects.basic_api.get_by_id, "contacts", "101", properties=["hs_merged_object_ids", "email"]
    )
    assert (found.id, found.properties["hs_merged_object_ids"]) == ("103", "102;101")
    assert found.properties["email"] == "ben@birch.example"


@pytest.mark.parametrize(
    ("switch", "body", "status"),
    [
        ("change", {"type": "deals", "id": "999", "properties": {"amount": "1"}}, 404),
        ("change", {"type": "deals", "id": "301", "properties": {"amount": "much"}}, 400),
        ("change", {"type": "deals", "id": "301", "properties": {}}, 400),
        ("change", {"type": "dreams", "id": "301", "properties": {"amount": "1"}}, 400),
        ("change", "x", 400),
        ("archive", {"type": "deals", "id": "999"}, 404),
        ("archive", {"type": "deals"}, 400),
        ("merge", {"type": "deals", "primary": "301", "merged": "301"}, 400),
        ("merge", {"type": "deals", "primary": "301", "merged": "999"}, 404),
        ("merge", {"type": "notes", "primary": "1", "merged": "2"}, 400),
        ("webhook", {"url": "http://127.0.0.1:9/", "client_secret": ""}, 400),
        ("webhook", {"url": "http://127.0.0.1:9/", "client_secret": "s", "repeat": 0}, 400),
    ],
)
async def test_a_switch_says_what_is_wrong(control: httpx.AsyncClient, switch: str, body: object, status: int) -> None:
    answer = await control.post(f"/{switch}", json=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
