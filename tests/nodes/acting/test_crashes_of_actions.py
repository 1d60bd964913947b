"""The process dies at any write of an action; the same turn, run again, makes one effect of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memory.ledger import EffectStatus
from nodes.acting.acting import act
from nodes.acting.finishing import finish_left
from nodes.understanding.shape import Action
from tests.mortal import Crash, Death, Mortal
from tests.nodes.acting.wanted import MOVES_ALLOWED, UNDO_THAT, answering, completing, deal, logging, setting, telling

WRITES = frozenset(
    {"update", "create", "archive", "post", "plan", "mark_sent", "confirm_many", "confirm", "take_back", "request"}
)
AT_ONCE: dict[str, tuple[Action, int]] = {
    "move": (setting("dealstage", "s3"), 4),
    "note": (logging("We spoke", deal()), 4),
    "message": (telling("2", "hello"), 4),
    "question": (setting("hubspot_owner_id", "2"), 1),
}
"""Actions, each with how many of the writes above it takes."""


def mortal(house: Any, death: Death) -> Any:
    stores = replace(
        house.records,
        ledger=Mortal(house.records.ledger, death, WRITES),
        approvals=Mortal(house.records.approvals, death, WRITES),
    )
    return replace(
        house, crm=Mortal(house.crm, death, WRITES), messenger=Mortal(house.messenger, death, WRITES), records=stores
    )


def standing(office: Any) -> tuple[Any, ...]:
    """What there is in the services."""
    return office.value("deals", "301", "dealstage"), len(office.made("notes")), len(office.messages()), office.writes()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("name", "at"), [(name, at) for name, (_, writes) in AT_ONCE.items() for at in range(writes)])
async def test_a_turn_that_died_is_made_good_when_it_is_run_again(office: Any, name: str, at: int, after: bool) -> None:
    office.under(MOVES_ALLOWED.replace('"closedate"', '"closedate", "hs_priority"'))
    action, _ = AT_ONCE[name]
    context = await office.turn(turn="one")
    death = Death(at, after)
    with pytest.raises(Crash):
        await act(action, replace(context, house=mortal(office.house, death)), "please")
    done = await act(action, context, "please")
    assert done.state == ("asked" if name == "question" else "done")
    effects = await office.effects()
    assert [row.status for row in effects] == [EffectStatus.CONFIRMED] * (name != "question")
    assert len(await office.house.records.approvals.all()) == (name == "question")
    assert standing(office)[:3] == ("s3" if name == "move" else "s2", int(name == "note"), int(name == "message"))


async def test_the_writes_are_as_many_as_are_killed_above(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    for name, (action, writes) in AT_ONCE.items():
        death = Death(at=-1, after=False)
        context = await office.turn(turn=name)
        await act(action, replace(context, house=mortal(office.house, death)), "please")
        assert (name, death.seen) == (name, writes)


async def test_what_certainly_was_not_sent_is_given_up(office: Any) -> None:
    office.fault("hubspot", "server_error", "tasks/batch/update", times=None)
    done = await office.do(completing())
    assert done.state == "failed"
    office.server.frame.faults.clear()
    assert office.value("tasks", "401", "hs_task_status") == "NOT_STARTED"
    assert (await office.do(completing())).state == "done"


async def test_while_hubspot_is_away_nothing_is_begun(office: Any) -> None:
    context = await office.turn()
    office.fault("hubspot", "server_error", "", times=None)
    done = await act(completing(), context, "done")
    assert (done.state, await office.effects()) == ("failed", [])


async def test_what_a_dead_turn_left_open_is_finished_later(office: Any, clock: Any) -> None:
    context = await office.turn()
    for at, action in ((1, logging("We spoke", deal())), (3, completing())):
        with pytest.raises(Crash):
            await act(action, replace(context, house=mortal(office.house, Death(at, after=True))), "please")
    assert await finish_left(office.house) == 0  # its turn may still be at it
    clock.advance(timedelta(minutes=6))
    assert await finish_left(office.house) == 1
    assert {row.status for row in await office.effects()} == {EffectStatus.CONFIRMED}
    assert (len(office.made("notes")), office.value("tasks", "401", "hs_task_status")) == (1, "COMPLETED")
    assert await finish_left(office.house) == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(3))
async def test_an_undo_that_died_is_gone_on_with(office: Any, at: int, after: bool) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    await office.do(completing())
    whole = office.house
    office.house = mortal(whole, Death(at, after))
    with pytest.raises(Crash):
        await office.do(UNDO_THAT, turn="back")
    office.house = whole
    assert (await office.do(UNDO_THAT, turn="back")).state == "done"
    assert (office.value("tasks", "401", "hs_task_status"), office.value("deals", "301", "dealstage")) == (
        "NOT_STARTED",
        "s3",
    )


async def test_an_answer_whose_turn_died_is_given_once(office: Any) -> None:
    asked = await office.do(setting("hubspot_owner_id", "2"))
    action = answering(str(asked.approval), "approve")

    async def die(_delivery: Any) -> None:
        raise Crash

    with pytest.raises(Crash):
        await office.do(action, turn="yes", carry_out=die)
    assert (await office.do(action, turn="yes")).state == "done"
    assert (office.value("deals", "301", "hubspot_owner_id"), office.writes()) == ("2", 1)
