"""One thing that one agent is asked: when it began, how long it waited, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.errors import SophiaError
from memory.agents import TaskDone, TaskStatus
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.spec import AgentSpec

WELL: Final[frozenset[TaskStatus]] = frozenset({"done", "handed on"})


@dataclass
class Errand:
    """A task for an agent. Moments are seconds of a monotonic clock; `asked_at` is before it waited for a place."""

    spec: AgentSpec
    task: AgentTask
    context: ChatContext
    asked_at: float
    begun_at: float | None = None

    @property
    def acts(self) -> bool:
        """Whether it changes something."""
        return self.task.request.kind == "action"

    @property
    def has_begun(self) -> bool:
        """Whether the agent had a free place for it."""
        return self.begun_at is not None

    def begin(self, now: float) -> None:
        """Notes that the agent has it now."""
        self.begun_at = now

    def took(self, now: float) -> float:
        """Seconds at work until now, without those that it waited."""
        return 0.0 if self.begun_at is None else max(0.0, now - self.begun_at)

    def without(self, missing: str) -> AgentReply:
        """The reply that says why there is none."""
        return AgentReply(agent=self.spec.name, number=self.task.number, partial=missing)

    def done(self, status: TaskStatus, reply: AgentReply, now: float, instance: str, at: datetime) -> TaskDone:
        """How it ended, for the record: never in which words it was asked."""
        waited = (self.begun_at if self.begun_at is not None else now) - self.asked_at
        return TaskDone(
            id=f"{self.context.turn_id}:{self.task.number}:{len(self.task.passed_by)}:{self.spec.name}",
            agent=self.spec.name,
            instance=instance,
            turn=self.context.turn_id,
            number=self.task.number,
            kind=self.task.request.kind,
            status=status,
            reason=None if status in WELL else reply.partial,
            waited_ms=round(waited * 1000),
            took_ms=round(self.took(now) * 1000),
            tool_calls=len(reply.tool_calls),
            model_calls=reply.model_calls,
            created_at=at,
        )


def told(error: SophiaError) -> str:
    """What a person is told of an error of ours, with what to do next."""
    return f"{error}. {error.next_step}" if error.next_step else str(error)
