"""What an agent is given and gives back in a conversation, and the whole answer of a turn."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.analysis import Frozen
from core.query import Query
from nodes.thread.prompting import RecalledTurn
from nodes.thread.state import ThreadState
from nodes.understanding.shape import Action, Kind, Named, Request


class Citation(Frozen):
    """What a statement rests on. `id` is its subject ("deal:301", "call:586", "thread:…"), `number` its mark [n].

    Of a call: `quote`, `speaker` and `minute`. `link` leads to HubSpot or Gong only.
    """

    number: int = 0
    kind: Literal["record", "call", "conversation", "fact", "sophia"]
    id: str
    title: str
    link: str | None = None
    quote: str | None = None
    speaker: str | None = None
    minute: str | None = None
    at: datetime | None = None


class Cell(Frozen):
    """A value as people read it, with the one it was made of; `link` is the page of the record it names."""

    text: str
    value: str | float | int | None = None
    link: str | None = None


class Column(Frozen):
    """A column of a table: its field and label; numbers stand to the right."""

    field: str
    label: str
    number: bool = False


class Table(Frozen):
    """Records or groups as people read them. `more` is how many there are beside those shown, `totals` a last row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None
    more: int = 0


class Done(Frozen):
    """What came of an action: before and after, and how to take it back.

    `state` says whether it was done, waits for a person's word, was refused, or found nothing to do.
    """

    action: Action
    state: Literal["done", "asked", "refused", "nothing", "failed"]
    words: str
    label: str | None = None
    before: str | None = None
    after: str | None = None
    undo: str | None = None
    approval: int | None = None
    key: str | None = None


class ToolCall(Frozen):
    """A tool that was called: by which agent, with what, and whether it went well; `error` in words."""

    agent: str
    tool: str
    arguments: dict[str, Any] = {}
    error: str | None = None


@dataclass(frozen=True)
class AgentTask:
    """One request for one agent, with the thread it is asked in.

    `passed_by` are the agents that handed it on, and `recalled` older turns that may help.
    """

    request: Request
    number: int = 0
    passed_by: tuple[str, ...] = ()
    thread: ThreadState = field(default_factory=lambda: ThreadState())
    recalled: tuple[RecalledTurn, ...] = ()


class AgentReply(Frozen):
    """What one agent answers to one request (by its number).

    `results` are the records of the answer in their order, to be spoken of later. `handoff` names the agent that
    should answer instead, or the capability it must have. `doubt` is the one short question to ask back. `partial` says
    in words what is missing, None when nothing is. `messages` are those between question and answer that a model was
    shown, and must be shown again in the next turn.
    """

    agent: str
    number: int = 0
    text: str = ""
    citations: tuple[Citation, ...] = ()
    table: Table | None = None
    query: Query | None = None
    done: Done | None = None
    results: tuple[Named, ...] = ()
    handoff: str | None = None
    doubt: str | None = None
    choices: tuple[Named, ...] = ()
    partial: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    model_calls: int = 0
    messages: tuple[Any, ...] = ()


class TurnAnswer(Frozen):
    """The answer of a turn, as every door shows it. `replies` are its parts, one for each request."""

    text: str
    kind: Kind
    agents: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    replies: tuple[AgentReply, ...] = ()
    citations: tuple[Citation, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    model_calls: int = 0
    milliseconds: int = 0
