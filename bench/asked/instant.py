"""A model that answers at once and a tool that has nothing to do: what is left of a turn is its orchestration.

Each for Sophia's agents, and for the usual one of LangChain's `create_agent` that is measured beside them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from core.llm import Answer, Limits, Role, Usage
from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask, Citation
from nodes.chat.tools.shape import Arguments, ChatTool, Found
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec

SAYS: Final = "They ask for the order form by Friday [1]."
FOUND: Final = Found(
    said=SAYS,
    lines=("[1] They ask for the order form by Friday.",),
    sources=(Citation(number=1, kind="call", id="call:1", title="A call"),),
)
ARGUMENTS: Final = {"about": "pricing"}
STEPS: Final = ({"tool": "look", "arguments": ARGUMENTS}, {"tool": "none", "answer": SAYS})
"""What the model does in every turn: one call of the tool, then the answer."""


class Look(Arguments):
    """What the tool is asked."""

    about: str


async def look(arguments: Look, context: ChatContext) -> Found:
    """Finds always the same, at once."""
    return FOUND


async def look_about(about: str) -> str:
    """Finds always the same, at once."""
    return FOUND.lines[0]


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers as every agent does, with nothing that it would have to look up first."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked:
    return Looked("look", ARGUMENTS, FOUND)


TOOL: Final = ChatTool("look", "Finds what was said.", Look, look)
AGENT: Final = AgentSpec("call_analysis", "sales", "Answers.", ("answer",), tools=("look",), chat=chat)


class Instant:
    """Sophia's pool of models."""

    def __init__(self) -> None:
        self._asked = 0

    def limits(self, role: Role) -> Limits:
        return Limits(context_tokens=8192, parallel=1)

    def name(self, role: Role) -> str:
        return "instant"

    async def ask(self, messages: Sequence[BaseMessage], **about: Any) -> Answer:
        step: Mapping[str, Any] = STEPS[self._asked % len(STEPS)]
        self._asked += 1
        usage = Usage(prompt_tokens=1000, completion_tokens=20)
        return Answer(text="", value=dict(step), model="instant", endpoint="here", usage=usage)

    def stream(self, messages: Sequence[BaseMessage], **about: Any) -> AsyncIterator[str | Answer]:
        raise NotImplementedError("nobody listens in this benchmark")


class Usual(BaseChatModel):
    """LangChain's model."""

    asked: int = 0

    def bind_tools(self, tools: Any, **settings: Any) -> Any:
        return self

    @property
    def _llm_type(self) -> str:
        return "instant"

    def _generate(self, messages: list[BaseMessage], *args: Any, **settings: Any) -> ChatResult:
        self.asked += 1
        call = {"name": "look_about", "args": ARGUMENTS, "id": f"call{self.asked}"}
        said = AIMessage("", tool_calls=[call]) if self.asked % 2 else AIMessage(SAYS)
        return ChatResult(generations=[ChatGeneration(message=said)])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **settings: Any) -> ChatResult:
        return self._generate(messages)
