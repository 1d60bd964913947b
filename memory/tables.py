"""The tables of Sophia's database. memory/migrations builds them; a test holds the two equal.

Calls, transcripts and analyses are stored whole as the JSON of their models: the models are the schema, and a column
stands beside the document only for what a query asks for.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, MetaData, SQLModel

from memory.columns import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can change it on SQLite too."""


class Table(SQLModel):
    """What every table shares: one set of metadata of our own."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class GongCallRow(Table, table=True):
    """A call as Gong gave it. `transcript` stays empty until Gong has one."""

    __tablename__ = "gong_call"

    call_id: str = Field(primary_key=True)
    call: str = Field(sa_column=Column(Text, nullable=False))
    transcript: str | None = Field(default=None, sa_column=Column(Text))
    started: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class CallAnalysisRow(Table, table=True):
    """How far Sophia is with a call, what it found and by which analyst, and which CRM records the call is about.

    `analyst` to `input_hash` repeat the analysis' provenance. `improve_at` is from when on a model is to be asked once
    more, empty when none is waited for; `model_tries` is how often one was asked in vain since it last took part.
    """

    __tablename__ = "call_analysis"

    call_id: str = Field(primary_key=True, foreign_key="gong_call.call_id", ondelete="CASCADE")
    status: str = Field(index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    analyst: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    input_hash: str | None = None
    awaits_model: bool = False
    model_tries: int = 0
    improve_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    analysed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    analysis: str | None = Field(default=None, sa_column=Column(Text))
    resolution: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SyncLogRow(Table, table=True):
    """The ledger of effects: one row for everything Sophia ever meant to write to the outside."""

    __tablename__ = "crm_sync_log"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    call_id: str = Field(index=True)
    agent: str
    service: str
    action: str
    object_type: str
    object_id: str | None = Field(default=None, index=True)
    field: str | None = None
    before: str | None = Field(default=None, sa_column=Column(Text))
    after: str | None = Field(default=None, sa_column=Column(Text))
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    status: str = Field(index=True)
    remote_id: str | None = None
    reason: str | None = Field(default=None, sa_column=Column(Text))
    approval_id: str | None = Field(default=None, index=True)
    undoes: str | None = Field(default=None, index=True)
    asked_by: str | None = None
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ApprovalRow(Table, table=True):
    """A change that waits for a person's word, or had it.

    `answers` holds every answer that was given, the last of them in force; `closed_at` is empty until what it asks
    for has been carried out.
    """

    __tablename__ = "approvals"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    call_id: str = Field(index=True)
    agent: str
    action: str
    object_type: str
    object_id: str = Field(index=True)
    object_name: str | None = None
    field: str
    label: str
    current: str | None = Field(default=None, sa_column=Column(Text))
    proposed: str = Field(sa_column=Column(Text, nullable=False))
    current_label: str | None = None
    proposed_label: str | None = None
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    quote: str = Field(sa_column=Column(Text, nullable=False))
    evidence: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    confidence: float | None = None
    reason: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(index=True)
    round: int
    payload_hash: str
    requester: str
    approvers: list[str] = Field(sa_column=Column(JSON, nullable=False))
    thread_id: str | None = None
    interrupt_id: str | None = None
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    answers: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    outcome: str | None = Field(default=None, sa_column=Column(Text))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class InboxRow(Table, table=True):
    """A delivery that was accepted and must be worked on, whatever happens to the process that accepted it."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("kind", "key"), Index(None, "status", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str
    source: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    status: str
    attempts: int = 0
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    step: str | None = None
    progress_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class CursorRow(Table, table=True):
    """How far a walk over a service's pages has come."""

    __tablename__ = "sync_cursor"

    name: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TurnRow(Table, table=True):
    """Whose turn it is at a CRM record, among all processes: nobody else writes there until the lease runs out."""

    __tablename__ = "record_turn"

    record: str = Field(primary_key=True)
    holder: str
    lease_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class BusinessContextRow(Table, table=True):
    """A CRM record as it was last read: `changed_at` is HubSpot's own moment, `read_at` when Sophia looked.

    `merged_into` is the record that took this one's place.
    """

    __tablename__ = "business_context"

    object_type: str = Field(primary_key=True)
    object_id: str = Field(primary_key=True)
    name: str | None = None
    properties: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    archived: bool = False
    merged_into: str | None = None
    changed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    read_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class CrmEventRow(Table, table=True):
    """Something HubSpot told of: that a record changed, was deleted or merged. `value` is a hint, never the truth."""

    __tablename__ = "crm_event"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    object_type: str
    object_id: str
    property: str | None = None
    value: str | None = Field(default=None, sa_column=Column(Text))
    source: str | None = None
    merged_ids: list[str] = Field(sa_column=Column(JSON, nullable=False))
    occurred_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    handled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))


