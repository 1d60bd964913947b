"""What an agent asks of whoever writes answers in words."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.shape import Found
from nodes.spec import AgentSpec

AWAY: Final = "the model is away, so this is what was found, as it stands"


@dataclass(frozen=True)
class Looked:
    """What code has looked up already: by which tool, with what, and what it found."""

    tool: str
    arguments: dict[str, Any]
    found: Found


class Writer(Protocol):
    """Writes the answer of one agent."""

    async def write(self, spec: AgentSpec, task: AgentTask, context: ChatContext, looked: Looked) -> AgentReply | None:
        """The answer, each statement with its source; None where nothing of it could be held to a source.

        Raises Unavailable when no model answers, and LimitReached when the turn has taken all it may; but what the
        model has changed by then is told in any case.
        """
        ...
