"""A call that nobody can place: a person names its deal, and the call goes on with it; or says that it has none."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotUsable, Unavailable
from core.people import Person
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.inbox import DeliveryStatus

DANA = Person(email="dana@ours.example", name="Dana Reyes")
"""Who held the call."""


@pytest.fixture
async def desk(world: Any, open_house: Any, desk_of: Any) -> Any:
    """The desk once Birch's call was worked on, with two open deals to choose from."""
    world.add_call("9001", people=["dana", "bea"])
    desk = desk_of(await open_house())
    await take_in(desk)
    await desk.house.run("9001")
    await desk.open()
    return desk


async def take_in(desk: Any) -> None:
    """The call came by a door, and was worked on."""
    inbox = desk.house.context.records.inbox
    delivery, _ = await inbox.accept("call", "9001", {}, "test")
    await inbox.done(delivery.id)


async def call_of(desk: Any) -> Any:
    return await desk.house.context.records.calls.get("9001")


@pytest.mark.parametrize("given", ["deals/303", "Birch add-on"], ids=["by reference", "by name"])
async def test_the_deal_a_person_names_is_the_calls(desk: Any, given: str) -> None:
    question = await desk.waiting()
    assert (question.action, question.approvers) == ("choose", ("dana@ours.example",))
    assert await desk.approve(question, person=DANA, value=given) == "the call is worked on again with deals/303"
    delivery = await desk.house.context.records.inbox.get("call", "9001")
    assert delivery.status is DeliveryStatus.RECEIVED
    assert (await desk.house.run("9001")).status is CallStatus.ANALYSED
    assert desk.house.made("notes")[0]["links"] == {"deals/303", "companies/102", "contacts/203"}
    assert desk.house.properties("deals", "303")["last_call_date"] == "2026-03-10"
    asked = await desk.waiting()  # the call speaks for the next stage
    assert (asked.object_id, asked.field) == ("303", "dealstage")


async def test_a_deal_that_was_no_candidate_may_be_named(desk: Any) -> None:
    await desk.approve(await desk.waiting(), person=DANA, value="deals/301")
    await desk.house.run("9001")
    assert desk.house.made("notes")[0]["links"] == {"deals/301", "companies/101", "contacts/203"}


async def test_a_company_may_be_named(desk: Any) -> None:
    await desk.approve(await desk.waiting(), person=DANA, value="companies/102")
    outcome = await desk.house.run("9001")
    assert (outcome.status, outcome.reason) == (
        CallStatus.ANALYSED,
        "there are several open deals, and none was named",
    )
    assert desk.house.made("notes")[0]["links"] == {"companies/102", "contacts/203"}


@pytest.mark.parametrize("given", [None, "", "deals/999", "contacts/203", "Birch", "deals/303; deals/302"])
async def test_what_names_no_record_is_refused_with_what_there_is(desk: Any, given: str | None) -> None:
    question = await desk.waiting()
    with pytest.raises(NotUsable) as refused:
        await desk.answer(question, person=DANA, value=given)
    assert given == "" or "deals/302 (Birch pilot)" in f"{refused.value} {refused.value.next_step}"
    assert await desk.waiting() == question


async def test_a_call_about_no_deal_is_asked_about_no_more(desk: Any) -> None:
    question = await desk.waiting()
    delivery = await desk.answer(question, "reject", person=DANA, reason="We only said hello.")
    assert await desk.carry_out(delivery) == "it is about no deal, said dana@ours.example: We only said hello."
    stored = await call_of(desk)
    assert (stored.status, stored.reason) == (
        CallStatus.ANALYSED,
        "it is about no deal, said dana@ours.example: We only said hello.",
    )
    await desk.house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    assert (await desk.house.run("9001")).status is CallStatus.ANALYSED
    assert await desk.house.context.records.approvals.waiting() == []
    assert desk.house.made("notes")[0]["links"] == {"companies/102", "contacts/203"}


async def test_a_deal_deleted_before_the_answer_is_carried_out_is_asked_about_again(desk: Any) -> None:
    question = await desk.waiting()
    delivery = await desk.answer(question, person=DANA, value="deals/303")
    desk.house.delete("deals", "303")
    assert await desk.carry_out(delivery) == "asked again: HubSpot has no deals/303"
    assert (await desk.waiting()).round == 2


async def test_a_deal_deleted_afterwards_leaves_the_call_to_the_search(desk: Any) -> None:
    await desk.approve(await desk.waiting(), person=DANA, value="deals/303")
    desk.house.delete("deals", "303")
    outcome = await desk.house.run("9001")
    assert outcome.reason == "deals/303, which a person named, is not in HubSpot any more"
    assert desk.house.made("notes")[0]["links"] == {"deals/302", "companies/102", "contacts/203"}


async def test_a_question_that_answers_itself_is_withdrawn(desk: Any) -> None:
    question = await desk.waiting()
    desk.house.delete("deals", "303")
    assert (await desk.house.run("9001")).status is CallStatus.ANALYSED
    await desk.open()
    withdrawn = await desk.now(question)
    assert (withdrawn.status, withdrawn.outcome) == (
        ApprovalStatus.WITHDRAWN,
        "the records of the call were found without it",
    )
    assert not await desk.has_thread(question)


async def test_an_answer_waits_for_whoever_works_on_the_call(desk: Any) -> None:
    inbox = desk.house.context.records.inbox
    call = await inbox.retry((await inbox.get("call", "9001")).id)
    await inbox.claim(call.id, "another worker", timedelta(minutes=1))
    delivery = await desk.answer(await desk.waiting(), person=DANA, value="deals/303")
    with pytest.raises(Unavailable, match="being worked on at this moment"):
        await desk.carry_out(delivery)
    await inbox.done(call.id)
    assert await desk.carry_out(delivery) == "the call is worked on again with deals/303"


async def test_a_call_whose_delivery_was_cleaned_up_is_taken_in_anew(world: Any, open_house: Any, desk_of: Any) -> None:
    world.add_call("9001", people=["dana", "bea"])
    desk = desk_of(await open_house())
    await desk.house.run("9001")
    await desk.approve(await desk.waiting(), person=DANA, value="deals/302")
    delivery = await desk.house.context.records.inbox.get("call", "9001")
    assert (delivery.status, delivery.source) == (DeliveryStatus.RECEIVED, "approval")
