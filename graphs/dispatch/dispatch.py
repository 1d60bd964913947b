"""Has agents answer: one that is free and well, at once or when its turn comes, within the time of the turn.

Of several that can do the same the best is asked, by `performance * (1 - load)`. An agent that keeps failing is left
alone for a while; what it was asked goes to another that can do it, or is answered with an honest word.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from core.clock import Clock, SystemClock
from core.errors import SophiaError
from graphs.dispatch.errand import WELL, Errand, told
from graphs.dispatch.health import Health
from graphs.registry import Registry
from memory.agents import AgentStanding, TaskDone, TaskStatus
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.spec import AgentSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CAPACITY: Final = 16
"""Tasks of one agent at once in one process: they wait for services far more than they work."""

LONGEST_QUEUE: Final = 200
"""Tasks that wait for one agent; who comes then is told at once, instead of in vain a minute later."""

MOST_KEPT: Final = 10_000
"""Tasks that are remembered until they are written down; while the database is away the oldest go."""

log = structlog.get_logger(__name__)


FAULT: Final = "this could not be answered because of a fault; the log has it under this turn"
"""What a person is told of a failure that is not ours: nothing of what is inside."""


class TurnedAway(SophiaError):
    """The agent cannot be asked now."""


@dataclass
class _Agent:
    """One agent at work in this process."""

    spec: AgentSpec
    health: Health
    places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.places = asyncio.Semaphore(self.health.capacity)


class Dispatch:
    """The agents of one process, whose name among all is `instance`. `observe` is told how each task ended."""

    def __init__(
        self,
        registry: Registry,
        instance: str = "here",
        *,
        capacity: int = CAPACITY,
        clock: Clock | None = None,
        observe: Callable[[str, TaskStatus, float], None] = lambda agent, status, seconds: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._instance = instance
        self._clock = clock or SystemClock()
        self._observe = observe
        self._monotonic = monotonic
        self._agents = {spec.name: _Agent(spec, Health(capacity)) for spec in registry.conversing()}
        self._started = self._clock.now()
        self._done: list[TaskDone] = []

    async def answer(self, spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
        """What the agent replies, or another that can do the same; a failure is a reply that says what is missing."""
        errand = Errand(self.best([spec, *self._substitutes(spec, task)]), task, context, self._monotonic())
        try:
            # What changes something is not left half way: its own requests have time limits.
            async with asyncio.timeout(None if errand.acts else context.turn.seconds_left), self._place(errand):
                reply = await _asked(errand)
        except TurnedAway as away:
            return self._ended(errand, "turned away", errand.without(str(away)))
        except TimeoutError:
            return self._ended(errand, "timed out", errand.without("there was not enough time for all of it"))
        except SophiaError as error:  # a service that is away, a turn that took all it may: not the agent's fault
            return self._ended(errand, "held up", errand.without(told(error)))
        except Exception as error:  # an agent's fault is its own: the others' answers stand
            about = {"agent": errand.spec.name, "turn": context.turn_id, "error": type(error).__name__}
            log.warning("agent.failed", **about, exc_info=error)
            return self._ended(errand, "failed", errand.without(FAULT))
        return self._ended(errand, "handed on" if reply.handoff else "done", reply)

    def best(self, specs: Sequence[AgentSpec]) -> AgentSpec:
        """The one of these to ask now: the first, unless it is unwell, or full while another is free."""
        now = self._monotonic()
        well = [
            spec for spec in specs if spec.name in self._agents and self._agents[spec.name].health.may_be_asked(now)
        ]
        first = specs[0]
        if first in well and self._agents[first.name].health.load < 1:
            return first
        return max(well, key=lambda spec: self._agents[spec.name].health.score, default=first)

    def by_score(self, specs: Sequence[AgentSpec]) -> AgentSpec:
        """The best of several that are equally right for a task, by how they fare."""
        now = self._monotonic()
        known = [spec for spec in specs if spec.name in self._agents]
        well = [spec for spec in known if self._agents[spec.name].health.may_be_asked(now)]
        return max(well or known, key=lambda spec: self._agents[spec.name].health.score)

    def standings(self) -> list[AgentStanding]:
        """How each of them fares now."""
        now = self._clock.now()
        return [
            AgentStanding(
                agent=name,
                instance=self._instance,
                team=agent.spec.team,
                capabilities=agent.spec.capabilities,
                capacity=agent.health.capacity,
                running=agent.health.running,
                waiting=agent.health.waiting,
                answered=agent.health.answered,
                failed=agent.health.failed,
                success=round(agent.health.success, 4),
                latency_ms=round(agent.health.latency_ms, 1),
                breaker=agent.health.breaker(self._monotonic()),
                started_at=self._started,
                heartbeat_at=now,
            )
            for name, agent in self._agents.items()
        ]

    def take_done(self) -> list[TaskDone]:
        """What was done since this was last asked for."""
        done, self._done = self._done, []
        return done

    def put_back(self, done: Sequence[TaskDone]) -> None:
        """Keeps what could not be written down for the next time."""
        self._done = [*done, *self._done][-MOST_KEPT:]

    def _substitutes(self, spec: AgentSpec, task: AgentTask) -> list[AgentSpec]:
        """Other agents with a capability of this one, that were not asked yet; for a change Sophia's own only."""
        passed = {spec.name, *task.passed_by}
        found = [other for capability in spec.capabilities for other in self._registry.capable(capability)]
        return [
            other
            for other in self._registry.trusted_with(task.request.kind, dict.fromkeys(found))
            if other.chat is not None and other.name not in passed
        ]

    @asynccontextmanager
    async def _place(self, errand: Errand) -> "AsyncIterator[None]":
        """A place at the agent, waited for in turn. Raises TurnedAway for one that is unwell, or asked by too many."""
        agent, name = self._agents[errand.spec.name], errand.spec.name
        health = agent.health
        if not health.may_be_asked(self._monotonic()):
            raise TurnedAway(f"{name} keeps failing and is left alone for a moment; ask again in a minute")
        if health.waiting >= LONGEST_QUEUE:
            raise TurnedAway(f"too many questions wait for {name}; ask again in a minute")
        health.waiting += 1
        try:
            await agent.places.acquire()
        finally:
            health.waiting -= 1
        health.running += 1
        errand.begin(self._monotonic())
        try:
            yield
        finally:
            health.running -= 1
            agent.places.release()

    def _ended(self, errand: Errand, status: TaskStatus, reply: AgentReply) -> AgentReply:
        """Notes how an errand ended, and gives the reply."""
        now = self._monotonic()
        took = errand.took(now)
        health = self._agents[errand.spec.name].health
        if status in WELL:
            health.succeeded(took * 1000)
        elif status == "failed" or (status == "timed out" and errand.has_begun):
            health.has_failed(now, took * 1000)
        self._observe(errand.spec.name, status, took)
        self._done.append(errand.done(status, reply, now, self._instance, self._clock.now()))
        del self._done[:-MOST_KEPT]
        return reply.model_copy(update={"agent": errand.spec.name, "number": errand.task.number})


async def _asked(errand: Errand) -> AgentReply:
    if errand.spec.chat is None:
        raise TurnedAway(f"{errand.spec.name} takes no part in conversations")
    return await errand.spec.chat(errand.spec, errand.task, errand.context)
