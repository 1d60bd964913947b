"""HubSpot's webhook: what is proven to come from HubSpot is read, everything else is refused with a reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web
from hubspot.utils.signature import Signature
from pydantic import SecretStr

from core.errors import ConfigurationError, Rejected, Unauthorized
from core.settings import Settings, load_settings
from tools.hubspot.webhook import HubSpotWebhook

if TYPE_CHECKING:
    from tests.tools.conftest import Services

URL = "https://sophia.example/webhooks/hubspot"
SECRET = "app-secret"
NOW = datetime(2026, 11, 20, 9, 0, 0, 250_000, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "eventId": 100,
    "subscriptionId": 12,
    "portalId": 48120977,
    "appId": 1,
    "occurredAt": 1_564_113_600_123,
    "subscriptionType": "object.propertyChange",
    "attemptNumber": 0,
    "objectTypeId": "0-3",
    "objectId": 500,
    "propertyName": "dealstage",
    "propertyValue": "won",
    "changeSource": "CRM_UI",
}


def written(*events: Any) -> bytes:
    return json.dumps(events).encode()


def stamp(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def signature(body: bytes, timestamp: str, url: str = URL, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), b"POST" + url.encode() + body + timestamp.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def read(body: bytes, webhook: HubSpotWebhook | None = None) -> tuple[Any, ...]:
    timestamp = stamp(NOW)
    return (webhook or HubSpotWebhook(SECRET, URL)).read(signature(body, timestamp), timestamp, body, NOW)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in EVENT.items() if name not in names}


def test_a_signed_delivery_is_read() -> None:
    (event,) = read(written(EVENT))
    assert event.model_dump(exclude={"key"}) == {
        "kind": "change",
        "type": "deals",
        "object_id": "500",
        "property": "dealstage",
        "value": "won",
        "occurred_at": datetime(2019, 7, 26, 4, 0, 0, 123_000, tzinfo=UTC),
        "source": "CRM_UI",
        "merged_ids": (),
        "other": None,
        "portal_id": "48120977",
    }


def test_the_signature_is_the_one_of_hubspots_own_sdk() -> None:
    body, timestamp = written(EVENT), stamp(NOW)
    theirs = Signature.get_signature(SECRET, body.decode(), "v3", URL, "POST", timestamp)
    assert len(HubSpotWebhook(SECRET, URL).read(theirs, timestamp, body, NOW)) == 1


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://a.example/x%2fy%3F%40?q=%28%29%2A%21", "https://a.example/x/y?@?q=()*!"),
        ("https://a.example/?q=%20%25%3a", "https://a.example/?q=%20%25:"),
    ],
)
def test_the_address_is_signed_without_the_escapes_that_hubspot_resolves(url: str, signed: str) -> None:
    body, timestamp = written(EVENT), stamp(NOW)
    webhook = HubSpotWebhook(SECRET, url)
    assert webhook.read(signature(body, timestamp, signed), timestamp, body, NOW)
    with pytest.raises(Unauthorized):
        webhook.read(signature(body, timestamp, url), timestamp, body, NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-5), timedelta(0), timedelta(seconds=30)])
def test_a_timestamp_within_the_window_is_taken(age: timedelta) -> None:
    body, timestamp = written(EVENT), stamp(NOW + age)
    assert HubSpotWebhook(SECRET, URL).read(signature(body, timestamp), timestamp, body, NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-5, milliseconds=-1), timedelta(seconds=30, milliseconds=1)])
def test_a_timestamp_of_the_past_or_the_future_is_refused(age: timedelta) -> None:
    body, timestamp = written(EVENT), stamp(NOW + age)
    with pytest.raises(Unauthorized, match="timestamp"):
        HubSpotWebhook(SECRET, URL).read(signature(body, timestamp), timestamp, body, NOW)


@pytest.mark.parametrize("timestamp", [None, "", "now", "-1", "1e12", "१७३", "9" * 400, " 1763629200250"])
def test_a_timestamp_that_is_none_is_refused(timestamp: str | None) -> None:
    body = written(EVENT)
    with pytest.raises(Unauthorized):
        HubSpotWebhook(SECRET, URL).read(signature(body, timestamp or ""), timestamp, body, NOW)


@pytest.mark.parametrize(
    "signed", [None, "", "x", "ä", "\ud800", signature(written(EVENT), stamp(NOW), secret="other")]
)
def test_a_missing_or_wrong_signature_is_refused(signed: str | None) -> None:
    with pytest.raises(Unauthorized):
        HubSpotWebhook(SECRET, URL).read(signed, stamp(NOW), written(EVENT), NOW)


@pytest.mark.parametrize("changed", ["body", "timestamp", "url"])
def test_a_signature_fits_one_body_at_one_time_to_one_address(changed: str) -> None:
    body, timestamp, url = written(EVENT), stamp(NOW), URL
    signed = signature(body, timestamp, url)
    if changed == "body":
        body = body.replace(b"won", b"lost")
    if changed == "timestamp":
        timestamp = stamp(NOW + timedelta(seconds=1))
    if changed == "url":
        url = URL + "/elsewhere"
    with pytest.raises(Unauthorized, match="does not fit"):
        HubSpotWebhook(SECRET, url).read(signed, timestamp, body, NOW)


def test_a_body_that_is_not_text_is_malformed_and_no_crash() -> None:
    with pytest.raises(Rejected):
        read(b"\xff\xfe[")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'"text"',
        b"[" * 100_000,
        b"[" + b"1" * 5000 + b"]",
        written(None),
        written([]),
        written({}),
        written({"subscriptionType": 7}),
        *(written(without(name)) for name in ("eventId", "portalId", "occurredAt", "objectId", "objectTypeId")),
        written(without("propertyName")),
        written(EVENT | {"occurredAt": "yesterday"}),
        written(EVENT | {"occurredAt": 10**20}),
        written(EVENT | {"occurredAt": -1}),
        written(EVENT | {"occurredAt": float("nan")}),
        written(EVENT | {"objectId": "../owners"}),
        written(EVENT | {"objectId": True}),
        written(EVENT | {"objectId": {}}),
        written(without("objectId") | {"subscriptionType": "object.merge"}),
        written(EVENT | {"subscriptionType": "object.merge", "primaryObjectId": 1}),
        written(EVENT | {"subscriptionType": "object.associationChange", "fromObjectId": 1}),
        written(*[EVENT] * 1001),
    ],
)
def test_a_malformed_body_is_refused_once_it_is_proven(body: bytes) -> None:
    with pytest.raises(Rejected) as error:
        read(body)
    assert error.value.status == 400


def test_a_refusal_names_the_field_and_not_the_value() -> None:
    with pytest.raises(Rejected, match="event 1 of the body is malformed: occurredAt") as error:
        read(written(EVENT, EVENT | {"occurredAt": "secret"}))
    assert "secret" not in str(error.value)


def test_what_is_not_proven_is_not_even_read() -> None:
    with pytest.raises(Unauthorized):
        HubSpotWebhook(SECRET, URL).read("x", stamp(NOW), b"not JSON", NOW)


@pytest.mark.parametrize(
    ("id", "type"),
    [("0-1", "contacts"), ("0-2", "companies"), ("0-3", "deals"), ("0-27", "tasks"), ("0-46", "notes")],
)
def test_types_are_known_by_their_ids(id: str, type: str) -> None:
    assert [event.type for event in read(written(EVENT | {"objectTypeId": id}))] == [type]


@pytest.mark.parametrize(
    ("subscription", "kind", "type"),
    [
        ("contact.creation", "creation", "contacts"),
        ("company.propertyChange", "change", "companies"),
        ("deal.deletion", "deletion", "deals"),
        ("contact.privacyDeletion", "privacy_deletion", "contacts"),
        ("deal.restore", "restore", "deals"),
    ],
)
def test_the_older_spelling_names_the_type(subscription: str, kind: str, type: str) -> None:
    (event,) = read(written(without("objectTypeId") | {"subscriptionType": subscription}))
    assert (event.kind, event.type, event.object_id) == (kind, type, "500")


@pytest.mark.parametrize(
    "unknown",
    [
        {"subscriptionType": "conversation.newMessage"},
        {"subscriptionType": "ticket.creation"},
        {"subscriptionType": "object.somethingNew"},
        {"subscriptionType": "odd"},
        {"subscriptionType": "object.creation", "objectTypeId": "2-99"},
        {"subscriptionType": "ticket.creation", "eventId": None},
    ],
)
def test_what_is_unknown_is_skipped_and_the_rest_is_read(unknown: dict[str, Any]) -> None:
    events = read(written(EVENT | unknown, EVENT | {"somethingNew": [1]}))
    assert [event.object_id for event in events] == ["500"]


def test_an_empty_delivery_is_no_event() -> None:
    assert read(b"[]") == ()


def test_events_of_another_portal_are_read_with_its_id() -> None:
    assert [event.portal_id for event in read(written(EVENT, EVENT | {"portalId": "77"}))] == ["48120977", "77"]


def test_a_sensitive_value_is_left_out() -> None:
    assert [event.value for event in read(written(EVENT | {"isSensitive": True}))] == [None]


@pytest.mark.parametrize(
    ("ids", "left", "gone"),
    [
        ({"primaryObjectId": 1, "mergedObjectIds": [2, 3], "newObjectId": 1}, "1", ("2", "3")),
        ({"primaryObjectId": 1, "mergedObjectIds": [2]}, "1", ("2",)),
        ({"primaryObjectId": 1, "mergedObjectIds": [1, 2], "newObjectId": 9}, "9", ("1", "2")),
        ({"primaryObjectId": 1, "mergedObjectIds": ["2"], "newObjectId": 0}, "1", ("2",)),
    ],
)
def test_a_merge_names_the_record_that_is_left_and_those_that_went_into_it(
    ids: dict[str, Any], left: str, gone: tuple[str, ...]
) -> None:
    (event,) = read(written(without("propertyName", "propertyValue") | ids | {"subscriptionType": "object.merge"}))
    assert (event.kind, event.object_id, event.merged_ids) == ("merge", left, gone)


LINK = {"fromObjectId": 500, "toObjectId": 100, "associationRemoved": False}


@pytest.mark.parametrize(
    ("about", "ends"),
    [
        (
            {
                "subscriptionType": "object.associationChange",
                "fromObjectTypeId": "0-3",
                "toObjectTypeId": "0-1",
            },
            [("deals", "500", ("contacts", "100"))],
        ),
        (
            {"subscriptionType": "deal.associationChange", "associationType": "DEAL_TO_CONTACT"},
            [("deals", "500", ("contacts", "100"))],
        ),
        (
            {"subscriptionType": "deal.associationChange", "associationType": "DEAL_TO_TICKET"},
            [("deals", "500", None)],
        ),
        (
            {
                "subscriptionType": "object.associationChange",
                "fromObjectTypeId": "0-5",
                "toObjectTypeId": "0-1",
            },
            [("contacts", "100", None)],
        ),
        (
            {
                "subscriptionType": "object.associationChange",
                "fromObjectTypeId": "0-5",
                "toObjectTypeId": "2-7",
            },
            [],
        ),
    ],
)
def test_an_association_names_the_ends_that_are_known(about: dict[str, Any], ends: list[Any]) -> None:
    events = read(written(without("objectId", "objectTypeId") | LINK | about))
    assert [(event.type, event.object_id, event.other) for event in events] == ends


def test_an_event_has_one_key_however_often_it_is_told() -> None:
    again = EVENT | {"attemptNumber": 4, "propertyValue": "later"}
    first, second = read(written(EVENT, again))
    assert first.key == second.key


@pytest.mark.parametrize(
    "other",
    [
        {"eventId": 101},
        {"subscriptionId": 13},
        {"portalId": 7},
        {"objectId": 501},
        {"objectTypeId": "0-1"},
        {"occurredAt": 1_564_113_600_124},
        {"propertyName": "amount"},
        {"subscriptionType": "object.creation"},
    ],
)
def test_events_that_differ_have_keys_that_differ(other: dict[str, Any]) -> None:
    first, second = read(written(EVENT, EVENT | other))
    assert first.key != second.key


def test_linking_and_parting_in_one_moment_are_two_events() -> None:
    link = (
        without("objectId")
        | LINK
        | {"subscriptionType": "deal.associationChange", "associationType": "DEAL_TO_CONTACT"}
    )
    first, second = read(written(link, link | {"associationRemoved": True}))
    assert first.key != second.key


def test_without_settings_there_is_no_webhook() -> None:
    assert HubSpotWebhook.from_settings(Settings()) is None


def test_the_webhook_of_the_settings_checks_with_them() -> None:
    settings = Settings(hubspot_client_secret=SecretStr(SECRET), hubspot_webhook_url=URL)
    webhook = HubSpotWebhook.from_settings(settings)
    assert webhook is not None
    assert len(read(written(EVENT), webhook)) == 1


@pytest.mark.parametrize("half", [{"hubspot_client_secret": SECRET}, {"hubspot_webhook_url": URL}])
def test_half_a_webhook_is_refused_when_the_settings_are_read(half: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="go together") as error:
        load_settings(**half)
    assert SECRET not in str(error.value)


def test_a_webhook_without_a_secret_cannot_be_made() -> None:
    with pytest.raises(ConfigurationError):
        HubSpotWebhook("", URL)


@pytest.mark.parametrize("classic", [False, True])
async def test_what_the_sandbox_sends_is_read(fresh_services: Services, classic: bool) -> None:
    events: list[Any] = []

    async def door(request: web.Request) -> web.Response:
        headers = request.headers
        sent = (headers["X-HubSpot-Signature-v3"], headers["X-HubSpot-Request-Timestamp"])
        events.extend(HubSpotWebhook(SECRET, url).read(*sent, await request.read(), datetime.now(UTC)))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/webhooks/{name}", door)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}/webhooks/hub%40spot"
    async with httpx.AsyncClient(base_url=f"{fresh_services.server.url}/_sandbox/hubspot") as control:
        await control.post(
            "/change", json={"type": "deals", "id": "500", "properties": {"amount": "7", "dealname": "A"}}
        )
        await control.post("/archive", json={"type": "contacts", "id": "102"})
        await control.post("/merge", json={"type": "deals", "primary": "500", "merged": "502"})
        answer = await control.post("/webhook", json={"url": url, "client_secret": SECRET, "classic": classic})
    await runner.cleanup()

    assert answer.json() == {"deliveries": [{"events": 4, "status": 202}], "pending": 0}
    told = [(event.kind, event.type, event.object_id, event.property, event.merged_ids) for event in events]
    assert told == [
        ("change", "deals", "500", "amount", ()),
        ("change", "deals", "500", "dealname", ()),
        ("deletion", "contacts", "102", None, ()),
        ("merge", "deals", "500", None, ("502",)),
    ]
    assert len({event.key for event in events}) == 4
    assert {(event.source, event.portal_id) for event in events} == {("CRM_UI", "48120977")}
