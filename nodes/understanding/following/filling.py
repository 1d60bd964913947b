"""Puts what was chosen into the request that it was asked for."""

import re
from collections.abc import Sequence
from typing import Final

from core.query import OWNER, Filter, Query
from nodes.understanding.agents import CRM, OF_QUERY
from nodes.understanding.following.merging import merged
from nodes.understanding.following.seen import THAT, outward
from nodes.understanding.shape import Action, FieldChange, Kind, Named, Request
from nodes.understanding.slots.records import FIELDS, ID

PEOPLE: Final = ("person", "team")
PRONOUN: Final = re.compile(r"(?:(?:about|of|on|to|for|with|by|at|that|it|this|them|him|her|one|again|the) ?)*")
SUBJECT: Final = "hs_task_subject"
ON_RECORD: Final = ("update", "complete", "delete", "undo")


def filled(request: Request, chosen: Sequence[Named], field: str | None = None) -> Request:
    """The request with the record or person that was chosen, and nothing left open; several only for a query."""
    named = tuple(outward(one) for one in chosen)
    kept = tuple(one for one in request.named if one.type not in {each.type for each in named})
    found = request.model_copy(
        update={"doubt": None, "named": (*named, *kept), "follows_up": True, "kind": _kind(request)}
    )
    if request.action is not None:
        return found.model_copy(update={"action": with_record(request.action, named[0], field)})
    if request.query is not None:
        return found.model_copy(update={"query": with_condition(request.query, named)})
    if request.kind == "query":
        query = the_record(named[0])
        return found.model_copy(update={"query": query, "agents": OF_QUERY[query.object]})
    return found if found.agents else found.model_copy(update={"agents": (CRM,)})


def with_record(action: Action, named: Named, field: str | None = None) -> Action:
    """The action with a record that it is done to or belongs to, with its new owner, or with whom it is told to."""
    if named.type in PEOPLE:
        return _with_person(action, named, field)
    if action.verb in ON_RECORD:
        return action.model_copy(update={"record": named})
    about = (*(one for one in action.about if one.type in PEOPLE), named)
    return _titled(action.model_copy(update={"about": about}), named)


def _titled(action: Action, named: Named) -> Action:
    """A task whose title was but a pronoun is called by the record that it meant."""
    title = next((one.value for one in action.changes if one.field == SUBJECT), None)
    if action.verb != "create" or action.object != "tasks" or (title and not PRONOUN.fullmatch(title.lower())):
        return action
    others = (one for one in action.changes if one.field != SUBJECT)
    return action.model_copy(update={"changes": (FieldChange(field=SUBJECT, value=named.name), *others)})


def with_condition(query: Query, named: Sequence[Named]) -> Query:
    """The query of these records or people."""
    field = field_of(named[0], query)
    ids = tuple(one.id for one in named)
    name = ", ".join(one.name for one in named)
    several = len(ids) > 1
    filter = Filter(field=field, op="in" if several else "eq", value=ids if several else ids[0], name=name)
    return merged(query, Query(object=query.object, filters=(filter,)))


def field_of(named: Named, query: Query) -> str:
    """Which field of the query's records holds it."""
    if named.type in PEOPLE:
        return OWNER
    return ID if named.type == query.object else FIELDS.get(named.type, ID)


def _with_person(action: Action, named: Named, field: str | None) -> Action:
    """A person is the new owner where one is being set, and whom something is for otherwise."""
    is_owner = field == OWNER or any(change.field == OWNER for change in action.changes)
    if is_owner:
        kept = tuple(change for change in action.changes if change.field != OWNER)
        return action.model_copy(
            update={"changes": (*kept, FieldChange(field=OWNER, value=named.id, label=named.name))}
        )
    return action.model_copy(update={"record": named})


def _kind(request: Request) -> Kind:
    if request.kind not in ("unclear", "chat"):
        return request.kind
    return "query" if request.query else "action" if request.action else "agent"


def the_record(record: Named) -> Query:
    """The query for one record."""
    name = None if record.type in THAT else record.name
    return Query(object=record.type, filters=(Filter(field=ID, op="eq", value=record.id, name=name),), limit=1)
