"""What is known of records follows HubSpot: changed, deleted, brought back, merged and forgotten."""

import asyncio
import random
from itertools import count
from typing import Any

import pytest

from memory.business_context import KnownRecord
from memory.crm_events import StoredEvent
from sandbox.faults import Fault


async def known(house: Any, type: str, id: str) -> KnownRecord:
    found: KnownRecord | None = await house.context.records.business_context.get(type, id)
    assert found is not None
    return found


async def test_what_people_change_is_known_by_reading_it(house: Any, people: Any) -> None:
    await people.change("deals", "301", dealname="Acme, all of it", amount="2000")
    await people.tell("deals", "301", "dealname", value="A name of long ago")
    await people.heard()
    deal = await known(house, "deals", "301")
    assert (deal.name, deal.properties["amount"], deal.archived) == ("Acme, all of it", "2000", False)


async def test_a_deleted_record_is_known_to_be_gone_until_it_is_brought_back(house: Any, people: Any) -> None:
    await people.tell("contacts", "201", kind="creation")
    await people.heard()
    await people.delete("contacts", "201")
    await people.heard()
    assert (await known(house, "contacts", "201")).archived
    await people.restore("contacts", "201")
    await people.heard()
    contact = await known(house, "contacts", "201")
    assert (contact.name, contact.archived) == ("Ana Silva", False)


async def test_a_merged_record_names_the_one_that_is_left_which_is_known_too(house: Any, people: Any) -> None:
    await people.merge("companies", "101", "102")
    await people.heard()
    loser, left = await known(house, "companies", "102"), await known(house, "companies", "101")
    assert (loser.archived, loser.merged_into) == (True, "101")
    assert (left.name, left.archived) == ("Acme", False)


async def test_of_somebody_who_asked_to_be_forgotten_nothing_is_kept(house: Any, people: Any) -> None:
    await people.tell("contacts", "201", "email", value="ana@acme.example")
    await people.heard()
    await people.delete("contacts", "201")
    await people.tell("contacts", "201", kind="privacy_deletion")
    await people.heard()
    contact = await known(house, "contacts", "201")
    assert (contact.name, contact.properties, contact.archived) == (None, {}, True)


async def test_tasks_that_people_made_are_nothing_to_sophia(house: Any, people: Any) -> None:
    house.server.frame.requests.clear()
    await people.tell("tasks", "777", "hs_task_status")
    heard = await people.heard()
    assert (heard.events, heard.records, house.requests("hubspot")) == (1, 0, 0)
    assert await house.context.records.business_context.get("tasks", "777") is None


async def test_a_deal_in_an_unknown_stage_has_the_pipelines_read_anew(house: Any, people: Any) -> None:
    assert len((await house.context.crm.pipelines())[0].stages) == 4
    table = house.server.frame.store.table("hubspot.pipelines")
    new = {**table["p1"]["stages"][0], "id": "s9", "label": "Legal"}
    table["p1"] = {**table["p1"], "stages": [*table["p1"]["stages"], new]}
    await people.change("deals", "301", dealstage="s9")
    assert (await people.heard()).outdated == 1
    (asked,) = await house.context.records.approvals.of_records("deals", ["301"])
    assert asked.current_label == "Legal"


async def test_a_stage_that_is_gone_for_good_is_looked_for_once(house: Any, people: Any) -> None:
    table = house.server.frame.store.table("hubspot.deals")
    table["302"] = {**table["302"], "properties": {**table["302"]["properties"], "dealstage": "gone"}}
    heard = []
    for _ in range(2):
        await people.tell("deals", "302", "amount")
        heard.append((await people.heard()).outdated)
    assert heard == [1, 0]


