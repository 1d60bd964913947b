"""Which records a call is about: confirmed, worked out from addresses, or asked."""

from typing import Any

import pytest

from memory.calls import CallStatus


async def resolution_of(house: Any) -> Any:
    return (await house.context.records.calls.get("9001")).resolution


async def test_addresses_lead_to_contact_company_and_open_deal(world: Any, open_house: Any) -> None:
    world.add_call("9001")
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/201"}


async def test_a_deal_that_gong_names_and_hubspot_lost_is_dropped_and_said(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["999"], companies=["101"])
    house = await open_house()
    outcome = await house.run("9001")
    assert outcome.reason == "Gong names deal 999, which HubSpot does not have"
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/201"}


async def test_of_several_deals_in_the_context_the_only_open_one_counts(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["304", "301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    assert (await resolution_of(house))["deal"]["id"] == "301"


async def test_a_single_deal_of_the_context_stands_even_when_it_is_closed(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["304"], companies=["103"], people=["dana", "cleo"])
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert (await resolution_of(house))["deal"]["id"] == "304"
    assert await house.context.records.approvals.all() == []  # a closed deal is not moved


@pytest.mark.parametrize("deals", [(), ("302", "303")], ids=["by address", "by context"])
async def test_several_open_deals_are_put_to_a_person(world: Any, open_house: Any, deals: tuple[str, ...]) -> None:
    world.add_call("9001", people=["dana", "bea"], deals=deals)
    house = await open_house()
    outcome = await house.run("9001")
    assert outcome.status is CallStatus.UNRESOLVED
    assert "several open deals" in outcome.reason
    (question,) = await house.context.records.approvals.waiting()
    assert (question.object_type, question.object_id) == ("calls", "9001")
    assert set(question.proposed.split(",")) == {"deals/302", "deals/303"}
    assert (house.made("notes"), house.made("tasks")) == ([], [])
    assert house.properties("contacts", "203")["last_call_date"] == "2026-03-10"
    assert "sophia_risk" not in house.properties("deals", "302")
    asked = [message for message in house.messages() if "Which deal is this call about?" in message["text"]]
    assert len(asked) == 2
    assert "Birch pilot" in str(asked[0]["blocks"]) and "Birch add-on" in str(asked[0]["blocks"])
    stored = await house.context.records.calls.get("9001")
    assert stored.analysis is not None


async def test_a_question_is_asked_once_and_the_call_goes_on_when_hubspot_has_the_answer(
    world: Any, open_house: Any
) -> None:
    world.add_call("9001", people=["dana", "bea"])
    house = await open_house()
    await house.run("9001")
    await house.run("9001")
    assert (len(house.messages()), len(await house.context.records.approvals.all())) == (2, 1)
    house.delete("deals", "303")
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert house.made("notes")[0]["links"] == {"deals/302", "companies/102", "contacts/203"}
    assert len(house.messages()) == 4


async def test_people_of_several_companies_are_put_to_a_person(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana", "ana", "cleo"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (
        CallStatus.UNRESOLVED,
        "people of several companies were on the call: Acme, Cedar",
    )
    assert [choice["id"] for choice in (await resolution_of(house))["candidates"]] == ["301"]


async def test_a_call_with_nobody_hubspot_knows_is_put_to_a_person(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana", "nobody"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (
        CallStatus.UNRESOLVED,
        "HubSpot knows nobody of this call by address",
    )
    assert (house.made("notes"), house.made("tasks")) == ([], [])
    assert len(house.messages()) == 2


async def test_a_call_of_unknown_people_without_addresses_is_put_to_a_person(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana"])
    world.calls["9001"]["extensive"]["parties"].append({"name": None, "emailAddress": None, "speakerId": "s-ana"})
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.UNRESOLVED


async def test_without_an_open_deal_the_note_goes_to_company_and_contact(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana", "cleo"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, "there is no open deal")
    assert house.made("notes")[0]["links"] == {"companies/103", "contacts/204"}
    assert len(house.made("tasks")) == 2


async def test_a_contact_without_a_company_leads_to_its_own_deal(world: Any, open_house: Any) -> None:
    del world.record("contacts", "201")["associations"]
    world.add_call("9001")
    house = await open_house()
    await house.run("9001")
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/201"}


async def test_only_who_was_there_gets_a_last_call(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana", "ana", "aldo"], deals=["301"], companies=["101"])
    world.calls["9001"]["extensive"]["parties"][2] |= {"methods": ["Invitee"], "speakerId": None}
    house = await open_house()
    await house.run("9001")
    assert "last_call_date" in house.properties("contacts", "201")
    assert "last_call_date" not in house.properties("contacts", "202")


async def test_a_contact_without_an_address_is_known_by_gongs_reference_and_its_name(
    world: Any, open_house: Any
) -> None:
    del world.record("contacts", "201")["properties"]["email"]
    world.add_call("9001", deals=["301"], companies=["101"], people=["dana", "ana", "aldo"])
    for party, contact in ((1, "201"), (2, "204")):  # the second reference is to somebody else
        world.calls["9001"]["extensive"]["parties"][party]["context"] = [
            {"system": "HubSpot", "objects": [{"objectType": "Contact", "objectId": contact}]}
        ]
    world.record("contacts", "202")["properties"]["email"] = None
    house = await open_house()
    await house.run("9001")
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/201"}


async def test_customers_of_another_domain_are_remarked_on_and_the_deal_stands(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=["dana", "cleo"], deals=["301"], companies=["101"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (
        CallStatus.ANALYSED,
        "no customer on the call has an address of Acme",
    )
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/204"}


async def test_a_company_of_the_context_that_the_deal_is_not_of_gives_way_to_the_deals_own(
    world: Any, open_house: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["103"])
    house = await open_house()
    outcome = await house.run("9001")
    assert "Gong names Cedar" in outcome.reason
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/201"}
