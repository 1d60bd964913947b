"""A call goes into memory as it is worked through, for whom its record is; and with its record to another owner."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from core.errors import Unavailable
from core.people import Person
from core.scope import owned_by
from graphs.call_workflow import build_call_workflow
from memory.business_context import KnownRecord
from memory.calls import CallStatus
from memory.crm_events import StoredEvent
from memory.remembering import Memory
from memory.store.entries import Entries
from memory.store.entry import Kept
from memory.tables import MemoryItemRow
from nodes.crm_changes.handling import handle_changes, handle_found, handle_records
from nodes.remembering import keep_in_memory
from nodes.state import Resolution
from tests.embedders import HashedWords
from tools.hubspot.port import Record

ERIK = owned_by("2")
DANA = owned_by("1")


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def with_memory(open_house: Any, embedder: HashedWords) -> Any:
    """Opens the house with a memory."""

    async def open(*given: Any) -> Any:
        house = await open_house(*given)
        entries = Entries(house.database, embedder, house.clock)
        house.context = replace(house.context, memory=Memory.over(house.database, entries, "main", house.clock))
        return house

    return open


async def remembered(house: Any, subject: str = "call:9001") -> list[Kept]:
    kept: list[Kept] = await house.context.memory.entries.of_subject(subject)
    return kept


async def test_a_call_is_remembered_for_the_owner_of_its_deal(world: Any, with_memory: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    kept = await remembered(house)
    (passage,) = [each for each in kept if each.kind == "call_passages"]
    assert passage.value["text"].startswith("Dana Reyes: Thanks for the time today, Ana.\nAna Silva: Honestly")
    assert {each.value["kind"] for each in kept if each.kind == "call_findings"} == {
        "next_step",
        "risk",
        "buying_signal",
    }
    assert {each.audience for each in kept} == {ERIK}
    assert passage.subjects == {
        "call:9001",
        "deal:301",
        "company:101",
        "contact:201",
        "person:dana@ours.example",
        "person:ana@acme.example",
    }


async def test_a_call_that_is_run_again_is_remembered_once_and_embedded_once(
    world: Any, with_memory: Any, embedder: HashedWords
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    before, asked = await remembered(house), list(embedder.asked)
    house.clock.advance(timedelta(hours=1))
    await house.run("9001", again=True)
    assert [(each.id, each.value, each.audience) for each in await remembered(house)] == [
        (each.id, each.value, each.audience) for each in before
    ]
    assert embedder.asked == asked


async def test_a_call_of_a_deal_and_company_that_nobody_owns_is_for_who_held_it(world: Any, with_memory: Any) -> None:
    world.record("deals", "301")["properties"].pop("hubspot_owner_id")
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_of_a_deal_that_nobody_owns_is_for_the_owner_of_the_company(world: Any, with_memory: Any) -> None:
    world.record("deals", "301")["properties"].pop("hubspot_owner_id")
    world.record("companies", "101")["properties"]["hubspot_owner_id"] = "1"
    world.add_call("9001", people=("erik", "ana"), deals=["301"], companies=["101"], primaryUserId="12")
    house = await with_memory()
    await house.run("9001")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_among_ourselves_that_nobody_known_held_is_for_admins_alone(world: Any, with_memory: Any) -> None:
    world.add_call("9001", people=("dana", "erik"), primaryUserId="99", said=[("dana", "About the new team.")])
    house = await with_memory()
    outcome = await house.run("9001")
    assert outcome.reason == "internal call"
    assert {each.audience for each in await remembered(house)} == {"place:call-9001"}


async def test_a_call_whose_deal_a_person_must_name_is_remembered_all_the_same(world: Any, with_memory: Any) -> None:
    world.add_call("9001", people=("dana", "bea"))
    house = await with_memory()
    outcome = await house.run("9001")
    assert outcome.status is CallStatus.UNRESOLVED
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_is_worked_through_while_the_embedder_is_away(
    world: Any, with_memory: Any, embedder: HashedWords
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    embedder.away = True
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert len(await remembered(house)) == 5


class Death(Exception):
    """The end of the process."""


async def test_a_crash_between_memory_and_the_status_leaves_one_memory(
    world: Any, with_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    calls = house.context.records.calls
    whole = calls.set_status

    async def die(*_given: Any) -> None:
        raise Death

    monkeypatch.setattr(calls, "set_status", die)
    with pytest.raises(Death):
        await house.run("9001")
    first = await remembered(house)
    monkeypatch.setattr(calls, "set_status", whole)
    assert (await house.run("9001", graph=build_call_workflow(house.checkpoints))).status is CallStatus.ANALYSED
    assert len(first) == 5
    assert [each.id for each in await remembered(house)] == [each.id for each in first]


async def test_without_memory_nothing_is_kept_and_nothing_asked(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    assert not await keep_in_memory(house.context, "9001")


async def test_a_call_that_was_analysed_before_there_was_a_memory_can_be_kept_later(
    world: Any, open_house: Any, with_memory: Any, embedder: HashedWords
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    memory = house.context.memory
    house.context = house.but(memory=None)
    await house.run("9001")
    house.context = house.but(memory=memory)
    assert await remembered(house) == []
    assert await keep_in_memory(house.context, "9001")
    assert {each.audience for each in await remembered(house)} == {ERIK}
    assert not await keep_in_memory(house.context, "unknown")


async def hear(house: Any, type: str, id: str, key: str) -> None:
    """HubSpot tells that a record's owner changed."""
    event = {"key": key, "kind": "change", "object_type": type, "object_id": id, "property": "hubspot_owner_id"}
    await house.context.records.crm_events.accept(
        [StoredEvent.model_validate({**event, "occurred_at": house.clock.now()})]
    )
    await handle_changes(house.context, 100)


