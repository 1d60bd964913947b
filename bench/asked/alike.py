"""Bare LangGraph to measure beside: the graph of a turn with nothing in its nodes, and smaller ones.

All are checkpointed as Sophia's own is, and keep their whole thread as MessagesState does.
"""

from typing import Any, Final

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send

from bench.asked.instant import SAYS, Usual, look_about

ORDER: Final = ("arrive", "understand", "recall", "orchestrate")
"""The nodes before the agent; after it come `compose` and `remember`."""


def usual_agent(checkpoints: Any) -> Any:
    """LangChain's `create_agent` with one tool and a model that answers at once."""
    return create_agent(Usual(), tools=[look_about], system_prompt="You are Sophia.", checkpointer=checkpoints)


def like_a_turn(checkpoints: Any) -> Any:
    """The nodes and edges of a turn (graphs/flat.py), the usual agent in its place, and nothing else in any of them."""
    agent = usual_agent(False)

    async def orchestrate(state: MessagesState) -> Command[Any]:
        return Command(goto=[Send("agent", state)])

    async def ask(state: MessagesState) -> Command[Any]:
        done = await agent.ainvoke({"messages": state["messages"]})
        return Command(update={"messages": done["messages"][len(state["messages"]) :]}, goto="compose")

    async def compose(state: MessagesState) -> Command[Any]:
        return Command(goto="remember")

    builder: Any = StateGraph(MessagesState)
    for name in ORDER[:-1]:
        builder.add_node(name, _nothing)
    builder.add_node("orchestrate", orchestrate, destinations=("agent",))
    builder.add_node("agent", ask, destinations=("compose",))
    builder.add_node("compose", compose, destinations=("remember",))
    builder.add_node("remember", _nothing)
    for before, after in zip((START, *ORDER), ORDER, strict=False):
        builder.add_edge(before, after)
    builder.add_edge("remember", END)
    return builder.compile(checkpointer=checkpoints)


def three_nodes(checkpoints: Any) -> Any:
    """A graph of three nodes, of which the last answers."""

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(SAYS)]}

    builder: Any = StateGraph(MessagesState)
    for name, node in {"arrive": _nothing, "think": _nothing, "answer": answer}.items():
        builder.add_node(name, node)
    for before, after in ((START, "arrive"), ("arrive", "think"), ("think", "answer"), ("answer", END)):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=checkpoints)


async def _nothing(state: MessagesState) -> dict[str, Any]:
    return {}
