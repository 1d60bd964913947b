"""What a tool is, and what it finds: for a person in words, for a model as fenced data, with sources for both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.analysis import Frozen
from core.errors import SophiaError
from core.query import Query
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation, Done, Table
from nodes.understanding.shape import Named


class Arguments(BaseModel):
    """What a tool is given; no argument that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(Frozen):
    """What a tool came back with.

    `said` is the answer in words, with [n] for the sources; `lines` is what a model is given to read, each line data
    that begins with the [n] of its source. `results` are the records of it in order. `partial` says what is missing.
    """

    said: str
    lines: tuple[str, ...] = ()
    sources: tuple[Citation, ...] = ()
    table: Table | None = None
    query: Query | None = None
    done: Done | None = None
    results: tuple[Named, ...] = ()
    partial: str | None = None


class Unclear(SophiaError):
    """The words may mean several things, or nothing: what to ask back, and what there is to choose from."""

    def __init__(self, question: str, choices: tuple[Named, ...] = ()) -> None:
        super().__init__(question, next_step="Ask the person.")
        self.question = question
        self.choices = choices


@dataclass(frozen=True)
class ChatTool:
    """A tool by its name. `acts` is one that changes something: it runs only for a person who asked for a change."""

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Any, ChatContext], Awaitable[Found]]
    acts: bool = False
