"""What a turn of a conversation carries from node to node, beside what its thread carries from turn to turn.

Only what the next turn needs is checkpointed: the thread itself (nodes/thread/state.py) and its focus. All else is of
this turn alone and is never stored; where a run was cancelled, LangGraph also keeps the tasks that were not done, until
the next turn begins.
"""

from typing import Annotated

from langgraph.channels import UntrackedValue

from nodes.chat.shape import AgentTask, TurnAnswer
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


class ChatState(ThreadState, total=False):
    """The channels of a conversation's graph; `expected` is how many agents were asked, and so how many will answer."""

    focus: Focus
    understood: Annotated[Understood | None, UntrackedValue]
    expected: Annotated[int, UntrackedValue]
    answer: Annotated[TurnAnswer | None, UntrackedValue]


CHECKPOINTED: tuple[type, ...] = (Focus, Topic, Request, Named, Action, FieldChange, Doubt, AgentTask)
"""Every type of ours that a checkpoint may give back."""
