"""Has a language model word an agent's answer, with the agent's own tools and no others, and holds it to its sources.

The loop of model and tools is LangChain's `create_agent`, made once for each agent. What code has looked up stands in
the conversation as a call of the tool that did it, so a model begins with evidence and a prompt only ever grows at its
end. Everything that a model can do wrong is refused by code: a tool that is not the agent's, a change nobody asked for,
a sentence without a source, a recital of its instructions, a link that leads elsewhere.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from core.fencing import harmless
from core.links import only_allowed
from core.llm.chat.constrained import RULES
from core.llm.chat.loop import CheckedCalls
from core.llm.chat.spending import Spending
from nodes.chat.context import ChatContext
from nodes.chat.events import TurnEvent
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.shape import ChatTool
from nodes.chat.writing.holding import held, lines_by_number
from nodes.chat.writing.port import Looked
from nodes.chat.writing.run import Run, as_langchain
from nodes.spec import AgentSpec
from nodes.thread.prompting import prompt_messages

PROMPTS: Final = Path(__file__).parents[2] / "prompts"
PROMPT_TOKENS: Final = 6000
"""Of thread and question before a model; what it looks up comes on top."""
LONGEST_GIVEN: Final = 400
"""Characters of an argument of what code looked up."""
LONGEST_ANSWER: Final = 8000
"""Characters of an answer that are read: a server that keeps to no limit of tokens may send any number."""


class ModelWriter:
    """Writes with one model for all agents; `tools` are all there are, by name."""

    def __init__(self, model: BaseChatModel, tools: Mapping[str, ChatTool], agents: Sequence[AgentSpec]) -> None:
        self._agents = {
            spec.name: _agent(model, spec, [tools[name] for name in spec.tools if name in tools]) for spec in agents
        }

    async def write(self, spec: AgentSpec, task: AgentTask, context: ChatContext, looked: Looked) -> AgentReply | None:
        """The answer, each statement with its source; None where nothing of it could be held to a source."""
        agent = self._agents.get(spec.name)
        if agent is None:
            return None
        run = Run(context, spec, task, looked)
        opening = _opening(run, looked)
        asked = prompt_messages(task.thread, (), PROMPT_TOKENS)
        state = await agent.ainvoke({"messages": [*asked, *opening]}, context=run)
        new = state["messages"][len(asked) :]
        return _reply(run, new)


def _agent(model: BaseChatModel, spec: AgentSpec, tools: Sequence[ChatTool]) -> Any:
    return create_agent(
        model,
        tools=[as_langchain(tool) for tool in tools],
        system_prompt=instructions(spec),
        middleware=[CheckedCalls(_spending)],
        context_schema=Run,
        checkpointer=False,
        name=spec.name,
    )


def _spending(run: Run) -> Spending:
    return run.context.turn.spending


@lru_cache(maxsize=64)
def instructions(spec: AgentSpec) -> str:
    """What the model is told before everything else: the same for every agent, then the agent's own."""
    own = (PROMPTS / spec.prompt).read_text(encoding="utf-8") if spec.prompt else spec.description
    return f"{(PROMPTS / 'chat.md').read_text(encoding='utf-8')}\n{own}".strip()


def _opening(run: Run, looked: Looked) -> list[AnyMessage]:
    """What code looked up, as if the model had asked for it; a record's name among the arguments is data, too."""
    id = f"{run.context.turn_id}:{run.task.number}:looked"
    given = {
        name: harmless(value, LONGEST_GIVEN) if isinstance(value, str) else value
        for name, value in looked.arguments.items()
    }
    call = AIMessage("", tool_calls=[{"name": looked.tool, "args": given, "id": id}])
    return [call, ToolMessage(run.shown(looked.found), tool_call_id=id, name=looked.tool)]


def _reply(run: Run, new: Sequence[AnyMessage]) -> AgentReply | None:
    """The model's last words, as far as they hold."""
    last = new[-1] if new else None
    if not isinstance(last, AIMessage) or last.tool_calls:
        return None
    words = only_allowed(last.text[:LONGEST_ANSWER], run.context.link_hosts)
    private = f"{instructions(run.spec)}\n{RULES}"
    kept = held(words, lines_by_number(run.lines), run.task.request.text, private)
    if not kept.text:
        return None
    run.context.tell(TurnEvent(kind="text", text=kept.text))
    partial = f"{kept.dropped} sentences were left out: no source says them" if kept.dropped else None
    return run.reply(kept.text, partial, model_calls=_asked(new), messages=tuple(new[:-1]))


def _asked(new: Sequence[AnyMessage]) -> int:
    """How often the model was asked: once for each of its messages but the one that code put there."""
    return sum(isinstance(message, AIMessage) for message in new) - 1
