"""What others do while a call is being worked on: people edit and delete, other calls write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.clock import SystemClock
from core.errors import Unavailable
from memory.calls import CallStatus
from memory.ledger import Effect, EffectStatus
from memory.turns import Lease, TurnLeases
from nodes.context import Analyst
from nodes.turns import RecordTurns, SharedTurns, Turn
from tools.hubspot.properties import DEFINITIONS


class Meanwhile:
    """An analyst during whose work something happens: the records have been read, and nothing is written yet."""

    name = "scripted"
    version = "1"

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst
        self.happens: Callable[[], None] = lambda: None

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis:
        self.happens()
        return self._analyst.analyse(call, transcript)


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    """The house with Acme's call; what its analyst `happens` to see is what happens meanwhile."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    house.context = house.but(analyst=Meanwhile(house.context.analyst))
    for type, definitions in DEFINITIONS.items():  # nobody edits a property that is not there yet
        await house.context.crm.ensure_properties(type, definitions)
    return house


async def failures(house: Any) -> dict[tuple[str, str | None], str]:
    return {
        (effect.object_type, effect.field): effect.reason
        for effect in await house.effects()
        if effect.status is EffectStatus.FAILED
    }


async def test_what_somebody_had_sophia_change_meanwhile_is_that_persons_work(house: Any) -> None:
    ledger = house.context.records.ledger
    about = {"service": "hubspot", "action": "update", "object_type": "deals", "object_id": "301"}
    ordered = Effect(key="k1", call_id="chat:one", agent="crm_sync", field="sophia_risk", after="None", **about)
    await ledger.plan([ordered])
    await ledger.confirm("k1", "301")
    house.context.analyst.happens = lambda: house.edit("deals", "301", sophia_risk="None")
    await house.run("9001")
    assert house.properties("deals", "301")["sophia_risk"] == "None"
    assert [row.current for row in await house.context.records.approvals.waiting() if row.field == "sophia_risk"] == [
        "None"
    ]


async def test_what_a_person_changed_since_it_was_read_becomes_a_question_with_both_values(house: Any) -> None:
    def edited() -> None:
        house.edit("deals", "301", sophia_risk="Waiting for legal")

    house.context.analyst.happens = edited
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    deal = house.properties("deals", "301")
    assert deal["sophia_risk"] == "Waiting for legal"
    assert deal["sophia_next_step_due"] == "2026-03-13"  # the rest goes on
    assert list(await failures(house)) == [("deals", "sophia_risk")]
    (question,) = [row for row in await house.context.records.approvals.waiting() if row.field == "sophia_risk"]
    assert (question.current, question.proposed) == ("Waiting for legal", "Honestly we are worried about the price.")
    assert "Waiting for legal" in str(house.messages()[0]["blocks"])


async def test_a_person_who_wrote_the_same_is_not_asked(house: Any) -> None:
    def edited() -> None:
        house.edit("deals", "301", sophia_risk="Honestly we are worried about the price.")

    house.context.analyst.happens = edited
    await house.run("9001")
    assert {effect.status for effect in await house.effects()} == {EffectStatus.CONFIRMED}


async def test_a_deal_deleted_meanwhile_leaves_the_note_on_company_and_contact(house: Any) -> None:
    house.context.analyst.happens = lambda: house.delete("deals", "301")
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, "Acme rollout was deleted meanwhile")
    assert house.made("notes")[0]["links"] == {"companies/101", "contacts/201"}
    assert [task["links"] for task in house.made("tasks")] == [{"companies/101", "contacts/201"}] * 2
    assert house.properties("contacts", "201")["last_call_date"] == "2026-03-10"
    assert {object for object, _ in await failures(house)} == {"deals"}
    assert set((await failures(house)).values()) == {"it was deleted meanwhile"}
    assert "deleted meanwhile" in str(house.messages()[0]["blocks"])


async def test_a_contact_deleted_meanwhile_does_not_keep_back_the_rest(house: Any) -> None:
    house.context.analyst.happens = lambda: house.delete("contacts", "201")
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, "Ana Silva was deleted meanwhile")
    assert house.made("notes")[0]["links"] == {"deals/301", "companies/101"}
    assert house.properties("deals", "301")["last_call_date"] == "2026-03-10"


async def test_when_everything_was_deleted_meanwhile_nothing_is_made(house: Any) -> None:
    def deleted() -> None:
        for type, id in (("deals", "301"), ("companies", "101"), ("contacts", "201")):
            house.delete(type, id)

    house.context.analyst.happens = deleted
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert (house.made("notes"), house.made("tasks")) == ([], [])
    assert {effect.status for effect in await house.effects() if effect.service == "hubspot"} == {EffectStatus.FAILED}


async def test_a_note_that_a_person_deleted_is_not_made_again(house: Any) -> None:
    await house.run("9001")
    (id,) = house.table("hubspot.notes")
    house.delete("notes", id)
    await house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    await house.run("9001")
    assert house.made("notes") == []


