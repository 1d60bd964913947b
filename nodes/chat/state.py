"""What a turn of a conversation carries from node to node, beside what its thread carries from turn to turn.

Only what the next turn needs is checkpointed: the thread itself (nodes/thread/state.py) and its focus. All else is of
this turn alone and is never stored.
"""

from collections.abc import Sequence
from typing import Annotated

from langgraph.channels import UntrackedValue

from nodes.chat.shape import AgentReply, TurnAnswer
from nodes.thread.prompting import RecalledTurn
from nodes.thread.state import ThreadState
from nodes.understanding.shape import (
    Action,
    Doubt,
    FieldChange,
    Focus,
    Named,
    Request,
    Topic,
    Understood,
)


def gathered(left: Sequence[AgentReply] | None, right: Sequence[AgentReply] | None) -> tuple[AgentReply, ...]:
    """The replies of this turn so far, those of agents that handed on included; None begins anew."""
    return () if right is None else (*(left or ()), *right)


class ChatState(ThreadState, total=False):
    """The channels of a conversation's graph; `expected` is how many agents were asked, and so how many will answer."""

    focus: Focus
    replies: Annotated[tuple[AgentReply, ...], gathered]
    understood: Annotated[Understood | None, UntrackedValue]
    expected: Annotated[int, UntrackedValue]
    recalled: Annotated[tuple[RecalledTurn, ...], UntrackedValue]
    answer: Annotated[TurnAnswer | None, UntrackedValue]


CHECKPOINTED: tuple[type, ...] = (Focus, Topic, Request, Named, Action, FieldChange, Doubt)
"""Every type of ours that a checkpoint may give back."""
