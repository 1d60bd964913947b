"""A question's way through the flat network: who asks, what it means, whom to ask, and one answer of what they say.

    arrive -> understand -> recall -> orchestrate -> agents -> compose -> remember

`orchestrate` asks one agent or several side by side (Send); an agent that is not the right one hands on to another
(Command); `compose` waits until all that were asked have answered. A turn is checkpointed at its end only, on the
thread `chat:{thread}`: one that dies is asked again from its beginning, and what it did is not done twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl, Runtime
from langgraph.types import Command, Send

from graphs.dispatch.dispatch import Dispatch
from graphs.registry import Registry
from memory.checkpoints import Checkpoints
from nodes.acting.acting import preview
from nodes.chat.arriving import arrive, as_said, question_id, recall, understand, understood_as
from nodes.chat.composing import compose, is_complete
from nodes.chat.context import ChatContext
from nodes.chat.ending import remember
from nodes.chat.orchestrating import handed_on, tasks_of
from nodes.chat.shape import AgentReply, AgentTask, TurnAnswer
from nodes.chat.state import CHECKPOINTED, ChatState
from nodes.spec import AgentSpec
from nodes.thread.steps import checkpoint_thread, prune
from nodes.understanding.shape import Focus, Request, Understood

FlatNetwork = CompiledStateGraph[ChatState, ChatContext, ChatState, ChatState]


class AgentNode(Protocol):
    """The node of an agent. What it is given is a task, not the state: typed so, its fields would become channels."""

    def __call__(self, state: Any, runtime: Runtime[ChatContext]) -> Awaitable[Command[Any]]: ...


COMPOSE: Final = "compose"


def build_flat(registry: Registry, dispatch: Dispatch, checkpointer: BaseCheckpointSaver[Any] | None) -> FlatNetwork:
    """The network over these agents, ready to run on this checkpointer (None for one that is only looked at)."""
    names = tuple(spec.name for spec in registry.conversing())
    builder = StateGraph(ChatState, context_schema=ChatContext)
    builder.add_node("arrive", arrive)
    builder.add_node("understand", understand)
    builder.add_node("recall", recall)
    builder.add_node("orchestrate", _orchestrating(registry), destinations=names)
    for spec in registry.conversing():
        others = tuple(name for name in names if name != spec.name)
        builder.add_node(spec.name, _asking(spec, registry, dispatch), destinations=(*others, COMPOSE))
    builder.add_node(COMPOSE, _composing, destinations=("remember",))
    builder.add_node("remember", remember)
    builder.add_edge(START, "arrive")
    builder.add_edge("understand", "recall")
    builder.add_edge("recall", "orchestrate")
    builder.add_edge("remember", END)
    return builder.compile(checkpointer=checkpointer and _admitting(checkpointer))


async def run_turn(
    graph: FlatNetwork, context: ChatContext, question: str, *, control: RunControl | None = None
) -> TurnAnswer:
    """Asks one question on the context's thread and gives the answer; prunes the thread's checkpoints now and then.

    One turn of a thread at a time, among all processes. The same turn again gives the answer that it had. Raises
    NotUsable for a question without words, and what a service raises that no answer can be given without.
    """
    config = _config(context)
    thread_id = config["configurable"]["thread_id"]
    said = HumanMessage(as_said(question), id=question_id(context), name=context.thread.place.speaker)
    async with context.house.turns.hold([thread_id]):
        context.turn.begin()
        state: Any = await graph.ainvoke(
            {"messages": [said]}, config, context=context, durability="exit", control=control
        )
        if isinstance(graph.checkpointer, Checkpoints):
            await prune(graph.checkpointer, thread_id, state)
    answer: TurnAnswer = state["answer"]
    return answer


async def understood_in(graph: FlatNetwork, context: ChatContext, question: str) -> Understood:
    """What a question means on the context's thread, and what its actions would need; nothing is answered or done."""
    state: ChatState = {}
    if graph.checkpointer is not None:
        state = (await graph.aget_state(_config(context))).values  # type: ignore[assignment]
    understood = await understood_as(as_said(question), state.get("focus") or Focus(), context)
    return Understood(requests=tuple([await _previewed(request, context) for request in understood.requests]))


async def _previewed(request: Request, context: ChatContext) -> Request:
    """The request with whether its action would need a person's word."""
    if request.action is None or request.doubt is not None:
        return request
    return request.model_copy(update={"action": (await preview(request.action, context)).action})


def _config(context: ChatContext) -> RunnableConfig:
    return {"configurable": {"thread_id": checkpoint_thread(context.thread.place.thread)}}


def _orchestrating(registry: Registry) -> Callable[..., Awaitable[Command[Any]]]:
    agents = {spec.name: spec for spec in registry.conversing()}

    async def orchestrate(state: ChatState, runtime: Runtime[ChatContext]) -> Command[Any]:
        """Asks the agents that each request is for, side by side."""
        understood = state["understood"]
        if understood is None:
            raise ValueError("a turn is orchestrated before it was understood")
        tasks = list(tasks_of(understood, agents, registry.called_for))
        return Command(update={"expected": len(tasks)}, goto=[Send(name, task) for name, task in tasks])

    return orchestrate


def _asking(spec: AgentSpec, registry: Registry, dispatch: Dispatch) -> AgentNode:
    async def ask(state: Any, runtime: Runtime[ChatContext]) -> Command[Any]:
        """Has the agent answer, and hands on where it is not the one to ask."""
        task: AgentTask = state
        turn = runtime.context.turn
        reply = await dispatch.answer(spec, replace(task, thread=turn.thread, recalled=turn.recalled), runtime.context)
        target = _next(reply, task, registry, dispatch, runtime.context)
        turn.replies.append(reply if target else reply.model_copy(update={"handoff": None}))
        return Command(goto=Send(target, handed_on(reply, task)) if target else COMPOSE)

    ask.__doc__ = spec.description
    return ask


def _next(
    reply: AgentReply, task: AgentTask, registry: Registry, dispatch: Dispatch, context: ChatContext
) -> str | None:
    """The agent to ask instead: the best of those that were not asked yet, as long as the turn may go on."""
    if reply.handoff is None or len(task.passed_by) + 1 >= context.turn.limits.hops or not context.turn.seconds_left:
        return None
    passed = {*task.passed_by, reply.agent}
    found = registry.trusted_with(task.request.kind, registry.found(reply.handoff))
    left = [spec for spec in found if spec.chat is not None and spec.name not in passed]
    return dispatch.by_score(left).name if left else None


async def _composing(state: ChatState, runtime: Runtime[ChatContext]) -> Command[Any]:
    """Makes the answer once every agent has said its part; until then it waits for the others."""
    if not is_complete(state, runtime.context):
        return Command()
    return Command(update=await compose(state, runtime), goto="remember")


def _admitting(checkpointer: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """The checkpointer that gives back our own few types, and no others, from what it reads."""
    return checkpointer.with_allowlist([(type.__module__, type.__name__) for type in CHECKPOINTED])
