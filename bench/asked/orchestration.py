"""CPU of a turn around its agent: with a model that answers at once and a tool that has nothing to do.

Beside it, in turns in the same run and on the same checkpoints, the usual agent: LangChain's `create_agent` with a
model of the same answers and a tool of the same result, on a thread that grows alike; and a bare graph of three nodes.
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, MessagesState, StateGraph

from api.asking import Asking, Question
from bench.asked.house import open_house, spent
from bench.asked.instant import AGENT, SAYS, TOOL, Instant, Usual, look_about
from bench.figure import Figure, percentile
from core.llm.chat import PoolChatModel
from core.people import TERMINAL
from graphs.dispatch.dispatch import Dispatch
from graphs.flat import FlatNetwork, build_flat, run_turn
from graphs.registry import Registry
from nodes.chat.arriving import understood_as
from nodes.chat.writing.writer import ModelWriter
from nodes.thread.context import Place
from nodes.thread.prompting import RecalledTurn
from nodes.thread.turns import ThreadTurn
from nodes.understanding.shape import Focus

THREADS, TURNS = 6, 10
QUESTIONS: Final = (
    "What did Kestrel Residential say about pricing?",
    "What did Saltgrass object to on the last call?",
    "How did the last call with Harborlight go?",
)
WORDS: Final = ("briefly", "exactly", "today", "again", "honestly", "slowly", "kindly", "fully", "plainly", "now")
USUAL: Final = "create_agent: same steps and checkpoints"
PARTS: Final = {
    "rights": "who asks, and what they may see",
    "names": "the names they may use",
    "words": "understanding, by words alone",
    "meaning": "understanding with MiniLM, a form of words that is new",
    "kept": "the turn kept in memory, with MiniLM",
}


class NothingKept:
    """A memory of turns that keeps none: what keeping takes is told by itself."""

    async def keep(self, place: Place, turn: ThreadTurn) -> None:
        pass

    async def older(self, place: Place, question: str, before: int, count: int) -> tuple[RecalledTurn, ...]:
        return ()


@dataclass
class Rivals:
    """Those that do a turn in turns, and milliseconds of CPU of each thing, once for each turn."""

    asking: Asking
    writer: ModelWriter
    ours: FlatNetwork
    usual: Any
    bare: Any
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    taken: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def turn(self, thread: int, number: int) -> None:
        """The next turn of each."""
        question = Question(QUESTIONS[number % len(QUESTIONS)], f"{self.run}-{thread}")
        await self._note("rights", lambda: self.asking.context(question, TERMINAL))
        context = await self.asking.context(question, TERMINAL)
        quiet = replace(context.thread, memory=NothingKept())
        ours = replace(context, thread=quiet, writer=self.writer)

        async def whole() -> None:
            made = await self.asking.context(question, TERMINAL)
            await run_turn(self.ours, replace(made, thread=quiet, writer=self.writer), question.text)

        await self._note("turn", whole)
        await self._note("usual", lambda: self.usual.ainvoke(*_asked(question, "usual"), durability="exit"))
        await self._note("bare", lambda: self.bare.ainvoke(*_asked(question, "bare"), durability="exit"))
        await self._note("names", ours.lexicon)
        alone = replace(ours, embedder=None)
        await self._note("words", lambda: understood_as(question.text, Focus(), alone))
        new = f"{question.text} {WORDS[number]} {WORDS[thread]} please"
        await self._note("meaning", lambda: understood_as(new, Focus(), ours))
        said = ThreadTurn(number + 1, (HumanMessage(question.text, id=f"{thread}.{number}"), AIMessage(SAYS)))
        await self._note("kept", lambda: context.thread.memory.keep(context.thread.place, said))

    async def _note(self, name: str, work: Any) -> None:
        self.taken[name].append((await spent(work))[1])


async def orchestration(folder: Path) -> list[Figure]:
    """A turn of ours beside the usual agent's, and its parts."""
    async with open_house(folder) as asking:
        rivals = _rivals(asking)
        for number in range(TURNS):
            await rivals.turn(THREADS, number)  # nothing is warm before
        rivals.taken.clear()
        for thread in range(THREADS):
            for number in range(TURNS):
                await rivals.turn(thread, number)
    return _figures({name: percentile(samples, 0.5) for name, samples in rivals.taken.items()})


def _figures(ms: dict[str, float]) -> list[Figure]:
    turn = "a turn but for its agent's work and the keeping, CPU"
    return [
        Figure(turn, ms["turn"], "ms", ms["usual"], USUAL, "at most 4 ms more"),
        Figure("the same", ms["turn"], "ms", ms["bare"], "a graph of three nodes, same checkpoints"),
        *(Figure(f"  {told}", ms[name], "ms", ms["turn"], "the turn") for name, told in PARTS.items()),
    ]


def _rivals(asking: Asking) -> Rivals:
    registry, checkpoints = Registry({AGENT.name: AGENT}), asking.services.checkpoints
    return Rivals(
        asking=asking,
        writer=ModelWriter(PoolChatModel(pool=Instant()), {TOOL.name: TOOL}, [AGENT]),
        ours=build_flat(registry, Dispatch(registry), checkpoints),
        usual=create_agent(Usual(), tools=[look_about], system_prompt="You are Sophia.", checkpointer=checkpoints),
        bare=_bare(checkpoints),
    )


def _bare(checkpoints: Any) -> Any:
    async def step(state: MessagesState) -> dict[str, Any]:
        return {}

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(SAYS)]}

    builder: Any = StateGraph(MessagesState)
    for name, node in {"arrive": step, "think": step, "answer": answer}.items():
        builder.add_node(name, node)
    for before, after in ((START, "arrive"), ("arrive", "think"), ("think", "answer"), ("answer", END)):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=checkpoints)


def _asked(question: Question, who: str) -> tuple[dict[str, Any], RunnableConfig]:
    return {"messages": [HumanMessage(question.text)]}, {"configurable": {"thread_id": f"{who}:{question.thread}"}}
