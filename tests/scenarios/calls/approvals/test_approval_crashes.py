"""The process dies at any moment of an approval; whoever repeats it ends with exactly one write."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from core.errors import Unavailable
from graphs.approval_workflow import build_approval_workflow, open_approval, run_approval
from memory.approvals import Approval
from memory.ledger import EffectStatus
from nodes.turns import RecordTurns

IMPATIENT_S = 1.5
LEAST_EVENTS = 20
"""An approval has more events than this; a test that met fewer has not looked everywhere."""


class Crash(BaseException):
    """The end of the process, which nothing catches."""


class Death:
    """Dies at the `at`th event (from 0), before it happens or once it has; nothing happens afterwards."""

    def __init__(self, at: int, after: bool) -> None:
        self.at = at
        self.after = after
        self.seen = 0

    async def around(self, event: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        number, self.seen = self.seen, self.seen + 1
        if number > self.at or (number == self.at and not self.after):
            raise Crash
        result = await event(*arguments, **named)
        if number == self.at:
            raise Crash
        return result


class Mortal:
    """Anything in whose named methods the process may die."""

    def __init__(self, inner: Any, death: Death, methods: frozenset[str]) -> None:
        self._inner = inner
        self._death = death
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in self._methods:
            return method
        return lambda *arguments, **named: self._death.around(method, *arguments, **named)


CRM = frozenset({"read", "update", "create", "pipelines"})
LEDGER = frozenset({"plan", "mark_sent", "confirm", "confirm_many", "fail", "get"})
APPROVALS = frozenset({"get", "ask_again", "interrupted", "close"})
SAVER = ("aput", "aput_writes", "adelete_thread")


def mortal_context(house: Any, death: Death) -> Any:
    """The context in whose requests and writes the process may die."""
    records = house.context.records
    ledger, approvals = Mortal(records.ledger, death, LEDGER), Mortal(records.approvals, death, APPROVALS)
    return house.but(
        crm=Mortal(house.context.crm, death, CRM),
        records=replace(records, ledger=ledger, approvals=approvals),
        turns=RecordTurns(),
    )


def mortal_graph(house: Any, death: Death) -> Any:
    """The workflow in the writing of whose checkpoints the process may die."""
    graph = build_approval_workflow(house.checkpoints)
    saver: Any = graph.checkpointer
    for name in SAVER:
        inner = getattr(saver, name)
        setattr(saver, name, lambda *given, inner=inner, **named: death.around(inner, *given, **named))
    return graph


async def dies(desk: Any, key: str, death: Death) -> bool:
    """Runs an approval; whether it died before it came to its end."""
    try:
        await run_approval(mortal_graph(desk.house, death), mortal_context(desk.house, death), key)
    except Crash:
        return True
    return False


async def copies(desk: Any, stage: str = "s2") -> AsyncIterator[tuple[int, Approval]]:
    """The same request over and over again, each on a deal that stands at Demo, or was moved since to `stage`."""
    first = await desk.waiting()
    await desk.house.context.records.approvals.withdraw(first.id, "only copies of it are of use here")
    blank = first.model_copy(update={"thread_id": None, "interrupt_id": None})
    for at in itertools.count():
        desk.house.edit("deals", "301", dealstage="s2")
        copy = blank.model_copy(update={"id": f"{first.id}-{at}"})
        (asked,) = await desk.house.context.records.approvals.request([copy])
        await open_approval(desk.graph, desk.house.context, asked.id)
        desk.house.edit("deals", "301", dealstage=stage)
        yield at, asked


async def assert_written_once(desk: Any, approval: Approval, updates: int) -> None:
    assert desk.house.properties("deals", "301")["dealstage"] == "s3"
    assert desk.updates() == updates + 1
    (write,) = [write for write in await desk.writes() if write.approval_id == approval.id]
    assert write.status is EffectStatus.CONFIRMED
    assert (await desk.now(approval)).outcome == "written: “Demo” → “Contract”"
    assert not await desk.has_thread(approval)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_any_event_ends_with_one_write(desk: Any, after: bool) -> None:
    async for at, approval in copies(desk):
        delivery, updates = await desk.answer(approval), desk.updates()
        died = await dies(desk, delivery.key, Death(at, after))
        assert await desk.carry_out(delivery) == "written: “Demo” → “Contract”"
        await assert_written_once(desk, approval, updates)
        if not died:
            break
    assert at > LEAST_EVENTS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_run_that_dies_again_and_again_ends_with_one_write(desk: Any, after: bool) -> None:
    approval = await desk.waiting()
    delivery, updates, at = await desk.answer(approval), desk.updates(), 0
    while await dies(desk, delivery.key, Death(at, after)):
        at += 1
    await assert_written_once(desk, approval, updates)
    assert at > 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_while_it_is_asked_again_asks_once_more_and_writes_nothing(desk: Any, after: bool) -> None:
    async for at, approval in copies(desk, stage="s1"):
        delivery, updates = await desk.answer(approval), desk.updates()
        died = await dies(desk, delivery.key, Death(at, after))
        assert (await desk.carry_out(delivery)).startswith("asked again: ")
        again = await desk.now(approval)
        assert (again.round, again.current, desk.updates()) == (2, "s1", updates)
        assert again.interrupt_id is not None
        assert await desk.approve(again) == "written: “Discovery” → “Contract”"
        assert desk.updates() == updates + 1
        if not died:
            break
    assert at > LEAST_EVENTS / 2


async def test_the_next_round_is_answered_while_the_process_of_the_last_lies_dead(desk: Any) -> None:
    answered = 0
    async for at, approval in copies(desk, stage="s1"):
        first, updates = await desk.answer(approval), desk.updates()
        died = await dies(desk, first.key, Death(at, after=True))
        again = await desk.now(approval)
        if again.round == 2:
            second, answered = await desk.answer(again), answered + 1
            outcomes = [await desk.carry_out(each) for each in (second, first, second)]
            assert outcomes == ["written: “Discovery” → “Contract”"] * 3
            assert desk.updates() == updates + 1
        if not died:
            break
    assert answered > 2


async def test_a_crash_while_it_is_opened_is_made_good(desk: Any) -> None:
    async for at, approval in copies(desk):
        context = desk.house.context
        await context.records.approvals.interrupted(approval.id, "", "")
        await desk.house.checkpoints.adelete_thread(f"approval:{approval.id}")
        death = Death(at, after=True)
        with suppress(Crash):
            await open_approval(mortal_graph(desk.house, death), mortal_context(desk.house, death), approval.id)
        await open_approval(desk.graph, context, approval.id)
        assert (await desk.now(approval)).thread_id == f"approval:{approval.id}"
        assert await desk.approve(approval) == "written: “Demo” → “Contract”"
        if death.seen <= at:
            break
    assert at > 3


@pytest.fixture
async def impatient(world: Any, open_house: Any, desk_of: Any) -> Any:
    """The desk whose HubSpot is not waited for long."""
    world.add_call("9001", deals=["301"], companies=["101"])
    desk = desk_of(await open_house(timeout_s=IMPATIENT_S))
    await desk.house.run("9001")
    return desk


async def test_a_write_whose_answer_never_came_is_read_back(impatient: Any) -> None:
    approval, updates = await impatient.waiting(), impatient.updates()
    delivery = await impatient.answer(approval)
    impatient.house.fault("hubspot", "timeout_after_commit", "POST .*/deals/batch/update")
    with pytest.raises(Unavailable):
        await impatient.carry_out(delivery)
    assert [write.status for write in await impatient.writes()] == [EffectStatus.SENT]
    assert await impatient.carry_out(delivery) == "written: “Demo” → “Contract”"
    await assert_written_once(impatient, approval, updates)


async def test_what_somebody_changed_after_a_write_nobody_heard_of_is_asked_about(impatient: Any) -> None:
    delivery = await impatient.answer(await impatient.waiting())
    impatient.house.fault("hubspot", "timeout_after_commit", "POST .*/deals/batch/update")
    with pytest.raises(Unavailable):
        await impatient.carry_out(delivery)
    impatient.house.edit("deals", "301", dealstage="s1")
    assert (await impatient.carry_out(delivery)).startswith("asked again: ")
    assert [write.status for write in await impatient.writes()] == [EffectStatus.FAILED]
    assert impatient.house.properties("deals", "301")["dealstage"] == "s1"
