"""Leads are qualified by their calls: once, in the same request as the rest, and the later call has the last word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.people import TERMINAL
from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, owned_by
from memory.ledger import EffectStatus
from memory.remembering import Memory
from memory.store.entries import Entries
from nodes.lead_qualification.asking import qualification_of
from nodes.lead_qualification.shape import LeadQualification
from nodes.undo.ordering import order_of
from nodes.undo.undoing import run_undo
from tests.embedders import HashedWords

OWN = ("sophia_lead_score", "sophia_lead_band", "sophia_bant", "sophia_meddpicc", "sophia_lead_reasons")

SIGNAL = (("dana", "Hello Ana."), ("ana", "Come under our budget and let's move to a contract."))
PROMISE = (("dana", "Welcome back."), ("ana", "I'll ask the board."))
SMALL_TALK = (("dana", "Hello."), ("ana", "Nice weather."))


@pytest.fixture
async def open(world: Any, open_house: Any) -> Any:
    """Opens the house with a memory; Ana is a lead."""
    world.record("contacts", "201")["properties"]["lifecyclestage"] = "lead"

    async def opened() -> Any:
        house = await open_house()
        entries = Entries(house.database, HashedWords(), house.clock)
        house.context = replace(house.context, memory=Memory.over(house.database, entries, "main", house.clock))
        return house

    return opened


def day(number: int) -> str:
    return f"2026-03-{number:02}T10:00:00-05:00"


def told(house: Any, contact: str = "201") -> dict[str, str]:
    properties = house.properties("contacts", contact)
    return {name: properties[name] for name in OWN if properties.get(name)}


async def test_a_lead_gets_score_band_and_reasons(world: Any, open: Any) -> None:
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"])
    house = await open()
    await house.run("1")
    found = told(house)
    assert (found["sophia_lead_score"], found["sophia_lead_band"]) == ("30", "warm")
    assert found["sophia_bant"] == "budget, need; missing: authority, timing"
    assert found["sophia_meddpicc"].startswith("0 of 8: missing: metrics, ")
    assert found["sophia_lead_reasons"].splitlines() == [
        f"+15 {field}: “Come under our budget and let's move to a contract.” – Ana Silva, 0:05"
        for field in ("budget", "need")
    ]
    (message,) = [each for each in house.messages() if each["channel"] == house.channel()]
    shown = str(message["blocks"])
    assert "Lead score from calls nothing → 30; BANT from calls nothing → budget, need; missing: auth" in shown
    assert "reasons" not in shown


async def test_it_takes_no_request_more_than_for_a_customer(world: Any, open: Any) -> None:
    for number in (1, 2):
        world.add_call(str(number), SIGNAL, deals=["301"], companies=["101"], started=day(8 + number))
    counts = []
    for stage in ("lead", "customer"):
        world.record("contacts", "201")["properties"]["lifecyclestage"] = stage
        house = await open()
        await house.run("1")
        before = house.requests("hubspot")
        house.clock.advance(timedelta(hours=1))
        await house.run("2")
        counts.append(house.requests("hubspot") - before)
        assert bool(told(house)) is (stage == "lead")
    assert counts[0] == counts[1] == 8


@pytest.mark.parametrize("stage", ["customer", "subscriber", ""])
async def test_who_is_no_lead_is_not_qualified(world: Any, open: Any, stage: str) -> None:
    world.record("contacts", "201")["properties"]["lifecyclestage"] = stage
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"])
    house = await open()
    await house.run("1")
    assert told(house) == {}
    assert house.properties("contacts", "201")["last_call_summary"]
    assert await qualification_of(house.context, "contacts", "201", EVERYTHING) is None


async def test_a_lead_of_whom_nothing_was_heard_for_certain_is_left_alone(world: Any, open: Any) -> None:
    world.add_call("1", SMALL_TALK, deals=["301"], companies=["101"])
    house = await open()
    await house.run("1")
    assert told(house) == {}


async def test_a_later_call_builds_on_those_before_it_and_an_older_one_changes_nothing(world: Any, open: Any) -> None:
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"], started=day(3))
    world.add_call("2", PROMISE, deals=["301"], companies=["101"], started=day(5))
    world.add_call("3", SIGNAL, deals=["301"], companies=["101"], started=day(4))
    house = await open()
    for call_id in ("1", "2"):
        await house.run(call_id)
        house.clock.advance(timedelta(hours=1))
    latest = told(house)
    assert (latest["sophia_lead_score"], latest["sophia_lead_band"]) == ("45", "warm")
    assert latest["sophia_lead_reasons"].splitlines() == [
        "+15 budget: heard on Tue 3 Mar 2026",
        "+15 need: heard on Tue 3 Mar 2026",
        "+15 timing: “I'll ask the board.” – Ana Silva, 0:05",
    ]
    await house.run("3")
    assert told(house) == latest
    assert [row.field for row in await house.effects() if row.call_id == "3" and row.field in OWN] == []


async def test_of_two_calls_on_one_day_the_later_has_the_last_word(world: Any, open: Any) -> None:
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"], started="2026-03-10T09:00:00-05:00")
    world.add_call("2", PROMISE, deals=["301"], companies=["101"], started="2026-03-10T11:00:00-05:00")
    house = await open()
    await house.run("2")
    latest = told(house)
    house.clock.advance(timedelta(hours=1))
    await house.run("1")
    assert told(house) == latest


async def test_a_call_run_again_writes_nothing_of_it_twice(world: Any, open: Any) -> None:
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"])
    house = await open()
    await house.run("1")
    before, writes, effects = house.standing(), house.writes(), len(await house.effects())
    await house.run("1", again=True)
    assert (house.standing(), house.writes(), len(await house.effects())) == (before, writes, effects)


async def test_it_is_taken_back_with_its_call(world: Any, open: Any) -> None:
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"], started=day(9))
    world.add_call("2", PROMISE, deals=["301"], companies=["101"])
    house = await open()
    await house.run("1")
    before = told(house)
    house.clock.advance(timedelta(hours=1))
    await house.run("2")
    assert told(house) != before
    for call_id, left in (("2", before), ("1", {})):
        await run_undo(house.context, await order_of(house.context, TERMINAL, call_id=call_id))
        assert told(house) == left
    rows = [row for row in await house.effects() if row.field in OWN and row.undoes is None]
    assert {row.status for row in rows} == {EffectStatus.UNDONE}


async def test_who_asks_is_answered_from_the_calls_they_may_be_shown(world: Any, open: Any) -> None:
    world.record("contacts", "201")["properties"]["hubspot_owner_id"] = "1"
    world.record("deals", "302")["properties"]["hubspot_owner_id"] = "1"
    world.add_call("1", SIGNAL, deals=["301"], companies=["101"], started=day(9))
    world.add_call("2", PROMISE, deals=["302"], companies=["102"])
    house = await open()
    for call_id in ("1", "2"):
        await house.run(call_id)
        house.clock.advance(timedelta(hours=1))

    async def asked(scope: Scope, type: Any = "contacts", id: str = "201") -> LeadQualification | None:
        return await qualification_of(house.context, type, id, scope)

    everything = await asked(EVERYTHING)
    assert everything is not None
    assert str(everything.score) == told(house)["sophia_lead_score"]
    danas = await asked(Scope(audiences=frozenset({owned_by("1"), UNOWNED})))
    assert danas is not None and danas.calls == ("2",)
    assert {reason.proof.call_id for reason in danas.reasons} == {"2"}
    for scope in (NOTHING, Scope(audiences=frozenset({owned_by("2"), UNOWNED}))):  # Erik owns a call, not the contact
        assert await asked(scope) is None
    assert await asked(EVERYTHING, id="999") is None
    deal = await asked(Scope(audiences=frozenset({owned_by("2")})), "deals", "301")
    assert deal is not None and deal.calls == ("1",)
