"""Agents in the database: how they fare by process, and what they were asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

from memory.agents import ALIVE_FOR, FORGOTTEN_AFTER, Agents, AgentStanding, TaskDone
from memory.database import Database
from tests.memory.conftest import MovableClock

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def standing(**changes: Any) -> AgentStanding:
    about = {
        "agent": "crm_sync",
        "instance": "one",
        "team": "operations",
        "capabilities": ("change a record",),
        "capacity": 16,
        "started_at": NOW,
        "heartbeat_at": NOW,
    }
    return AgentStanding.model_validate(about | changes)


def task(**changes: Any) -> TaskDone:
    about = {
        "id": "t:0:0:crm_sync",
        "agent": "crm_sync",
        "instance": "one",
        "turn": "t",
        "number": 0,
        "kind": "query",
        "status": "done",
        "created_at": NOW,
    }
    return TaskDone.model_validate(about | changes)


async def test_a_heartbeat_renews_the_row_of_its_process(database: Database, clock: MovableClock) -> None:
    agents = Agents(database, clock)
    await agents.beat([standing(), standing(instance="two")])
    await agents.beat([standing(answered=3, breaker="open", heartbeat_at=NOW + timedelta(seconds=15))])
    found = {one.instance: one for one in await agents.standings()}
    assert (found["one"].answered, found["one"].breaker) == (3, "open")
    assert found["two"] == standing(instance="two")


async def test_who_was_not_heard_of_is_not_alive_and_later_forgotten(database: Database, clock: MovableClock) -> None:
    agents = Agents(database, clock)
    now = clock.now()
    await agents.beat([standing(heartbeat_at=now)])
    assert standing(heartbeat_at=now).is_alive(now + ALIVE_FOR - timedelta(seconds=1))
    assert not standing(heartbeat_at=now).is_alive(now + ALIVE_FOR)
    later = now + FORGOTTEN_AFTER + timedelta(seconds=1)
    clock.at = later
    await agents.beat([standing(instance="two", heartbeat_at=later)])
    assert [one.instance for one in await agents.standings()] == ["two"]


async def test_a_process_that_ends_leaves_no_row(database: Database, clock: MovableClock) -> None:
    agents = Agents(database, clock)
    await agents.beat([standing(), standing(instance="two")])
    await agents.left("one")
    assert [one.instance for one in await agents.standings()] == ["two"]


async def test_what_was_asked_is_kept_once_and_counted(database: Database, clock: MovableClock) -> None:
    agents = Agents(database, clock)
    await agents.beat([], [task(), task(id="t:1:0:crm_sync", number=1, status="failed", reason="away")])
    await agents.beat([], [task(status="failed")])
    assert [(one.number, one.status) for one in await agents.tasks("t")] == [(0, "done"), (1, "failed")]
    assert await agents.counts(NOW) == {"crm_sync": {"done": 1, "failed": 1}}
    assert await agents.counts(NOW + timedelta(seconds=1)) == {}
