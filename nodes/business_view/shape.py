"""What a business view is made of; every part says where it is from and who may be shown it.

Texts in it are as others wrote or said them: data. `seen_by` is what one reader may be shown of the whole.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeVar

from core.analysis import Frozen
from core.scope import Scope

ObjectKind = Literal["contacts", "companies", "deals"]
"""The CRM records that a view can be of."""

MOST_CALLS = 5
"""Calls that one reader is shown in a view."""

MOST = {"calls": MOST_CALLS, "tasks": 10, "notes": 5}
"""How many parts of a list one reader is shown."""


class Source(Frozen):
    """Where something is from; `link` is its page there, where it has one, and `at` when it was said or read."""

    system: Literal["HubSpot", "Gong", "Sophia", "a person"]
    link: str | None = None
    at: datetime | None = None


class Part(Frozen):
    """Something in a view; what has no `audience` is for admins alone. Who is shown it must be allowed `also` these."""

    source: Source
    audience: str | None = None
    also: tuple[str | None, ...] = ()

    def is_for(self, scope: Scope) -> bool:
        """Whether it may be shown within the scope."""
        return all(scope.allows(audience) for audience in (self.audience, *self.also))


class Value(Frozen):
    """A property with its label and its value as people read it."""

    name: str
    label: str
    value: str


class StageMove(Part):
    """That a deal came into a stage, from `at` on."""

    stage: str
    at: datetime


class Said(Frozen):
    """A finding of a call: its kind, what it says, and the sentence that proves it."""

    kind: str
    text: str
    quote: str
    speaker: str | None = None
    minute: str
    link: str | None = None


class CallSeen(Part):
    """A call with what was found in it for sure, and apart from that what is only possible."""

    call_id: str
    name: str
    summary: str
    findings: tuple[Said, ...] = ()
    candidates: tuple[Said, ...] = ()


class OpenTask(Part):
    """A task that is not done; `owner` is the name of who has it."""

    id: str
    subject: str
    due: datetime | None = None
    owner: str | None = None


class NoteSeen(Part):
    """A note that a person wrote, as plain text."""

    id: str
    text: str


class PersonSeen(Part):
    """Somebody of the record: a contact, or the one of our own who owns it."""

    role: Literal["contact", "owner"]
    id: str
    name: str
    title: str | None = None
    email: str | None = None


class Related(Part):
    """Another record that this one belongs to; `detail` is the stage of a deal."""

    type: ObjectKind
    id: str
    name: str
    detail: str | None = None


class FactSeen(Part):
    """What a person stated, and who."""

    id: str
    text: str
    by: str


Shown = TypeVar("Shown", bound=Part)


class BusinessView(Part):
    """All that is known of one record. Lists are the latest first, stages and tasks the earliest.

    `values` are the properties that matter. `current` is False where HubSpot is away and the record is shown as it was
    last read, at `source.at`. `missing` names the parts that could not be read now: they are not simply empty.
    """

    type: ObjectKind
    id: str
    name: str
    values: tuple[Value, ...] = ()
    current: bool = True
    stages: tuple[StageMove, ...] = ()
    calls: tuple[CallSeen, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    notes: tuple[NoteSeen, ...] = ()
    people: tuple[PersonSeen, ...] = ()
    related: tuple[Related, ...] = ()
    facts: tuple[FactSeen, ...] = ()
    missing: tuple[str, ...] = ()

    def seen_by(self, scope: Scope) -> "BusinessView | None":
        """What may be shown within the scope; None where the record itself may not."""
        if not self.is_for(scope):
            return None
        lists = ("stages", "calls", "tasks", "notes", "people", "related", "facts")
        allowed = {name: _allowed(getattr(self, name), scope) for name in lists}
        return self.model_copy(update={name: parts[: MOST.get(name)] for name, parts in allowed.items()})

    def as_text(self, limit: int) -> str:
        """The view for a prompt, in at most `limit` characters; see nodes/business_view/telling.py."""
        from nodes.business_view.telling import told

        return told(self, limit)


def _allowed(parts: Iterable[Shown], scope: Scope) -> tuple[Shown, ...]:
    return tuple(part for part in parts if part.is_for(scope))
