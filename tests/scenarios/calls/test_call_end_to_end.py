"""A call becomes a note, properties, tasks and messages, once."""

from datetime import timedelta
from typing import Any

from memory.calls import CallStatus
from memory.ledger import EffectStatus


async def test_a_call_with_crm_context_is_carried_through(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, None)

    (note,) = house.made("notes")
    assert note["links"] == {"deals/301", "companies/101", "contacts/201"}
    assert "Honestly we are worried about the price." in note["hs_note_body"]
    assert note["hs_timestamp"] == "2026-03-10T15:00:00Z"

    contact = house.properties("contacts", "201")
    assert (contact["last_call_date"], contact["last_call_sentiment"]) == ("2026-03-10", "mixed")
    assert contact["last_call_summary"] == "Thanks for the time today, Ana."
    deal = house.properties("deals", "301")
    assert deal["sophia_next_step"].startswith("Dana Reyes: I'll send you the price list by Friday.")
    assert (deal["sophia_next_step_due"], deal["sophia_risk"]) == (
        "2026-03-13",
        "Honestly we are worried about the price.",
    )
    assert (deal["dealstage"], deal["amount"]) == ("s2", "1000")

    tasks = house.made("tasks")
    assert {task["hs_task_subject"] for task in tasks} == {
        "I'll send you the price list by Friday.",
        "I'll ask Erik to set up the sandbox.",
    }
    assert {task["hubspot_owner_id"] for task in tasks} == {"1"}
    assert all(task["links"] == note["links"] for task in tasks)

    (approval,) = await house.context.records.approvals.waiting()
    assert (approval.current_label, approval.proposed_label) == ("Demo", "Contract")
    assert approval.quote == "But the team likes it, let's move to a contract."

    in_channel = [message for message in house.messages() if message["channel"] == house.channel()]
    direct = [message for message in house.messages() if message["channel"] != house.channel()]
    assert (len(in_channel), len(direct)) == (1, 1)
    assert in_channel[0]["blocks"] and "Deal stage: Demo → Contract" in str(in_channel[0]["blocks"])
    assert {effect.status for effect in await house.effects()} == {EffectStatus.CONFIRMED}


async def test_a_call_that_was_analysed_is_left_as_it_is(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    first = await house.run("9001")
    before, asked = house.standing(), [house.requests(service) for service in ("gong", "hubspot", "slack")]
    assert await house.run("9001") == first
    assert house.standing() == before
    assert [house.requests(service) for service in ("gong", "hubspot", "slack")] == asked


async def test_a_call_run_again_from_the_start_does_nothing_twice(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    before = house.standing()
    await house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    await house.run("9001")
    assert house.standing() == before


async def test_a_call_with_context_takes_nine_requests_to_hubspot_and_one_by_address_ten(
    world: Any, open_house: Any
) -> None:
    world.add_call("1", deals=["301"], companies=["101"])  # also asks once for all that is kept afterwards
    world.add_call("2", deals=["301"], companies=["101"], started="2026-03-11T10:00:00-05:00")
    world.add_call("3", started="2026-03-12T10:00:00-05:00")
    house = await open_house()
    counts = []
    for call_id in ("1", "2", "3"):
        before = house.requests("hubspot")
        house.clock.advance(timedelta(hours=1))
        await house.run(call_id)
        counts.append(house.requests("hubspot") - before)
    assert counts[1:] == [9, 10]
