"""What the steps of a chat thread may use, handed over as LangGraph's runtime context for one run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.clock import Clock, SystemClock
from core.scope import NOTHING, Scope
from nodes.thread.prompting import RecalledTurn
from nodes.thread.summarising import Extractive, Summariser
from nodes.thread.trimming import DEFAULT_ROOM, Room
from nodes.thread.turns import ThreadTurn


@dataclass(frozen=True)
class Place:
    """Whose thread it is: `thread` names it, `audience` is who may be shown what is said there (core/scope.py).

    `scope` is what those who ask may be shown, `person` the id of who speaks and `speaker` their name, None where the
    door does not know them.
    """

    thread: str
    audience: str
    scope: Scope = NOTHING
    person: str | None = None
    speaker: str | None = None


class TurnMemory(Protocol):
    """Where the turns of threads are kept for good."""

    async def keep(self, place: Place, turn: ThreadTurn) -> None:
        """Keeps a turn; the same turn again changes nothing. Raises ServiceError when it cannot be kept now."""
        ...

    async def older(self, place: Place, question: str, before: int, count: int) -> Sequence[RecalledTurn]:
        """Turns of the thread that help with a question, those that help most first; none from `before` on."""
        ...


@dataclass(frozen=True)
class ThreadContext:
    """Everything a step of a thread may touch."""

    place: Place
    memory: TurnMemory
    summariser: Summariser = field(default_factory=Extractive)
    room: Room = DEFAULT_ROOM
    clock: Clock = field(default_factory=SystemClock)