LATER = (("ana", "We are worried about the date."), ("dana", "I'll send the plan."))


async def both_calls(world: Any, open_house: Any, older: str, newer: str) -> Any:
    world.add_call("old", deals=["301"], companies=["101"], started=older)
    world.add_call("new", LATER, deals=["301"], companies=["101"], started=newer)
    return await open_house()


@pytest.mark.parametrize(
    ("older", "newer", "day"),
    [
        ("2026-03-09T10:00:00-05:00", "2026-03-10T10:00:00-05:00", "2026-03-10"),
        ("2026-03-10T10:00:00-05:00", "2026-03-10T11:00:00-05:00", "2026-03-10"),
    ],
    ids=["on different days", "on one day"],
)
@pytest.mark.parametrize("order", [("old", "new"), ("new", "old"), None], ids=["in order", "in reverse", "at once"])
async def test_the_later_call_has_the_last_word_whatever_the_order(
    world: Any, open_house: Any, older: str, newer: str, day: str, order: tuple[str, str] | None
) -> None:
    house = await both_calls(world, open_house, older, newer)
    if order is None:
        await asyncio.gather(house.run("old"), house.run("new"))
    else:
        for call_id in order:
            house.clock.advance(timedelta(seconds=1))
            await house.run(call_id)
    contact, deal = house.properties("contacts", "201"), house.properties("deals", "301")
    assert (contact["last_call_date"], contact["last_call_summary"]) == (day, "We are worried about the date.")
    assert deal["sophia_risk"] == "We are worried about the date."
    assert deal["sophia_next_step"].startswith("Dana Reyes: I'll send the plan.")
    assert len(house.made("notes")) == 2
    assert await failures(house) == {}


class SlowUpdates:
    """HubSpot as a process sees it whose updates are long under way: each waits until it may arrive."""

    def __init__(self, crm: Any) -> None:
        self._crm = crm
        self.left, self.may_arrive = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def update(self, *arguments: Any) -> Any:
        self.left.set()
        await self.may_arrive.wait()
        return await self._crm.update(*arguments)


class AskedLeases(TurnLeases):
    """The leases as a process takes them that is kept waiting: it tells when it has found a record taken."""

    waits: asyncio.Event

    async def is_free(self, lease: Lease) -> bool:
        free = await super().is_free(lease)
        if not free:
            self.waits.set()
        return free


async def test_the_later_call_has_the_last_word_when_another_process_works_on_it(world: Any, open_house: Any) -> None:
    house = await both_calls(world, open_house, "2026-03-10T10:00:00-05:00", "2026-03-10T11:00:00-05:00")
    slow = SlowUpdates(house.context.crm)
    older = asyncio.create_task(house.run("old", house.but(crm=slow)))
    await slow.left.wait()
    leases = AskedLeases(house.database, SystemClock())
    leases.waits = asyncio.Event()
    newer = asyncio.create_task(house.run("new", house.but(turns=SharedTurns(leases))))
    await asyncio.wait_for(leases.waits.wait(), timeout=60)
    slow.may_arrive.set()
    await asyncio.gather(older, newer)
    contact, deal = house.properties("contacts", "201"), house.properties("deals", "301")
    assert contact["last_call_summary"] == deal["sophia_risk"] == "We are worried about the date."


class LostTurns(RecordTurns):
    """Turns of a process that sleeps and finds its turn lost at the `at`th look, from 0."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    @asynccontextmanager
    async def hold(self, records: Iterable[str]) -> AsyncIterator[Turn]:
        async with super().hold(records):
            yield self

    async def keep(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Unavailable("database", "the turn has passed to another process")


LOOKS = 7
"""The note, two kinds of record looked at and written, the tasks, and the first message; then the second message."""


@pytest.mark.parametrize("at", range(LOOKS + 1))
async def test_a_process_that_has_lost_its_turn_writes_nothing_more_and_nothing_twice(
    world: Any, open_house: Any, at: int
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    lost = LostTurns(at)
    with pytest.raises(Unavailable, match="has passed to another process"):
        await house.run("9001", house.but(turns=lost))
    written = house.standing()
    await house.run("9001")
    assert house.standing() != written
    assert {effect.status for effect in await house.effects()} == {EffectStatus.CONFIRMED}
    assert (len(house.made("notes")), len(house.made("tasks")), len(house.messages())) == (1, 2, 2)


async def test_two_calls_that_speak_for_the_same_stage_ask_once(world: Any, open_house: Any) -> None:
    world.add_call("1", deals=["301"], companies=["101"], started="2026-03-09T10:00:00-05:00")
    world.add_call("2", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("1")
    await house.run("2")
    assert [row.call_id for row in await house.context.records.approvals.waiting()] == ["1"]
