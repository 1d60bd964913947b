"""The tables of Sophia's database. memory/migrations builds them; a test holds the two equal.

Calls, transcripts and analyses are stored whole as the JSON of their models: the models are the schema, and a column
stands beside the document only for what a query asks for.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
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
    """How far Sophia is with a call, what it found, and which CRM records the call is about."""

    __tablename__ = "call_analysis"

    call_id: str = Field(primary_key=True, foreign_key="gong_call.call_id", ondelete="CASCADE")
    status: str = Field(index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))
    analyst: str | None = None
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
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ApprovalRow(Table, table=True):
    """A change that waits for a person's word, or had it."""

    __tablename__ = "approvals"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    call_id: str = Field(index=True)
    object_type: str
    object_id: str
    field: str
    label: str
    current: str | None = Field(default=None, sa_column=Column(Text))
    proposed: str = Field(sa_column=Column(Text, nullable=False))
    current_label: str | None = None
    proposed_label: str | None = None
    quote: str = Field(sa_column=Column(Text, nullable=False))
    evidence: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(index=True)
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
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class CursorRow(Table, table=True):
    """How far a walk over a service's pages has come."""

    __tablename__ = "sync_cursor"

    name: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
