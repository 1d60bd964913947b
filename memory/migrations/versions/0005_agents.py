"""Agents: which run where and how they fare, and what each was asked.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from memory.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_registry",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("success", sa.Float(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=False),
        sa.Column("breaker", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "instance", name="pk_agent_registry"),
    )
    op.create_index("ix_agent_registry_heartbeat_at", "agent_registry", ["heartbeat_at"])
    op.create_table(
        "agent_tasks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("waited_ms", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("tool_calls", sa.Integer(), nullable=False),
        sa.Column("model_calls", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_tasks"),
    )
    op.create_index("ix_agent_tasks_agent_created_at", "agent_tasks", ["agent", "created_at"])
    op.create_index("ix_agent_tasks_turn", "agent_tasks", ["turn"])
    op.create_index("ix_agent_tasks_created_at", "agent_tasks", ["created_at"])


def downgrade() -> None:
    op.drop_table("agent_tasks")
    op.drop_table("agent_registry")
