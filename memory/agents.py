"""Which agents run where and how they fare (agent_registry), and what each was asked (agent_tasks)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.agent_tables import AgentRow, AgentTaskRow
from memory.database import Database

ALIVE_FOR: Final = timedelta(seconds=45)
"""How long after its last heartbeat an agent counts as alive: three are missed by then."""

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""When the row of a process that is gone is removed."""

KEY: Final = ["agent", "instance"]

Breaker = Literal["closed", "open", "half open"]
TaskStatus = Literal["done", "handed on", "held up", "failed", "timed out", "turned away"]
"""`held up` is by what is not the agent's fault: a service that is away, or a turn that took all it may."""


def load_of(running: int, waiting: int, capacity: int) -> float:
    """From 0, idle, to 1, full: what waits counts as what runs."""
    return min(1.0, (running + waiting) / capacity)


class AgentStanding(Frozen):
    """How an agent fares in one process; see AgentRow."""

    agent: str
    instance: str
    team: str
    capabilities: tuple[str, ...]
    capacity: int
    running: int = 0
    waiting: int = 0
    answered: int = 0
    failed: int = 0
    success: float = 1.0
    latency_ms: float = 0.0
    breaker: Breaker = "closed"
    started_at: datetime
    heartbeat_at: datetime

    @property
    def load(self) -> float:
        """How busy it was at its last heartbeat, from 0 to 1."""
        return load_of(self.running, self.waiting, self.capacity)

    def is_alive(self, now: datetime) -> bool:
        """Whether its process was heard of lately."""
        return now - self.heartbeat_at < ALIVE_FOR


class TaskDone(Frozen):
    """Something an agent was asked, and how it ended; never in which words it was asked."""

    id: str
    agent: str
    instance: str
    turn: str
    number: int
    kind: str
    status: TaskStatus
    reason: str | None = None
    waited_ms: int = 0
    took_ms: int = 0
    tool_calls: int = 0
    model_calls: int = 0
    created_at: datetime


class Agents:
    """Reads and writes them. `clock` must be the machine's: heartbeats must run out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def beat(self, standings: Sequence[AgentStanding], tasks: Sequence[TaskDone] = ()) -> None:
        """Says how the agents of a process fare, and what they have done since, in one transaction."""
        if not standings and not tasks:
            return
        fresh = self._database.insert(AgentRow)
        names = [name for name in AgentStanding.model_fields if name not in KEY]
        renew = fresh.on_conflict_do_update(index_elements=KEY, set_={name: fresh.excluded[name] for name in names})
        enter = self._database.insert(AgentTaskRow).on_conflict_do_nothing()
        gone = delete(AgentRow).where(col(AgentRow.heartbeat_at) < self._clock.now() - FORGOTTEN_AFTER)

        def work(session: Session) -> None:
            if standings:
                session.execute(renew, [one.model_dump() for one in standings])
            if tasks:
                session.execute(enter, [one.model_dump() for one in tasks])
            session.execute(gone)

        await self._database.write(work)

    async def left(self, instance: str) -> None:
        """Says that a process has ended in good order."""
        statement = delete(AgentRow).where(col(AgentRow.instance) == instance)
        await self._database.write(lambda session: session.execute(statement))

    async def standings(self) -> list[AgentStanding]:
        """How the agents of all processes fare, those whose heartbeat has run out included."""
        statement = select(AgentRow).order_by(col(AgentRow.agent), col(AgentRow.started_at), col(AgentRow.instance))
        return await self._database.read(lambda session: [_standing(row) for row in session.scalars(statement)])

    async def tasks(self, turn: str) -> list[TaskDone]:
        """What the agents were asked in a turn, in the order in which they were."""
        statement = select(AgentTaskRow).where(col(AgentTaskRow.turn) == turn)
        ordered = statement.order_by(col(AgentTaskRow.created_at), col(AgentTaskRow.id))
        return await self._database.read(lambda session: [_task(row) for row in session.scalars(ordered)])

    async def counts(self, since: datetime) -> dict[str, dict[str, int]]:
        """How many tasks of each agent ended how, from `since` on."""
        agent, status = col(AgentTaskRow.agent), col(AgentTaskRow.status)
        statement = (
            select(agent, status, func.count()).where(col(AgentTaskRow.created_at) >= since).group_by(agent, status)
        )
        found: dict[str, dict[str, int]] = {}
        for name, ended, count in await self._database.read(lambda session: session.execute(statement).all()):
            found.setdefault(name, {})[ended] = count
        return found


def _standing(row: AgentRow) -> AgentStanding:
    return AgentStanding.model_validate({name: getattr(row, name) for name in AgentStanding.model_fields})


def _task(row: AgentTaskRow) -> TaskDone:
    return TaskDone.model_validate({name: getattr(row, name) for name in TaskDone.model_fields})