async def test_a_deal_with_a_new_owner_takes_calls_and_facts_along(world: Any, with_memory: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    world.add_call("9002", deals=["302"], companies=["102"], people=("dana", "bea"))
    house = await with_memory()
    await house.run("9001")
    await house.run("9002")
    facts = house.context.memory.facts
    await facts.state("deal:301", "They decide in May.", Person(email="e@o.example", name="E"), house.clock.now(), ERIK)
    house.edit("deals", "301", hubspot_owner_id="1")
    await hear(house, "deals", "301", "e1")
    assert {each.audience for each in await remembered(house)} == {DANA}
    assert [audience for _, audience in await facts.about("deal:301")] == [DANA]
    assert {each.audience for each in await remembered(house, "call:9002")} == {ERIK}
    house.edit("deals", "301", hubspot_owner_id="2")
    await hear(house, "deals", "301", "e2")
    assert {each.audience for each in await remembered(house)} == {ERIK}


async def test_a_company_with_a_new_owner_takes_only_calls_along_whose_deal_has_none(
    world: Any, with_memory: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    world.add_call("9002", companies=["103"], people=("dana", "cleo"))
    house = await with_memory()
    await house.run("9001")
    await house.run("9002")
    assert {each.audience for each in await remembered(house, "call:9002")} == {DANA}
    for company, key in (("101", "e1"), ("103", "e2")):
        house.edit("companies", company, hubspot_owner_id="2")
        await hear(house, "companies", company, key)
    house.edit("companies", "101", hubspot_owner_id="1")
    await hear(house, "companies", "101", "e3")
    assert {each.audience for each in await remembered(house)} == {ERIK}
    assert {each.audience for each in await remembered(house, "call:9002")} == {ERIK}


async def test_a_new_owner_that_a_search_shows_is_heard_of_too(world: Any, with_memory: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    properties: dict[str, str | None] = {"dealname": "Acme rollout", "hubspot_owner_id": "1", "pipeline": "p1"}
    house.edit("deals", "301", hubspot_owner_id="1")
    await handle_found(house.context, "deals", [Record(type="deals", id="301", properties=properties)])
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_that_is_kept_again_after_its_deal_changed_hands_stays_the_new_owners(
    world: Any, with_memory: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    house.clock.advance(timedelta(hours=1))
    house.edit("deals", "301", hubspot_owner_id="1")
    await hear(house, "deals", "301", "e1")
    assert await keep_in_memory(house.context, "9001")
    assert {each.audience for each in await remembered(house)} == {DANA}
    house.edit("deals", "301", hubspot_owner_id="")
    await hear(house, "deals", "301", "e2")
    house.edit("companies", "101", hubspot_owner_id="2")
    await hear(house, "companies", "101", "e3")
    assert await keep_in_memory(house.context, "9001")
    assert {each.audience for each in await remembered(house)} == {ERIK}


async def test_a_call_that_is_kept_again_after_its_deal_was_merged_is_for_the_owner_of_the_one_that_is_left(
    world: Any, with_memory: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    left = KnownRecord(
        object_type="deals", object_id="305", properties={"hubspot_owner_id": "1"}, read_at=house.clock.now()
    )
    await house.context.records.business_context.keep([left])
    await house.context.records.business_context.merged("deals", {"301": "305"}, house.clock.now())
    assert await keep_in_memory(house.context, "9001")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_an_owner_who_was_read_before_the_call_was_resolved_counts_no_more(world: Any, with_memory: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await handle_records(house.context, "deals", ["301"])
    house.clock.advance(timedelta(hours=1))
    house.edit("deals", "301", hubspot_owner_id="1")
    await house.run("9001")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_deal_that_changes_hands_before_its_call_is_kept_takes_it_along(world: Any, with_memory: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    stored = await house.context.records.calls.get("9001")
    house.edit("deals", "301", hubspot_owner_id="1")
    await hear(house, "deals", "301", "e1")
    await house.context.memory.entries.remove_where(col(MemoryItemRow.source) == "call:9001")
    assert await keep_in_memory(house.context, "9001", Resolution.model_validate(stored.resolution))
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_deal_that_changes_hands_while_its_call_is_being_kept_takes_it_along(
    world: Any, with_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    await handle_records(house.context, "deals", ["301"])
    calls, whole = house.context.memory.calls, house.context.memory.calls.keep

    async def keep(*given: Any, **named: Any) -> None:
        house.edit("deals", "301", hubspot_owner_id="1")
        await hear(house, "deals", "301", "e1")
        await whole(*given, **named)

    monkeypatch.setattr(calls, "keep", keep)
    assert await keep_in_memory(house.context, "9001")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_that_is_kept_before_the_new_owner_is_known_goes_over_all_the_same(
    world: Any, with_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    await house.run("9001")
    await handle_records(house.context, "deals", ["301"])
    known, whole = house.context.records.business_context, house.context.records.business_context.keep

    async def keep(records: Any) -> None:
        assert await keep_in_memory(house.context, "9001")
        await whole(records)

    monkeypatch.setattr(known, "keep", keep)
    house.edit("deals", "301", hubspot_owner_id="1")
    await hear(house, "deals", "301", "e1")
    assert {each.audience for each in await remembered(house)} == {DANA}


async def test_a_call_whose_last_checkpoint_could_not_be_written_does_not_go_on_waiting(
    world: Any, with_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await with_memory()
    calls, whole = house.context.records.calls, house.checkpoints.aput

    async def full(*given: Any) -> Any:
        known = await calls.get("9001")
        if known is not None and known.status is CallStatus.ANALYSED:
            raise Unavailable("database", "the disk is full")
        return await whole(*given)

    monkeypatch.setattr(house.checkpoints, "aput", full)
    with pytest.raises(Unavailable):
        await house.run("9001", graph=build_call_workflow(house.checkpoints))
    assert (await calls.get("9001")).status is CallStatus.WAITING
    monkeypatch.setattr(house.checkpoints, "aput", whole)
    await house.run("9001", graph=build_call_workflow(house.checkpoints))
    assert (await calls.get("9001")).status is CallStatus.ANALYSED
