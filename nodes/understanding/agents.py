"""Which agents a request is for, the best first: by its kind and object, or by what must be read or written."""

import re
from collections.abc import Mapping
from typing import Final

from core.query import QueryObject
from nodes.understanding.classifier.heads import Judged
from nodes.understanding.shape import ActionObject, Kind, Verb

CRM, CALLS, TASKS = "crm_sync", "call_analysis", "follow_up"
TELLING, TALKING = "notification", "slack_interface"

OF_QUERY: Final[Mapping[QueryObject, tuple[str, ...]]] = {
    "deals": (CRM,),
    "tasks": (TASKS, CRM),
    "contacts": (CRM,),
    "companies": (CRM,),
    "calls": (CALLS, CRM),
    "notes": (CRM,),
}
OF_ACTION: Final[Mapping[Verb, tuple[str, ...]]] = {
    "update": (CRM,),
    "create": (CRM,),
    "complete": (TASKS, CRM),
    "delete": (CRM,),
    "send": (TELLING,),
    "undo": (CRM,),
    "answer": (CRM,),
    "remember": (CRM,),
}
LEAST_SHARE: Final = 0.12
"""From which probability on another agent is asked when the best one passes: below it, it is a guess."""
MOST: Final = 3

_OF_TELLING: Final = re.compile(
    r"\b(?:alerts?|notif\w+|messag\w+|digests?|ping\w*|mute|unmute|silence|subscri\w+|unsubscri\w+|"
    r"weekly report|(?:tell|alert|notify) me)\b",
    re.IGNORECASE,
)
_OF_TALKING: Final = re.compile(
    r"\b(?:i (?:prefer|like|want|mean)|from now on|always|by default|in future|call me|my name|when i say|"
    r"answers?|show me|give me)\b",
    re.IGNORECASE,
)

_OF_ASKING: Final = re.compile(
    r"\b(?:did|have|had) i (?:\w+ )?ask(?:ed)?(?: you\b| sophia\b| (?:before|about|for|yesterday|today|earlier|last|"
    r"this)\b|\W*$)(?!.*\b(?:calls?|meetings?)\b)",
    re.IGNORECASE,
)

ONLY_OBJECT: Final[Mapping[Verb, ActionObject]] = {
    "complete": "tasks", "send": "messages", "answer": "approvals", "remember": "facts",
}  # fmt: skip
"""What can be done to one kind of thing alone."""


def fitting_object(verb: Verb, object: ActionObject) -> ActionObject:
    """The object that goes with the verb, whatever the other head says."""
    if verb in ONLY_OBJECT:
        return ONLY_OBJECT[verb]
    if object in ("messages", "approvals", "facts") or (object == "notes" and verb in ("update", "undo")):
        return "deals"
    return object


def agents_for_action(verb: Verb, object: ActionObject, asked: str) -> tuple[str, ...]:
    """Those for an action: tasks are follow_up's, and what is to be remembered is for whom it will guide."""
    if verb == "remember":
        if _OF_TELLING.search(asked):
            return (TELLING,)
        return (TALKING,) if _OF_TALKING.search(asked) else (CRM,)
    if object == "tasks":
        return (TASKS,) if verb == "create" else (TASKS, CRM)
    return OF_ACTION[verb]


def agents_for(kind: Kind, object: QueryObject, judged: Judged, asked: str = "") -> tuple[str, ...]:
    """Those for everything that is no action; what somebody asked Sophia before, she is asked first."""
    if kind == "query":
        return OF_QUERY[object]
    if kind == "agent":
        likeliest = judged.above("agent", LEAST_SHARE)[:MOST]
        return tuple(dict.fromkeys((TALKING, *likeliest))) if _OF_ASKING.search(asked) else likeliest
    return (TALKING,)