class DriftRow(Table, table=True):
    """A property that no longer holds what Sophia wrote there; closed when it does again, or Sophia wrote anew."""

    __tablename__ = "crm_drift"

    id: int | None = Field(default=None, primary_key=True)
    effect_key: str = Field(unique=True)
    object_type: str
    object_id: str = Field(index=True)
    field: str
    written: str | None = Field(default=None, sa_column=Column(Text))
    found: str | None = Field(default=None, sa_column=Column(Text))
    source: str | None = None
    noticed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))


class MemoryItemRow(Table, table=True):
    """Something that is remembered: the record, of which the words' and the vectors' indexes are made.

    `namespace` is LangGraph's, its labels each followed by a full stop, which no label may hold. `text` is what is
    searched by words (see memory/store/entry.py for the rest). An id is never given twice.
    """

    __tablename__ = "memory_item"
    __table_args__ = (
        UniqueConstraint("namespace", "key"),
        Index(None, "kind", "audience"),
        Index(None, "source", "position"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    namespace: str
    key: str
    value: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    kind: str
    tenant: str | None = None
    audience: str | None = None
    source: str
    position: int
    at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    text: str | None = Field(default=None, sa_column=Column(Text))
    content_hash: str
    ttl_minutes: float | None = None
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class MemorySubjectRow(Table, table=True):
    """What an item is about, or who said it."""

    __tablename__ = "memory_subject"

    item_id: int = Field(primary_key=True, foreign_key="memory_item.id", ondelete="CASCADE")
    subject: str = Field(primary_key=True, index=True)


class MemoryVectorRow(Table, table=True):
    """The vector of one text of an item by one model; empty until it has been embedded.

    `vector` is the 16-bit floats of a vector of unit length: embedding is dear, and the vector index is made from here.
    """

    __tablename__ = "memory_vector"
    __table_args__ = (Index(None, "kind", "model", "id"),)

    id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    item_id: int = Field(foreign_key="memory_item.id", ondelete="CASCADE", index=True)
    kind: str
    path: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    vector: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class MemoryOutboxRow(Table, table=True):
    """A vector that the index has yet to be told of: to be put in, or to be `removed`. One row for each change."""

    __tablename__ = "memory_outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: int | None = Field(default=None, primary_key=True)
    vector_id: str = Field(index=True)
    model: str
    kind: str
    removed: bool = False
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class MemoryCollectionRow(Table, table=True):
    """A collection of the vector index: `active` is searched, `building` is being filled beside it, `damaged` is not
    searched and waits to be replaced, `retired` waits to be dropped. `filled_to` is the last vector id put in."""

    __tablename__ = "memory_collection"
    __table_args__ = (Index(None, "kind", "model", "state"),)

    name: str = Field(primary_key=True)
    kind: str
    model: str
    version: int
    state: str
    reason: str | None = Field(default=None, sa_column=Column(Text))
    filled_to: str | None = None
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class MemoryReceiptRow(Table, table=True):
    """That something was forgotten on request: of what (as a hash where it names a person) and how much of each."""

    __tablename__ = "memory_receipt"

    id: str = Field(primary_key=True)
    subject: str
    asked_by: str
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    removed: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
