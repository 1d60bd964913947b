"""Tiny agents and conversations with them: the real network, dispatch and SQLite checkpoints around a few words.

What a message means is written in the message itself ("one: words; two: more words" are two requests), so that no test
here depends on how sentences are understood.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from core.people import Person
from core.rights.directory import Directory
from core.rights.people_file import NO_FILE
from core.rights.rights import rights_of
from core.rights.venue import alone
from graphs.dispatch.dispatch import Dispatch
from graphs.flat import FlatNetwork, build_flat, run_turn
from graphs.registry import Registry
from memory.checkpoints import Checkpoints
from nodes.chat.context import ChatContext
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import AgentReply, AgentTask, TurnAnswer
from nodes.chat.turn import Turn
from nodes.people import place_of
from nodes.spec import AgentSpec
from nodes.thread.context import ThreadContext
from nodes.turns import RecordTurns
from nodes.understanding.shape import Focus, Request, Understood
from tests.nodes.thread.talk import ListedMemory

ANA = Person(email="ana@ours.example", name="Ana")
Says = Callable[[AgentTask], Awaitable[AgentReply]]


async def understood_by_marks(question: str, focus: Focus, context: ChatContext) -> Understood:
    """The requests as the message itself marks them; without marks it is for the agent `one`."""
    return Understood(requests=tuple(_request(part) for part in question.split(";")))


def _request(part: str) -> Request:
    agent, mark, words = part.partition(":")
    return Request(kind="agent", text=(words if mark else part).strip(), agents=(agent.strip() if mark else "one",))


def agent(name: str, says: Says, *capabilities: str) -> AgentSpec:
    """An agent of this name that answers so."""

    async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
        return (await says(task)).model_copy(update={"agent": spec.name})

    return AgentSpec(name, "sales", f"Answers as {name}.", capabilities, chat=chat)


def saying(text: str = "{text}", **parts: Any) -> Says:
    """Says this, with the words of the request put in."""

    async def says(task: AgentTask) -> AgentReply:
        return AgentReply(agent="", text=text.format(text=task.request.text), **parts)

    return says


def network_of(checkpoints: Checkpoints | None, *agents: AgentSpec) -> FlatNetwork:
    """The network over these agents."""
    registry = Registry({spec.name: spec for spec in agents})
    return build_flat(registry, Dispatch(registry), checkpoints)


@dataclass(frozen=True)
class House:
    """What a turn touches of the house: who is at a thread."""

    turns: RecordTurns = field(default_factory=RecordTurns)


@dataclass
class Talk:
    """A person's conversation on one thread; `memory` is where its turns are kept."""

    graph: FlatNetwork
    who: Person = ANA
    thread: str = "t"
    limits: TurnLimits = field(default_factory=TurnLimits)
    memory: ListedMemory = field(default_factory=ListedMemory)
    house: House = field(default_factory=lambda: House())
    asked: int = 0

    @property
    def checkpointed_as(self) -> str:
        return f"chat:{self._context().thread.place.thread}"

    async def ask(self, question: str) -> TurnAnswer:
        """The next turn."""
        self.asked += 1
        return await run_turn(self.graph, self._context(), question)

    async def again(self, number: int, question: str) -> TurnAnswer:
        """A turn of this number once more, as a door that was not sure of it would ask."""
        return await run_turn(self.graph, replace(self._context(), turn_id=self._turn(number)), question)

    def _turn(self, number: int) -> str:
        return f"{self.who.email}/{self.thread}/{number}"

    async def state(self) -> Mapping[str, Any]:
        """What the thread carries on."""
        found = await self.graph.aget_state({"configurable": {"thread_id": self.checkpointed_as}})
        return found.values

    def _context(self) -> ChatContext:
        """The turn as a door makes it; agents of these tests touch nothing of the house."""
        asker = rights_of(self.who, Directory((), NO_FILE), NO_FILE.reads)
        place = place_of(f"{asker.known_by}/{self.thread}", asker, alone("terminal"), ())
        nothing = cast("Any", None)
        context = ChatContext(
            house=cast("Any", self.house),
            crm=nothing,
            asker=asker,
            scope=place.scope,
            thread=ThreadContext(place, self.memory),
            turn_id=self._turn(self.asked),
            lexicon=nothing,
        )
        return replace(context, turn=Turn(self.limits))
