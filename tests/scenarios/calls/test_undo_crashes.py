"""The process dies at any moment of an undo; carried out again, the same order does the rest, and nothing twice."""

from dataclasses import replace
from typing import Any

import pytest

from core.people import TERMINAL
from memory.ledger import EffectStatus
from nodes.undo.ordering import order_of
from nodes.undo.undoing import run_undo
from tests.mortal import Crash, Death, Mortal

STEPS = ("plan", "mark_sent", "send", "confirm")
MOMENTS = (*(f"{step} {what}" for what in ("tasks", "deal", "contact", "note") for step in STEPS), "withdraw")
"""Every write of an undo, in the database and in HubSpot, in their order."""

WRITES = frozenset({"update", "archive", "plan", "mark_sent", "take_back", "fail", "refuse", "withdraw"})


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    return house


def mortal(house: Any, death: Death) -> Any:
    records = house.context.records
    mortal_records = replace(
        records, ledger=Mortal(records.ledger, death, WRITES), approvals=Mortal(records.approvals, death, WRITES)
    )
    return house.but(crm=Mortal(house.context.crm, death, WRITES), records=mortal_records)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(len(MOMENTS)), ids=MOMENTS)
async def test_a_crash_in_an_undo_is_made_good_by_the_next_try(house: Any, at: int, after: bool) -> None:
    order = await order_of(house.context, TERMINAL, call_id="9001")
    with pytest.raises(Crash):
        await run_undo(mortal(house, Death(at, after)), order)
    report = await run_undo(house.context, order)
    assert (len(report.of("undone")), len(report.of("stays")), len(report.withdrawn)) == (10, 2, 1)
    undos = [row for row in await house.effects() if row.undoes]
    assert len({row.undoes for row in undos}) == len(undos) == 10
    assert {row.status for row in undos} == {EffectStatus.CONFIRMED}
    assert (house.made("notes"), house.made("tasks")) == ([], [])
    assert not house.properties("deals", "301").get("sophia_risk")
    assert not house.properties("contacts", "201").get("last_call_summary")


async def test_the_moments_are_all_there_are(house: Any) -> None:
    death = Death(at=-1, after=False)
    await run_undo(mortal(house, death), await order_of(house.context, TERMINAL, call_id="9001"))
    assert death.seen == len(MOMENTS)


async def test_a_person_who_edits_after_the_crash_is_not_written_over(house: Any) -> None:
    order = await order_of(house.context, TERMINAL, call_id="9001")
    with pytest.raises(Crash):
        await run_undo(mortal(house, Death(MOMENTS.index("send deal"), after=False)), order)
    house.edit("deals", "301", sophia_risk="Waiting for legal")
    report = await run_undo(house.context, order)
    assert [item.what for item in report.of("left")] == ["Risk from calls of Acme rollout"]
    assert house.properties("deals", "301")["sophia_risk"] == "Waiting for legal"
