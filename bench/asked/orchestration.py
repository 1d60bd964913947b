"""CPU of a turn around its agent: with a model that answers at once and a tool that has nothing to do.

Beside it, turn by turn in the same run and on the same checkpoints, bare graphs of LangGraph (alike.py), each on a
thread that grows alike. What keeping the turn in memory takes is no part of the turn here, and told by itself.
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from api.asking import Asking, Question
from bench.asked.alike import like_a_turn, three_nodes, usual_agent
from bench.asked.house import open_house, spent
from bench.asked.instant import AGENT, SAYS, TOOL, Instant
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
BARE: Final = {
    "alike": ("LangGraph with the same nodes, all empty, and create_agent", "at most 4 ms more"),
    "usual": ("create_agent alone", ""),
    "three": ("three empty nodes", ""),
}
"""What a turn is measured beside, and what it should reach there."""

PARTS: Final = {
    "rights": "who asks, and what they may see",
    "names": "the names they may use",
    "words": "understanding, by words alone",
    "meaning": "understanding with MiniLM, as a form of words that is new",
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
    bare: dict[str, Any]
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
        for name, graph in self.bare.items():
            asked = _asked(question, name)
            await self._note(name, partial(graph.ainvoke, *asked, durability="exit"))
        await self._note("names", ours.lexicon)
        alone = replace(ours, embedder=None)
        await self._note("words", lambda: understood_as(question.text, Focus(), alone))
        forgetful = replace(ours, embedder=self.asking.services.memory.embedder)
        await self._note("meaning", lambda: understood_as(question.text, Focus(), forgetful))
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
    turn = "a turn, its model and tools taking no time, CPU"
    return [
        *(Figure(turn, ms["turn"], "ms", ms[name], what, goal) for name, (what, goal) in BARE.items()),
        *(Figure(f"  {told}", ms[name], "ms", ms["turn"], "the turn") for name, told in PARTS.items()),
    ]


def _rivals(asking: Asking) -> Rivals:
    registry, checkpoints = Registry({AGENT.name: AGENT}), asking.services.checkpoints
    return Rivals(
        asking=asking,
        writer=ModelWriter(PoolChatModel(pool=Instant()), {TOOL.name: TOOL}, [AGENT]),
        ours=build_flat(registry, Dispatch(registry), checkpoints),
        bare={
            "alike": like_a_turn(checkpoints),
            "usual": usual_agent(checkpoints),
            "three": three_nodes(checkpoints),
        },
    )


def _asked(question: Question, who: str) -> tuple[dict[str, Any], RunnableConfig]:
    return {"messages": [HumanMessage(question.text)]}, {"configurable": {"thread_id": f"{who}:{question.thread}"}}
