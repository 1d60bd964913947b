"""What an agent is to the rest of the house: its name, its team, what it can do, its steps and its chat node."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nodes.chat.context import ChatContext
    from nodes.chat.shape import AgentReply, AgentTask

Team = Literal["sales", "marketing", "operations"]

ChatNode = Callable[["AgentSpec", "AgentTask", "ChatContext"], Awaitable["AgentReply"]]
"""An agent's face in a conversation: answers one request, as this agent, with what the context lets it use."""


@dataclass(frozen=True)
class AgentSpec:
    """An agent as graphs/registry.py lists it. `steps` are the names of its nodes in the call workflow, in order.

    `capabilities` are what others may ask for without knowing its name. `tools` are the names of those it may call in a
    conversation, and no others; `prompt` is the file in nodes/prompts that a model is given, and `chat` its chat node.
    """

    name: str
    team: Team
    description: str
    capabilities: tuple[str, ...]
    steps: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    prompt: str | None = None
    chat: ChatNode | None = None
