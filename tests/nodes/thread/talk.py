"""Talk for the tests of a thread: turns as messages, and a memory of turns that is a list."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from core.errors import Unavailable
from nodes.thread.context import Place
from nodes.thread.prompting import RecalledTurn
from nodes.thread.state import ThreadState
from nodes.thread.turns import ThreadTurn, turns_of


def spoken(asked: str, answered: str, number: int = 0) -> list[AnyMessage]:
    """A turn of a question and an answer."""
    return [HumanMessage(asked, id=f"h{number}"), AIMessage(answered, id=f"a{number}")]


def looked_up(asked: str, answered: str, found: str, number: int = 0) -> list[AnyMessage]:
    """A turn in which a tool was called."""
    call = {"name": "find_deals", "args": {"name": "Acme"}, "id": f"call{number}", "type": "tool_call"}
    return [
        HumanMessage(asked, id=f"h{number}"),
        AIMessage("", tool_calls=[call], id=f"c{number}"),
        ToolMessage(found, tool_call_id=f"call{number}", id=f"t{number}"),
        AIMessage(answered, id=f"a{number}"),
    ]


def thread_of(*turns: Sequence[AnyMessage], kept: int | None = None, first: int = 1, summary: str = "") -> ThreadState:
    """A state with these turns, of which all but those after `kept` are in the memory."""
    messages = [message for turn in turns for message in turn]
    last = first - 1 + len(turns)
    return {
        "messages": messages,
        "summary": summary,
        "summary_to": first - 1,
        "turns": last if kept is None else kept,
    }


def turn(asked: str, answered: str, number: int) -> ThreadTurn:
    """One turn under its number."""
    return turns_of(spoken(asked, answered, number), number)[0]


class ListedMemory:
    """Keeps turns in a list; `away` makes it refuse."""

    def __init__(self) -> None:
        self.kept: list[ThreadTurn] = []
        self.away = False

    async def keep(self, place: Place, turn: ThreadTurn) -> None:
        self._answer()
        self.kept.append(turn)

    async def older(self, place: Place, question: str, before: int, count: int) -> Sequence[RecalledTurn]:
        self._answer()
        return [
            RecalledTurn(turn=turn.number, who="Ana", text=turn.asked) for turn in self.kept if turn.number < before
        ]

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("database", "is away")