@pytest.mark.parametrize("kind", ["revoked_token", "server_error"])
async def test_what_a_service_keeps_back_is_left_for_the_next_time(house: Any, people: Any, kind: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    house.server.frame.faults.add(Fault(service="hubspot", kind=kind, path="deals", times=None))
    heard = await people.heard()
    assert (heard.events, heard.left) == (0, 1)
    house.mend()
    heard = await people.heard()
    assert (heard.events, heard.left, heard.drifted) == (1, 0, 1)


async def test_a_type_that_cannot_be_read_does_not_keep_back_the_others(house: Any, people: Any) -> None:
    await people.tell("contacts", "201", "email")
    await people.tell("deals", "301", "amount")
    house.server.frame.faults.add(Fault(service="hubspot", kind="revoked_token", path="contacts"))
    heard = await people.heard()
    assert (heard.events, heard.left) == (1, 1)
    assert [event.object_type for event in await house.context.records.crm_events.unhandled(9)] == ["contacts"]


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_crash_before_the_end_has_it_done_again_without_harm(
    world: Any, open_house: Any, people_of: Any, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    ends = []
    for crashes in (False, True):
        house = await open_house()
        await house.run("9001")
        people = people_of(house)
        await a_busy_day(people)
        if crashes:
            with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
                patched.setattr(house.context.records.crm_events, "handled", dying(nth, house))
                await people.heard()
        await people.heard()
        ends.append(await state(house))
    assert ends[1] == ends[0]


def dying(nth: int, house: Any) -> Any:
    """The store's own function, until the process dies at the n-th time instead."""
    handled, times = house.context.records.crm_events.handled, count(1)

    async def handled_or_dead(ids: Any) -> None:
        if next(times) == nth:
            raise KeyboardInterrupt
        await handled(ids)

    return handled_or_dead


async def a_busy_day(people: Any) -> None:
    """Everything that can happen to a few records."""
    await people.change("deals", "301", dealstage="s1", sophia_risk="None at all")
    await people.change("deals", "303", amount="7")
    await people.merge("deals", "303", "302")
    await people.change("contacts", "201", last_call_summary="Nothing new")
    await people.delete("contacts", "202")
    await people.delete("companies", "102")
    await people.restore("companies", "102")


async def state(house: Any) -> Any:
    """All that follows from what HubSpot told."""
    records = house.context.records
    types = ("contacts", "companies", "deals")
    kept = [await records.business_context.get_many(type, [str(id) for id in range(100, 400)]) for type in types]
    return kept, await records.drifts.open(), await records.approvals.all()


async def test_events_may_come_in_any_order_and_as_often_as_they_like(
    world: Any, open_house: Any, people_of: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    ends = []
    for order in (None, random.Random(1), random.Random(2)):
        house = await open_house()
        await house.run("9001")
        people = people_of(house)
        await a_busy_day(people)
        if order is not None:
            await again_in_disorder(house, people, order)
        while (await people.heard(limit=3)).events:
            pass
        ends.append(await state(house))
    assert ends[1] == ends[0]
    assert ends[2] == ends[0]


async def test_two_processes_at_once_come_to_the_same_end(world: Any, open_house: Any, people_of: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    ends = []
    for processes in (1, 3):
        house = await open_house()
        await house.run("9001")
        people = people_of(house)
        await a_busy_day(people)
        await asyncio.gather(*(people.heard() for _ in range(processes)))
        ends.append(await state(house))
    assert ends[1] == ends[0]


async def again_in_disorder(house: Any, people: Any, order: random.Random) -> None:
    """What was told is told many times more, under other keys, while it is being handled."""
    events = house.context.records.crm_events
    told: list[StoredEvent] = await events.unhandled(100)
    for _ in range(5):
        some = [each.model_copy(update={"key": f"again{order.random()}"}) for each in told]
        order.shuffle(some)
        await events.accept(some[: order.randrange(len(some))])
        await people.heard(limit=order.randrange(1, 6))


async def test_ten_thousand_events_of_fifty_records_cost_few_requests(house: Any, people: Any) -> None:
    for id in range(1000, 1050):
        table = house.server.frame.store.table("hubspot.deals")
        table[str(id)] = {**table["302"], "id": str(id)}
    told = [people.event("deals", str(1000 + number % 50), property="amount") for number in range(10_000)]
    await house.context.records.crm_events.accept(told)
    house.server.frame.requests.clear()
    rounds = 0
    while (await people.heard(limit=5000)).events:
        rounds += 1
    assert rounds == 2
    assert house.server.frame.requests.report()["hubspot"]["by_path"]["POST /crm/v3/objects/deals/batch/read"] == 2
    assert house.requests("hubspot") <= 4  # with owners and pipelines, to know whether what is kept of them holds
