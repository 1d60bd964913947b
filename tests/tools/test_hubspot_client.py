"""The HubSpot client over the real SDK, against the sandbox and, for what it would never say, canned answers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import ConfigurationError, NotFound, Rejected, Unauthorized, Unavailable
from core.settings import Settings
from tools.hubspot.client import HubSpotClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.tools.conftest import Canned, Services, Stopwatch

READ_DEALS = "POST /crm/v3/objects/deals/batch/read"
UPDATE_DEALS = "POST /crm/v3/objects/deals/batch/update"


async def test_several_records_are_one_request_and_missing_ones_are_left_out(
    hubspot: HubSpotClient, services: Services
) -> None:
    found = await hubspot.read("deals", ["500", "502", "999", "500"], ["dealname", "amount"])
    assert {id: deal.get("dealname") for id, deal in found.items()} == {"500": "Acme first", "502": "Nobody's"}
    assert found["502"].get("amount") is None
    assert services.asked("hubspot") == {READ_DEALS: 1}


async def test_only_missing_records_are_an_empty_answer(hubspot: HubSpotClient) -> None:
    assert await hubspot.read("deals", ["999"], ["dealname"]) == {}
    assert await hubspot.read("deals", ["999"], ["dealname"], ["contacts"]) == {}


async def test_one_record_with_its_associations_is_one_request(hubspot: HubSpotClient, services: Services) -> None:
    found = await hubspot.read("deals", ["500"], ["dealname"], ["contacts", "companies"])
    assert found["500"].associations == {"contacts": ("100", "101"), "companies": ("300",)}
    assert services.asked("hubspot") == {"GET /crm/v3/objects/deals/{id}": 1}


async def test_many_records_with_associations_are_one_request_and_one_for_each_kind(
    hubspot: HubSpotClient, services: Services
) -> None:
    found = await hubspot.read("deals", ["500", "501", "502"], ["dealname"], ["contacts", "companies"])
    assert found["500"].associations == {"contacts": ("100", "101"), "companies": ("300",)}
    assert found["502"].associations == {"contacts": (), "companies": ()}
    assert services.total("hubspot") == 3


async def test_more_than_a_hundred_records_are_read_in_hundreds(hubspot: HubSpotClient, services: Services) -> None:
    ids = [str(9000 + n) for n in range(250)]
    assert len(await hubspot.read("notes", ids, ["hs_note_body"])) == 250
    assert services.asked("hubspot") == {"POST /crm/v3/objects/notes/batch/read": 3}


async def test_associations_are_read_over_all_their_pages(hubspot: HubSpotClient) -> None:
    many = await hubspot.associated("deals", ["501", "502", "999"], "notes")
    assert (len(many["501"]), many["502"], many["999"]) == (520, (), ())
    one = await hubspot.read("deals", ["501"], [], ["notes"])
    assert len(set(one["501"].associations["notes"])) == 520


@pytest.mark.parametrize("ids", [[""], [None], ["500", ""]])
async def test_a_record_without_an_id_is_refused_before_it_is_asked_for(
    hubspot: HubSpotClient, services: Services, ids: Any
) -> None:
    with pytest.raises(Rejected, match="without an id"):
        await hubspot.read("deals", ids, [], ["contacts"])
    assert services.total("hubspot") == 0


@pytest.mark.parametrize("id", ["../owners", "500/associations/notes", "5 0", "५००"])
async def test_an_id_that_no_record_can_have_is_not_asked_for(
    hubspot: HubSpotClient, services: Services, id: str
) -> None:
    assert await hubspot.read("deals", [id], [], ["contacts"]) == {}
    assert services.total("hubspot") == 0


async def test_contacts_are_found_by_address_without_a_search(hubspot: HubSpotClient, services: Services) -> None:
    emails = [" Ana@ACME.example", "bo@acme.example", "nobody@acme.example", "not an address", ""]
    found = await hubspot.contacts_by_email(emails, ["firstname"])
    assert {email: contact.id for email, contact in found.items()} == {
        "ana@acme.example": "100",
        "bo@acme.example": "101",
    }
    assert found["bo@acme.example"].get("firstname") == "Bo"
    assert services.asked("hubspot") == {"POST /crm/v3/objects/contacts/batch/read": 1}


async def test_a_contact_answers_to_its_further_addresses(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    contact = {
        "id": 100,
        "properties": {"email": "ana@acme.example", "hs_additional_emails": "a@b.example;c@d.example"},
    }
    canned.says(json.dumps({"status": "COMPLETE", "results": [contact]}))
    found = await canned_hubspot.contacts_by_email(["c@d.example"], [])
    assert found["c@d.example"].id == "100"


async def test_an_update_tells_for_each_record_whether_it_was_done(hubspot: HubSpotClient, services: Services) -> None:
    changes = {"500": {"amount": "1200"}, "999": {"amount": "1"}, "501": {"amount": "7"}}
    outcome = await hubspot.update("deals", changes)
    assert (outcome["500"], outcome["501"]) == (None, None)
    assert "Could not get" in (outcome["999"] or "")
    assert (await hubspot.read("deals", ["500"], ["amount"]))["500"].get("amount") == "1200"
    assert services.asked("hubspot")[UPDATE_DEALS] == 1


async def test_one_wrong_value_does_not_keep_the_others_from_being_set(hubspot: HubSpotClient) -> None:
    changes = {"500": {"dealname": "Acme one"}, "501": {"no_such_property": "x"}, "502": {"dealname": "Nobody"}}
    outcome = await hubspot.update("deals", changes)
    assert (outcome["500"], outcome["502"]) == (None, None)
    assert "no_such_property" in (outcome["501"] or "")


async def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_is_known(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    refusal = json.dumps({"status": "error", "category": "VALIDATION_ERROR", "message": "amount was not valid"})
    canned.says(refusal, "400 Bad Request")
    canned.says(refusal, "400 Bad Request")
    canned.says(json.dumps({"status": "COMPLETE", "results": [{"id": "2", "properties": {}}]}))
    outcome = await canned_hubspot.update("deals", {"1": {"amount": "x"}, "2": {"amount": "5"}})
    assert "amount was not valid" in (outcome["1"] or "")
    assert outcome["2"] is None


async def test_part_of_an_update_that_failed_without_fault_is_sent_again(
    hubspot: HubSpotClient, services: Services
) -> None:
    services.fault("hubspot", "partial_207", "deals/batch/update")
    outcome = await hubspot.update("deals", {"500": {"amount": "5"}, "501": {"amount": "6"}})
    assert outcome == {"500": None, "501": None}
    assert services.asked("hubspot")[UPDATE_DEALS] == 2


async def test_part_of_a_read_that_failed_is_read_again(hubspot: HubSpotClient, services: Services) -> None:
    services.fault("hubspot", "partial_207", "deals/batch/read")
    assert set(await hubspot.read("deals", ["500", "501"], [])) == {"500", "501"}
    assert services.asked("hubspot")[READ_DEALS] == 2


async def test_a_207_that_names_no_errors_is_not_taken_for_success(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says(json.dumps({"status": "COMPLETE", "results": [], "numErrors": 1, "errors": None}), "207 Multi-Status")
    assert "refused without a reason" in str((await canned_hubspot.update("deals", {"1": {"amount": "1"}}))["1"])
    with pytest.raises(Rejected, match="without a reason"):
        await canned_hubspot.read("deals", ["1"], [])


async def test_archiving_what_is_gone_is_no_error(hubspot: HubSpotClient) -> None:
    made = await hubspot.associated("deals", ["501"], "notes")
    first = made["501"][0]
    await hubspot.archive("notes", [first, "424242"])
    await hubspot.archive("notes", [first])
    assert await hubspot.read("notes", [first], []) == {}


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.read("deals", ["500"], []),
        lambda c: c.read("deals", ["500"], [], ["contacts"]),
        lambda c: c.associated("deals", ["500"], "contacts"),
        lambda c: c.update("deals", {"500": {"amount": "1"}}),
        lambda c: c.owners(),
        lambda c: c.former_owners(),
        lambda c: c.pipelines(),
        lambda c: c.property_names("deals"),
        lambda c: c.account(),
    ],
)
async def test_the_errors_of_every_module_of_the_sdk_are_ours(
    services: Services, watch: Stopwatch, ask: Callable[[HubSpotClient], Awaitable[object]]
) -> None:
    client = HubSpotClient(
        f"{services.server.url}/hubspot", "wrong", limiter=watch.limiter("HubSpot"), retry=watch.retry()
    )
    with pytest.raises(Unauthorized) as raised:
        await ask(client)
    assert "SOPHIA_HUBSPOT_ACCESS_TOKEN" in (raised.value.next_step or "")
    await client.close()


async def test_a_missing_scope_is_named(hubspot: HubSpotClient, services: Services) -> None:
    services.withhold("hubspot", "crm.objects.notes.read")
    with pytest.raises(Unauthorized) as raised:
        await hubspot.read("notes", ["9000"], [])
    assert "crm.objects.notes.read" in (raised.value.next_step or "")


async def test_check_tells_what_the_token_can_read_and_writes_nothing(
    hubspot: HubSpotClient, services: Services
) -> None:
    services.withhold("hubspot", "crm.objects.tasks.read", "crm.schemas.deals.read")
    found = await hubspot.check()
    assert found["read contacts"] == found["read owners"] == found["read deal pipelines"] == "ok"
    assert "crm.objects.tasks.read" in found["read tasks"]
    assert "crm.schemas.deals.read" in found["read properties of deals"]
    assert all(request.startswith("GET ") for request in services.asked("hubspot"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"results": [{"properties": {}}]}', "results.0.id"),
        ('{"results": [{"id": "", "properties": {}}]}', "results.0.id"),
        ('{"results": [{"id": "1", "properties": []}]}', "results.0.properties"),
        ('{"status": "COMPLETE"}', "results"),
        ("<html>", "not JSON"),
        ("[]", "valid dictionary|instance of"),
    ],
)
async def test_an_answer_without_its_required_fields_does_not_pass(
    canned: Canned, canned_hubspot: HubSpotClient, body: str, said: str
) -> None:
    canned.says(body)
    with pytest.raises(Unavailable, match=said):
        await canned_hubspot.read("deals", ["1"], [])


async def test_values_that_are_no_text_are_read_as_their_text(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    canned.says('{"results": [{"id": 1, "properties": {"a": 5, "b": true, "c": null, "d": "x"}, "new": 1}]}')
    found = await canned_hubspot.read("deals", ["1"], [])
    assert found["1"].properties == {"a": "5", "b": "true", "c": None, "d": "x"}


async def test_a_merged_record_is_found_under_the_id_that_was_asked_for(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says('{"id": "2", "properties": {}}')
    assert (await canned_hubspot.read("contacts", ["1"], [], ["deals"]))["1"].id == "2"


async def test_a_refusal_that_is_not_utf8_is_an_answer_that_cannot_be_read(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says(b"\xff\xfe down", "502 Bad Gateway", "text/html")
    with pytest.raises(Unavailable, match="not UTF-8"):
        await canned_hubspot.owners()


async def test_a_redirect_is_not_followed(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    canned.says("", "302 Found", more="Location: http://127.0.0.1:9/\r\n")
    with pytest.raises(Rejected, match="302"):
        await canned_hubspot.owners()


async def test_all_apis_share_one_pool_and_keep_their_connections(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says('{"results": []}')
    await canned_hubspot.read("deals", ["1"], [])
    await canned_hubspot.associated("deals", ["1"], "contacts")
    await canned_hubspot.owners()
    await canned_hubspot.pipelines()
    await canned_hubspot.property_names("deals")
    assert (len(canned.asked), canned.connections) == (5, 1)


async def test_threads_and_connections_are_bounded(canned: Canned, watch: Stopwatch) -> None:
    client = HubSpotClient(canned.url, "t", limiter=watch.limiter("HubSpot"), retry=watch.retry(), connections=3)
    canned.says('{"results": []}')
    await asyncio.gather(*(client.read("deals", [str(n)], []) for n in range(1, 40)))
    assert (len(canned.asked), canned.connections <= 3) == (39, True)
    await client.close()


async def test_a_record_that_is_not_there_is_not_found_by_a_write_either(hubspot: HubSpotClient) -> None:
    outcome = await hubspot.update("deals", {"424242": {"amount": "1"}})
    assert outcome["424242"] is not None


def test_settings_without_a_token_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        HubSpotClient.from_settings(Settings())


async def test_a_path_that_hubspot_does_not_have_is_not_found(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    canned.says('{"status": "error", "message": "resource not found"}', "404 Not Found")
    with pytest.raises(NotFound, match="resource not found"):
        await canned_hubspot.owners()


async def test_a_propertys_history_has_every_value_in_order(hubspot: HubSpotClient, services: Services) -> None:
    await hubspot.update("deals", {"500": {"amount": "10"}})
    await hubspot.update("deals", {"500": {"amount": "20"}})
    versions = await hubspot.history("deals", "500", "amount")
    assert [version.value for version in versions][-2:] == ["10", "20"]
    assert versions[-1].source == "INTEGRATION"
    assert services.asked("hubspot")["GET /crm/v3/objects/deals/{id}"] == 1
    assert await hubspot.history("deals", "999", "amount") == ()
    assert await hubspot.history("deals", "501", "no_such_property") == ()
