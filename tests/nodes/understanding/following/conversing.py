"""A conversation turn by turn, without a network of agents: what was understood, and what an answer showed."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from nodes.chat.shape import AgentReply, Done
from nodes.understanding.following import completed, next_focus
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Action, Focus, Named, Request, Understood
from nodes.understanding.slots.records import ID
from nodes.understanding.understanding import understand
from tests.nodes.understanding.portal import lexicon, told
from tools.hubspot.port import ObjectType

KINDS = {"deal": "deals", "company": "companies", "contact": "contacts", "call": "calls", "task": "tasks"}


@dataclass
class Conversation:
    """What has been said so far. `names` are those that may be used now: rights may change between two turns."""

    names: Lexicon = field(default_factory=lexicon)
    focus: Focus = field(default_factory=Focus)
    turn: int = 0

    def say(self, text: str, shows: Sequence[str] = ()) -> Understood:
        """The requests of a message; the answer shows these records ("deal:301"), or asks for approval ("asked:12")."""
        found = completed(asyncio.run(understand(text, self.names, Focus())), self.focus, self.names)
        self.turn += 1
        replies = [self._reply(number, request, shows) for number, request in enumerate(found.requests)]
        self.focus = next_focus(self.focus, found, replies, self.turn)
        return found

    def _reply(self, number: int, request: Request, shows: Sequence[str]) -> AgentReply:
        doubt, choices = (request.doubt.question, request.doubt.choices) if request.doubt else (None, ())
        done = next(
            (_waiting(request.action, one) for one in shows if one.startswith("asked:") and request.action), None
        )
        results = () if doubt else tuple(self._shown(request, shows))
        return AgentReply(
            agent="x", number=number, query=request.query, results=results, doubt=doubt, choices=choices, done=done
        )

    def _shown(self, request: Request, shows: Sequence[str]) -> Iterable[Named]:
        """What the answer shows: the records given, else the one that a query or an action is about."""
        records = [one.split(":") for one in shows if not one.startswith("asked:")]
        if not records and request.query is not None:
            records = [[request.query.object, str(one.value)] for one in request.query.filters if one.field == ID]
        if not records and request.action is not None and request.action.record is not None:
            records = [[request.action.record.type, request.action.record.id]]
        for kind, id in records:
            type = cast("ObjectType", KINDS.get(kind, kind))
            yield self.names.names.named(type, id) or Named(type=type, id=id, name=f"{type} {id}")


def _waiting(action: Action, shown: str) -> Done:
    return Done(action=action, state="asked", words="asked", approval=int(shown.removeprefix("asked:")))


def line(request: Request) -> str:
    """A request on one line."""
    if request.said is not None:
        return f"says {request.said}"
    parts = [_core(request)]
    if request.doubt is not None:
        choices = "; ".join(choice.name for choice in request.doubt.choices)
        parts.append(f"asks {request.doubt.question}{f' [{choices}]' if choices else ''}")
    return " ?? ".join(part for part in parts if part)


def _core(request: Request) -> str:
    if request.action is not None:
        return _of_action(request.action)
    query = request.query
    of_query = f"{told(query)}{f' skip {query.skip}' if query.skip else ''}" if query is not None else ""
    if request.kind == "agent":
        names = ", ".join(one.name for one in request.named)
        return " ".join(part for part in (f"tells of {names}" if names else "tells", of_query) if part)
    return of_query or request.kind


def _of_action(action: Action) -> str:
    changes = ", ".join(f"{one.field}={one.label or one.value}" for one in action.changes)
    about = ", ".join(one.name for one in action.about)
    parts = [action.verb, action.object, action.record.name if action.record else "", f"about {about}" if about else ""]
    words = f"“{action.words}”" if action.words else ""
    return " ".join(part for part in (*parts, f"({changes})" if changes else "", words) if part)
