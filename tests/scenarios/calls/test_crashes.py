"""The process dies at any moment; the next run goes on where it stopped, and everything is done once."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

from core.errors import Unavailable
from graphs.call_workflow import build_call_workflow
from memory.calls import CallStatus
from memory.ledger import EffectStatus

WRITES = frozenset({"create", "update", "post"})
IMPATIENT_S = 1.5
EFFECTS = ("note", "contact", "deal", "tasks", "message to the owner", "message to the channel")
STEPS = (
    "start",
    "fetch",
    "resolve",
    "analyse",
    "verify",
    "propose",
    "policy",
    "apply",
    "follow_up",
    "notify",
    "remember",
)


class Crash(Exception):
    """The end of the process, as a test brings it about."""


@dataclass
class Death:
    """Dies at the `at`th event (from 0), before it happens or once it has."""

    at: int
    after: bool
    seen: int = 0

    async def around(self, event: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        number, self.seen = self.seen, self.seen + 1
        if number == self.at and not self.after:
            raise Crash
        result = await event(*arguments, **named)
        if number == self.at:
            raise Crash
        return result


class Mortal:
    """A gateway in whose writes the process may die."""

    def __init__(self, gateway: Any, death: Death) -> None:
        self._gateway = gateway
        self._death = death

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._gateway, name)
        if name not in WRITES:
            return method
        return lambda *arguments, **named: self._death.around(method, *arguments, **named)


class MortalCheckpoints(BaseCheckpointSaver[str]):
    """Checkpoints in whose writing the process may die: what the step did is done, that it did so is not known."""

    def __init__(self, inner: BaseCheckpointSaver[str], death: Death) -> None:
        super().__init__(serde=inner.serde)
        self._inner = inner
        self._death = death

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "MortalCheckpoints":
        return MortalCheckpoints(self._inner.with_allowlist(extra_allowlist), self._death)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await self._inner.aget_tuple(config)

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, versions: ChannelVersions
    ) -> RunnableConfig:
        written: RunnableConfig = await self._death.around(self._inner.aput, config, checkpoint, metadata, versions)
        return written

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await self._inner.aput_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        await self._inner.adelete_thread(thread_id)

    def get_next_version(self, current: str | None, channel: None) -> str:
        return self._inner.get_next_version(current, channel)


@pytest.fixture
async def house(world: Any, open_house: Any) -> AsyncIterator[Any]:
    world.add_call("9001", deals=["301"], companies=["101"])
    yield await open_house()


async def assert_all_done_once(house: Any) -> None:
    effects = await house.effects()
    assert {effect.status for effect in effects} == {EffectStatus.CONFIRMED}
    assert (len(house.made("notes")), len(house.made("tasks")), len(house.messages())) == (1, 2, 2)
    assert len({message["channel"] for message in house.messages()}) == 2
    assert house.properties("contacts", "201")["last_call_date"] == "2026-03-10"
    assert house.properties("deals", "301")["sophia_next_step_due"] == "2026-03-13"
    assert len(await house.context.records.approvals.all()) == 1
    stored = await house.context.records.calls.get("9001")
    assert stored.status is CallStatus.ANALYSED


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(len(EFFECTS)), ids=EFFECTS)
async def test_a_crash_around_a_write_does_nothing_twice_and_leaves_nothing_out(
    house: Any, at: int, after: bool
) -> None:
    death = Death(at, after)
    mortal = house.but(crm=Mortal(house.context.crm, death), messenger=Mortal(house.context.messenger, death))
    with pytest.raises(Crash):
        await house.run("9001", mortal)
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    await assert_all_done_once(house)


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
async def test_a_crash_before_a_step_was_written_down_does_nothing_twice(house: Any, at: int) -> None:
    graph = build_call_workflow(MortalCheckpoints(house.checkpoints, Death(at, after=False)))
    with pytest.raises(Crash):
        await house.run("9001", graph=graph)
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    await assert_all_done_once(house)


async def test_a_run_goes_on_at_the_step_it_stopped_at(house: Any) -> None:
    with pytest.raises(Crash):
        await house.run("9001", house.but(messenger=Mortal(house.context.messenger, Death(0, after=False))))
    asked = house.requests("hubspot")
    await house.run("9001")
    assert house.requests("hubspot") == asked
    await assert_all_done_once(house)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("hubspot", "POST .*/notes/batch/create"),
        ("hubspot", "POST .*/contacts/batch/update"),
        ("hubspot", "POST .*/deals/batch/update"),
        ("hubspot", "POST .*/tasks/batch/create"),
        ("slack", "chat.postMessage"),
    ],
)
async def test_a_write_whose_answer_never_came_is_read_back(
    world: Any, open_house: Any, service: str, path: str
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(timeout_s=IMPATIENT_S)
    house.fault(service, "timeout_after_commit", path)
    for _ in range(5):
        try:
            outcome = await house.run("9001")
            break
        except Unavailable as error:
            assert error.maybe_done
            stored = await house.context.records.calls.get("9001")
            assert (stored.status, stored.reason) == (CallStatus.WAITING, str(error))
    assert outcome.status is CallStatus.ANALYSED
    assert house.server.frame.faults.active() == []
    await assert_all_done_once(house)


@pytest.mark.parametrize("service", ["gong", "hubspot", "slack"])
async def test_a_service_that_is_down_for_a_while_costs_nothing_but_time(house: Any, service: str) -> None:
    house.fault(service, "server_error", times=None)
    with pytest.raises(Unavailable):
        await house.run("9001")
    with pytest.raises(Unavailable):
        await house.run("9001")
    house.mend()
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    await assert_all_done_once(house)
