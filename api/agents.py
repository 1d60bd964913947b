"""The agents as they are shown: what each can do, how they fare in every process, and what came of the last day.

Who there is comes from this installation; how they fare is read from the database, where every process writes it down.
No service is asked.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from api.storage import database_url
from core.analysis import Frozen
from core.clock import SystemClock
from core.identity import is_gone
from core.settings import Settings
from graphs.registry import Registry
from memory.agents import Agents, AgentStanding, Breaker
from memory.database import Database
from nodes.spec import AgentSpec

COUNTED: Final = timedelta(days=1)
"""How far back tasks are counted."""


class AgentShown(Frozen):
    """One agent. `source` is "Sophia" or the package that brings it; one that does not converse works in calls only."""

    name: str
    team: str
    description: str
    capabilities: tuple[str, ...]
    tools: tuple[str, ...]
    source: str
    converses: bool


class ProcessShown(Frozen):
    """An agent in one process. `load` and `success` are from 0 to 1; `alive` is False where the process is gone."""

    agent: str
    instance: str
    alive: bool
    load: float
    running: int
    waiting: int
    capacity: int
    answered: int
    failed: int
    success: float
    latency_ms: float
    breaker: Breaker
    started_at: datetime
    heartbeat_at: datetime


class LeftOutShown(Frozen):
    """An entry point of another package that brought no agent."""

    entry_point: str
    source: str
    why: str


class AgentsShown(Frozen):
    """Everything of the command. `tasks` counts those of the last day by agent and how they ended."""

    at: datetime
    agents: tuple[AgentShown, ...]
    processes: tuple[ProcessShown, ...] = ()
    tasks: Mapping[str, Mapping[str, int]] = {}
    left_out: tuple[LeftOutShown, ...] = ()


async def agents_shown(settings: Settings, registry: Registry, can: str | None = None) -> AgentsShown:
    """The agents, those that can do this if it is given, and how they fare."""
    now = SystemClock().now()
    database = await Database.open(database_url(settings))
    try:
        agents = Agents(database, SystemClock())
        standings, counts = await agents.standings(), await agents.counts(now - COUNTED)
    finally:
        await database.close()
    specs = [spec for spec in registry.agents.values() if can is None or _can(spec, can)]
    others = {one.agent for one in standings} | set(counts) if can is None else set[str]()
    names = others | {spec.name for spec in specs}
    return AgentsShown(
        at=now,
        agents=tuple(_agent(spec, registry) for spec in specs),
        processes=tuple(_process(one, now) for one in standings if one.agent in names),
        tasks={name: counts[name] for name in sorted(counts) if name in names},
        left_out=tuple(LeftOutShown.model_validate(vars(left_out)) for left_out in registry.left_out),
    )


def _can(spec: AgentSpec, words: str) -> bool:
    """Whether one of its capabilities has these words in it."""
    return any(words.strip().casefold() in capability.casefold() for capability in spec.capabilities)


def _agent(spec: AgentSpec, registry: Registry) -> AgentShown:
    return AgentShown(
        name=spec.name,
        team=spec.team,
        description=spec.description,
        capabilities=spec.capabilities,
        tools=spec.tools,
        source=registry.source(spec.name),
        converses=spec.chat is not None,
    )


def _process(one: AgentStanding, now: datetime) -> ProcessShown:
    """How an agent fares in a process, which may have died without a word."""
    told = {name: getattr(one, name) for name in ProcessShown.model_fields if name != "alive"}
    return ProcessShown.model_validate(told | {"alive": one.is_alive(now) and not is_gone(one.instance)})
