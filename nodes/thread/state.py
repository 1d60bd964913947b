"""What a chat thread carries from turn to turn: the last turns whole, and a summary of all that came before.

What the thread is told by its owner (the system message) is no state: it is put before the messages at every question,
so a change of it reaches old threads too.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage, SystemMessage
from langgraph.graph.message import add_messages

Messages = list[AnyMessage]


def joined(left: Sequence[Any], right: Any) -> Messages:
    """The messages after a step: new ones behind, known ids replaced, removed ones gone, and no system message."""
    merged = add_messages(list(left), right)
    return [message for message in merged if not isinstance(message, SystemMessage)]  # type: ignore[misc]


class ThreadState(TypedDict, total=False):
    """The channels of a chat thread.

    Turns count from 1 over the whole life of the thread: `turns` is how many are kept in the conversation's memory,
    and `summary` tells of those up to `summary_to`, which are no longer among the messages. So the first turn of
    `messages` is number `summary_to + 1`.
    """

    messages: Annotated[Messages, joined]
    summary: str
    summary_to: int
    turns: int
