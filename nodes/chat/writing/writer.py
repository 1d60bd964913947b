"""Has a language model word an agent's answer, with the agent's own tools and no others, and holds it to its sources.

The loop of model and tools is LangChain's `create_agent`, made once for each agent. What code has looked up stands in
the conversation as a call of the tool that did it, so a model begins with evidence and a prompt only ever grows at its
end. Everything that a model can do wrong is refused by code: a tool that is not the agent's, a change nobody asked for,
a sentence without a source, a recital of its instructions, a link that leads elsewhere.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage, ToolMessage

from core.errors import LimitReached, ServiceError
from core.fencing import harmless
from core.llm.chat import PoolChatModel
from core.llm.chat.constrained import RULES
from core.llm.chat.loop import CheckedCalls
from core.llm.chat.spending import Spending
from nodes.chat.context import ChatContext
from nodes.chat.events import unheard
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.shape import ChatTool
from nodes.chat.writing.port import AS_IT_STANDS, Looked, why_none
from nodes.chat.writing.run import Run, as_langchain
from nodes.chat.writing.words import Words
from nodes.spec import AgentSpec
from nodes.thread.prompting import prompt_messages

PROMPTS: Final = Path(__file__).parents[2] / "prompts"
PROMPT_TOKENS: Final = 6000
"""Of thread and question before a model; what it looks up comes on top."""
LONGEST_GIVEN: Final = 400
"""Characters of an argument of what code looked up."""
MODEL_NODE: Final = "model"
"""The step of LangChain's loop that asks the model."""


log = structlog.get_logger(__name__)


class ModelWriter:
    """Writes with one model for all agents; `tools` are all there are, by name."""

    def __init__(self, model: PoolChatModel, tools: Mapping[str, ChatTool], agents: Sequence[AgentSpec]) -> None:
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
        words = Words(run, private=f"{instructions(spec)}\n{RULES}")
        try:
            messages = await _messages_of(agent, [*asked, *opening], run, words)
        except (LimitReached, ServiceError) as error:
            if run.changed is None:
                raise
            return _change_told(run, error)
        return _reply(run, words, messages[len(asked) :]) or _change_told(run)


def _agent(model: PoolChatModel, spec: AgentSpec, tools: Sequence[ChatTool]) -> Any:
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


async def _messages_of(agent: Any, given: list[AnyMessage], run: Run, words: Words) -> list[AnyMessage]:
    """The messages at the end of the agent's loop; its words are told as they come where somebody hears them.

    For who waits for the whole answer the model is asked so, too: another server can then begin it again.
    """
    if run.context.tell is unheard:
        state = await agent.ainvoke({"messages": given}, context=run)
        return list(state["messages"])
    messages: list[AnyMessage] = []
    events = agent.astream({"messages": given}, context=run, stream_mode=["messages", "values"])
    try:
        async with aclosing(events):
            async for mode, event in events:
                if mode == "values":
                    messages = event["messages"]
                else:
                    words.add(_words_in(*event))
    except BaseException:
        words.take_back()
        raise
    return messages


def _words_in(message: BaseMessage, about: Mapping[str, Any]) -> str:
    """The words of a piece of the model's answer. Those beside a call of a tool are none, see PoolChatModel."""
    if not isinstance(message, AIMessageChunk) or about.get("langgraph_node") != MODEL_NODE:
        return ""
    return "" if message.tool_call_chunks else message.text


def _opening(run: Run, looked: Looked) -> list[AnyMessage]:
    """What code looked up, as if the model had asked for it; a record's name among the arguments is data, too."""
    id = f"{run.context.turn_id}:{run.task.number}:looked"
    given = {
        name: harmless(value, LONGEST_GIVEN) if isinstance(value, str) else value
        for name, value in looked.arguments.items()
    }
    call = AIMessage("", tool_calls=[{"name": looked.tool, "args": given, "id": id}])
    return [call, ToolMessage(run.shown(looked.found), tool_call_id=id, name=looked.tool)]


def _reply(run: Run, words: Words, new: Sequence[AnyMessage]) -> AgentReply | None:
    """The model's last words, as far as they hold; those that only say what is not known go before what was found."""
    last = new[-1] if new else None
    if not isinstance(last, AIMessage) or last.tool_calls:
        return None
    words.end(last.text)
    if not words.text:
        return None
    partial = _left_out(words.dropped) if words.dropped else None
    citations = words.citations
    if not citations:
        found = run.changed or run.looked.found
        words.follow(f"{AS_IT_STANDS}\n{found.said}")
        citations = found.sources
    return run.reply(words.text, citations, partial, model_calls=_asked(new), messages=tuple(new[:-1]))


def _change_told(run: Run, error: LimitReached | ServiceError | None = None) -> AgentReply | None:
    """What was changed in the run, in code's words, where the model found none that hold; None where nothing was."""
    if run.changed is None:
        return None
    if isinstance(error, ServiceError):
        log.warning("model.not_answering", agent=run.spec.name, detail=str(error), next_step=error.next_step)
    why = why_none(error) if isinstance(error, ServiceError) else str(error) if error else None
    return run.reply(run.changed.said, run.changed.sources, why)


def _left_out(count: int) -> str:
    """What is said of sentences that did not hold."""
    return (
        f"{count} sentences were left out: no source says them"
        if count > 1
        else "a sentence was left out: no source says it"
    )


def _asked(new: Sequence[AnyMessage]) -> int:
    """How often the model was asked: once for each of its messages but the one that code put there."""
    return sum(isinstance(message, AIMessage) for message in new) - 1
