"""What an agent asks of whoever writes answers in words."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from core.errors import ServiceError, Unavailable
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.shape import Found
from nodes.spec import AgentSpec

AS_IT_STANDS: Final = "This is what was found, as it stands:"
"""After a model's word that it sees no answer, before what code found: a small one sees none where there is one."""

AWAY: Final = "the model is away, so this is what was found, as it stands"
UNUSABLE: Final = "the model gave no answer that can be used, so this is what was found, as it stands"


def why_none(error: ServiceError) -> str:
    """Why there are no words of a model: it did not answer, or it did in a way that is of no use."""
    return AWAY if isinstance(error, Unavailable) else UNUSABLE


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
