"""What the call workflow carries from step to step, small enough to be checkpointed after every one.

The call, its transcript and its analysis are not in here: they live in `Context.records.calls`. What is in here
survives a crash as MessagePack; a checkpoint gives back only the types listed in `CHECKPOINTED`, so every model that
a field of `CallState` can hold stands there.
"""

from datetime import datetime
from typing import Literal, Required, TypedDict

from core.analysis import Frozen, SentenceRef
from memory.calls import CallStatus
from tools.hubspot.port import ObjectType, Record

Decision = Literal["allow", "ask", "deny"]


class Candidate(Frozen):
    """A CRM record that a call may be about, as a person is asked to choose from."""

    type: ObjectType
    id: str
    name: str
    detail: str | None = None


class Resolution(Frozen):
    """Which CRM records a call is about, each of them read in HubSpot at `read_at`.

    `question` is what a person must answer before anything is written on a deal or company, None when there is
    nothing to ask; `candidates` are the answers to choose from. `contacts` are the customers who were there and are
    known for certain, question or not. `remarks` say in plain words what did not fit together.
    """

    deal: Record | None = None
    company: Record | None = None
    contacts: tuple[Record, ...] = ()
    question: str | None = None
    candidates: tuple[Candidate, ...] = ()
    remarks: tuple[str, ...] = ()
    read_at: datetime

    @property
    def records(self) -> tuple[Record, ...]:
        """The records a note or task of this call belongs to: deal, company, contacts."""
        return tuple(record for record in (self.deal, self.company, *self.contacts) if record is not None)


class Change(Frozen):
    """One thing that could be changed in HubSpot because of a call.

    A property of an existing record has `object_id`, `field` and the value `before`; a note to be made has neither,
    and carries its body in `after` and the records it belongs to in `associations`. The labels are what a person
    reads instead of an id. `reason` is why it is proposed, `confidence` (0 to 1) that of the least sure finding it
    rests on, None where it rests on none. What is only `possible` is never done without a person.
    """

    key: str
    object_type: ObjectType
    object_id: str | None = None
    object_name: str | None = None
    field: str | None = None
    label: str
    before: str | None = None
    before_label: str | None = None
    after: str
    after_label: str | None = None
    properties: dict[str, str] = {}
    associations: tuple[tuple[ObjectType, str], ...] = ()
    quote: str = ""
    evidence: tuple[SentenceRef, ...] = ()
    confidence: float | None = None
    reason: str = ""
    possible: bool = False
    decision: Decision | None = None


class CallOutcome(Frozen):
    """How a run ended. `retry_at` is when to look again, only for a call that waits for its transcript."""

    status: CallStatus
    reason: str | None = None
    retry_at: datetime | None = None


class CallState(TypedDict, total=False):
    """The channels of the workflow.

    `first_seen` is when this call was first looked for, and stays over the runs of a call that waits. `silence` says
    why nothing is to be written or posted about a call that is analysed all the same.
    """

    call_id: Required[str]
    first_seen: datetime
    silence: str | None
    resolution: Resolution | None
    changes: tuple[Change, ...]
    outcome: CallOutcome | None


CHECKPOINTED: tuple[type, ...] = (Candidate, Resolution, Change, CallOutcome, CallStatus, Record)
"""Every type of ours that a checkpoint may give back."""
