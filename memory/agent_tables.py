"""The tables of agents: which run where and how they fare, and what each was asked to do."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field

from memory.columns import UtcDateTime
from memory.tables import Table


class AgentRow(Table, table=True):
    """An agent in one process. `success` (0 to 1) and `latency_ms` are running means of its last answers.

    `breaker` is open while it is left alone because it keeps failing.
    """

    __tablename__ = "agent_registry"

    agent: str = Field(primary_key=True)
    instance: str = Field(primary_key=True)
    team: str
    capabilities: list[str] = Field(sa_column=Column(JSON, nullable=False))
    capacity: int
    running: int = 0
    waiting: int = 0
    answered: int = 0
    failed: int = 0
    success: float = 1.0
    latency_ms: float = 0.0
    breaker: str = "closed"
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    heartbeat_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class AgentTaskRow(Table, table=True):
    """Something an agent was asked: never in which words. Times are milliseconds.

    `turn` is the turn of the conversation, `number` the request in it, `status` how it ended.
    """

    __tablename__ = "agent_tasks"
    __table_args__ = (Index(None, "agent", "created_at"),)

    id: str = Field(primary_key=True)
    agent: str
    instance: str
    turn: str = Field(index=True)
    number: int
    kind: str
    status: str
    reason: str | None = Field(default=None, sa_column=Column(Text))
    waited_ms: int = 0
    took_ms: int = 0
    tool_calls: int = 0
    model_calls: int = 0
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
