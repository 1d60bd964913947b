"""Which turns leave the state of a thread, so that turn 1,000 costs what turn 10 costs.

Nothing leaves before there is too much, and then half of it goes at once: the messages that stay are the same from
turn to turn in between, and a model server finds them in its cache.
"""

from collections.abc import Sequence
from typing import Any, Final

from langchain_core.messages import RemoveMessage

from core.analysis import Frozen
from nodes.thread.state import ThreadState
from nodes.thread.summarising import Summariser
from nodes.thread.turns import ThreadTurn, turns_of


class Room(Frozen):
    """How much of a thread is kept word by word, in estimated tokens.

    Above `most_tokens` the oldest turns go until no more than `kept_tokens` are left; the last `least_turns` stay
    whatever their size, since a question refers to what was just said.
    """

    most_tokens: int = 3000
    kept_tokens: int = 1500
    least_turns: int = 2


DEFAULT_ROOM: Final = Room()


def leaving(state: ThreadState, room: Room = DEFAULT_ROOM) -> tuple[ThreadTurn, ...]:
    """The turns to be removed now, oldest first: whole ones, and only those that are kept in the memory already."""
    turns = turns_in(state)
    if sum(turn.tokens for turn in turns) <= room.most_tokens:
        return ()
    staying, tokens = 0, 0
    for turn in reversed(turns):
        tokens += turn.tokens
        if staying >= room.least_turns and tokens > room.kept_tokens:
            break
        staying += 1
    kept_to = state.get("turns", 0)
    return tuple(turn for turn in turns[: len(turns) - staying] if turn.number <= kept_to)


async def trimmed(state: ThreadState, summariser: Summariser, room: Room = DEFAULT_ROOM) -> dict[str, Any]:
    """The change of the state that removes what is too much and folds it into the summary; empty when nothing is."""
    turns = leaving(state, room)
    if not turns:
        return {}
    summary = await summariser.fold(state.get("summary", ""), state.get("summary_to", 0), turns)
    removed = [RemoveMessage(id=str(message.id)) for turn in turns for message in turn.messages]
    return {"messages": removed, "summary": summary, "summary_to": turns[-1].number}


def turns_in(state: ThreadState) -> tuple[ThreadTurn, ...]:
    """The turns that the state holds word by word."""
    return turns_of(state.get("messages", []), state.get("summary_to", 0) + 1)


def ended(turns: Sequence[ThreadTurn]) -> tuple[ThreadTurn, ...]:
    """Those that nothing more is added to: all but the last, and that too once it is answered."""
    return tuple(turn for turn in turns if turn is not turns[-1] or turn.is_whole)
