"""What one turn has come to so far, and when it must end; one object for each turn, shared by its agents.

It is never stored: a turn that dies is asked again from its beginning.
"""

import time
from dataclasses import dataclass, field

from core.errors import LimitReached
from core.llm.chat.spending import Budget, Spending
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import AgentReply, ToolCall
from nodes.thread.prompting import RecalledTurn
from nodes.thread.state import ThreadState


@dataclass
class Turn:
    """A turn under way. `thread` and `recalled` are what it began with, `replies` those of its agents so far."""

    limits: TurnLimits = field(default_factory=TurnLimits)
    spending: Spending = field(init=False)
    tool_calls: list[ToolCall] = field(default_factory=list)
    thread: ThreadState = field(default_factory=lambda: ThreadState())
    recalled: tuple[RecalledTurn, ...] = ()
    replies: list[AgentReply] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.spending = Spending(Budget(calls=self.limits.model_calls, tokens=self.limits.tokens))

    def begin(self) -> None:
        """Counts the time from now: what it waited for another turn of its thread is not its own."""
        self.began = time.monotonic()

    @property
    def milliseconds(self) -> int:
        """How long it has taken."""
        return round((time.monotonic() - self.began) * 1000)

    @property
    def seconds_left(self) -> float:
        """How long it may go on; never below zero."""
        return max(0.0, self.limits.seconds - (time.monotonic() - self.began))

    def call(self, called: ToolCall) -> None:
        """Notes the call of a tool; raises LimitReached for one too many."""
        if len(self.tool_calls) >= self.limits.tool_calls:
            raise LimitReached(
                f"a turn may call {self.limits.tool_calls} tools",
                next_step="Ask for less at once, or in two questions.",
            )
        self.tool_calls.append(called)
