"""The process dies while a call is run again; the next run goes on, and everything is done once."""

from typing import Any

import pytest

from core.analysis import CallAnalysis
from core.errors import Unavailable
from graphs.call_workflow import build_call_workflow
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from tests.scenarios.calls.again.conftest import Anew, summed_up, without
from tests.scenarios.calls.test_crashes import STEPS, Crash, Death, Mortal, MortalCheckpoints

SANDBOX = "I'll ask Erik to set up the sandbox."
WRITES = (
    "note",
    "contact",
    "deal",
    "task",
    "message to the owner",
    "news for the owner",
    "message to the channel",
    "news for the channel",
)


def bettered(analysis: CallAnalysis) -> CallAnalysis:
    return summed_up("Another.")(analysis)


@pytest.fixture
async def anew(world: Any, open_house: Any, scripted: Any) -> Anew:
    """The house after Acme's call, of which the analyst has missed a promise and summed up otherwise."""
    world.add_call("9001", deals=["301"], companies=["101"])
    anew = Anew(await open_house(), scripted)
    anew.use(without(SANDBOX))
    await anew.house.run("9001")
    anew.use(bettered)
    return anew


async def assert_bettered_once(anew: Anew) -> None:
    house = anew.house
    assert {row.status for row in await house.effects()} == {EffectStatus.CONFIRMED}
    (note,) = house.made("notes")
    assert "Another." in note["hs_note_body"]
    assert house.properties("contacts", "201")["last_call_summary"] == "Another."
    assert SANDBOX in house.properties("deals", "301")["sophia_next_step"]
    assert (len(house.made("tasks")), len(house.messages())) == (2, 4)
    assert "Another." in str(anew.card()["blocks"])
    assert len(anew.thread()) == 1
    assert len(await house.context.records.approvals.all()) == 1
    assert (await house.context.records.calls.get("9001")).status is CallStatus.ANALYSED
    writes = house.writes()
    await house.run("9001", again=True)
    assert house.writes() == writes


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(len(WRITES)), ids=WRITES)
async def test_a_crash_around_a_write_does_nothing_twice_and_leaves_nothing_out(
    anew: Anew, at: int, after: bool
) -> None:
    house, death = anew.house, Death(at, after)
    mortal = house.but(crm=Mortal(house.context.crm, death), messenger=Mortal(house.context.messenger, death))
    with pytest.raises(Crash):
        await house.run("9001", mortal, again=True)
    assert (await house.run("9001", again=True)).status is CallStatus.ANALYSED
    await assert_bettered_once(anew)


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
async def test_a_crash_between_steps_does_nothing_twice(anew: Anew, at: int) -> None:
    graph = build_call_workflow(MortalCheckpoints(anew.house.checkpoints, Death(at, after=False)))
    with pytest.raises(Crash):
        await anew.house.run("9001", graph=graph, again=True)
    await anew.house.run("9001", again=True)
    await assert_bettered_once(anew)


async def test_a_run_that_stopped_is_ended_by_any_run_of_the_call(anew: Anew) -> None:
    graph = build_call_workflow(MortalCheckpoints(anew.house.checkpoints, Death(STEPS.index("apply"), after=False)))
    with pytest.raises(Crash):
        await anew.house.run("9001", graph=graph, again=True)
    await anew.house.run("9001")
    await assert_bettered_once(anew)


async def test_an_analysis_made_while_a_run_was_stopped_has_the_last_word(anew: Anew) -> None:
    graph = build_call_workflow(MortalCheckpoints(anew.house.checkpoints, Death(STEPS.index("policy"), after=False)))
    with pytest.raises(Crash):
        await anew.house.run("9001", graph=graph, again=True)
    anew.use(summed_up("The last word."))
    await anew.house.run("9001", again=True)
    (note,) = anew.house.made("notes")
    assert "The last word." in note["hs_note_body"]
    assert anew.house.properties("contacts", "201")["last_call_summary"] == "The last word."


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("hubspot", "POST .*/notes/batch/update"),
        ("hubspot", "POST .*/tasks/batch/create"),
        ("slack", "chat.postMessage"),
    ],
)
async def test_a_write_whose_answer_never_came_is_read_back(
    world: Any, open_house: Any, scripted: Any, service: str, path: str
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    anew = Anew(await open_house(timeout_s=1.5), scripted)
    anew.use(without(SANDBOX))
    await anew.house.run("9001")
    anew.use(bettered)
    anew.house.fault(service, "timeout_after_commit", path)
    for _ in range(5):
        try:
            await anew.house.run("9001", again=True)
            break
        except Unavailable as error:
            assert error.maybe_done
    assert anew.house.server.frame.faults.active() == []
    await assert_bettered_once(anew)
