"""What was understood of a question. Everything that names a record or person is resolved against real ones."""

from typing import Any, Literal

from pydantic import model_serializer

from core.analysis import Frozen
from core.query import Query, QueryObject

Kind = Literal["query", "agent", "action", "chat", "out_of_scope", "unclear"]
"""What a request asks for. `agent` is what needs words read or written, `unclear` what must be asked back."""

Verb = Literal["update", "create", "complete", "delete", "send", "undo", "answer", "remember"]
"""What an action does: `send` tells somebody something, `answer` answers an approval, `remember` keeps a fact."""

ActionObject = Literal["deals", "tasks", "contacts", "companies", "notes", "messages", "approvals", "facts"]


class Named(Frozen):
    """A record or person by id, as people call it. `type` is "person" for a colleague, whose id is the owner's."""

    type: Literal["deals", "contacts", "companies", "calls", "tasks", "notes", "person", "team"]
    id: str
    name: str
    detail: str | None = None


class FieldChange(Frozen):
    """A property and what it is to hold; `label` is the value as people read it."""

    field: str
    value: str | None = None
    label: str | None = None


class Action(Frozen):
    """Something to be done, as far as the words say it.

    `record` is what it is done to, `about` what something new belongs to. `words` are the person's own for a note, a
    message or a fact. `needs_approval` is the policy's answer, None until it was asked.
    """

    verb: Verb
    object: ActionObject
    record: Named | None = None
    about: tuple[Named, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    words: str | None = None
    needs_approval: bool | None = None


class Doubt(Frozen):
    """What a question leaves open: one short question back, with the answers to choose from where there are some."""

    question: str
    choices: tuple[Named, ...] = ()
    field: str | None = None
    """Which slot of the query or action a choice fills."""


class Request(Frozen):
    """One thing that is asked for. `agents` are those to ask, the best first; `confidence` (0 to 1) is of `kind`.

    `named` are all records and people that it names. `text` is that part of what the person wrote. `said` is the whole
    answer where code alone has it: nobody needs to be asked then.
    """

    kind: Kind
    text: str
    agents: tuple[str, ...] = ()
    query: Query | None = None
    action: Action | None = None
    named: tuple[Named, ...] = ()
    confidence: float = 0.0
    doubt: Doubt | None = None
    follows_up: bool = False
    said: str | None = None


class Understood(Frozen):
    """All requests of one message, in their order: at least one."""

    requests: tuple[Request, ...]

    @property
    def first(self) -> Request:
        return self.requests[0]


class Topic(Frozen):
    """What a turn was about, so that a later one can go on from there: what was asked, and what came of it, in order.

    `results` are the records of the answer as they were shown, `at` the place among them that was last spoken of.
    `approval` is the number of the request for a person's word that came of it.
    """

    turn: int
    request: Request
    results: tuple[Named, ...] = ()
    at: int = 0
    approval: int | None = None


class Focus(Frozen):
    """What a conversation is about: its last topics, the latest last; and what the person told once for good.

    `preferences` are by name, as following/preferences.py knows them.
    """

    topics: tuple[Topic, ...] = ()
    preferences: dict[str, str] = {}
    open_doubt: Request | None = None
    """The request that a question back was asked about; the next message may be its answer."""

    @model_serializer
    def _short(self) -> dict[str, Any]:
        """Without what is as always: a checkpoint stores it with every turn of a thread."""
        kept: dict[str, Any] = {"topics": [topic.model_dump(exclude_defaults=True) for topic in self.topics]}
        if self.preferences:
            kept["preferences"] = self.preferences
        if self.open_doubt is not None:
            kept["open_doubt"] = self.open_doubt.model_dump(exclude_defaults=True)
        return kept


def object_of(request: Request) -> QueryObject | None:
    """Which object the request is about, None where it is about none."""
    return request.query.object if request.query else None
