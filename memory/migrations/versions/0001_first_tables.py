"""The first tables: calls, analyses, ledger, approvals, inbox, cursors."""

import sqlalchemy as sa
from alembic import op

from memory.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _calls()
    _ledger()
    _approvals()
    _inbox()
    _cursors()


def downgrade() -> None:
    for table in ("sync_cursor", "inbox", "approvals", "crm_sync_log", "call_analysis", "gong_call"):
        op.drop_table(table)


def _calls() -> None:
    op.create_table(
        "gong_call",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text()),
        sa.Column("started", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_gong_call"),
    )
    op.create_index("ix_gong_call_started", "gong_call", ["started"])
    op.create_table(
        "call_analysis",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("analyst", sa.String()),
        sa.Column("analysis", sa.Text()),
        sa.Column("resolution", sa.JSON(none_as_null=True)),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_analysis"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["gong_call.call_id"], name="fk_call_analysis_call_id_gong_call", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_call_analysis_status", "call_analysis", ["status"])


def _ledger() -> None:
    op.create_table(
        "crm_sync_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String()),
        sa.Column("field", sa.String()),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String()),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crm_sync_log"),
        sa.UniqueConstraint("key", name="uq_crm_sync_log_key"),
    )
    op.create_index("ix_crm_sync_log_call_id", "crm_sync_log", ["call_id"])
    op.create_index("ix_crm_sync_log_object_id", "crm_sync_log", ["object_id"])
    op.create_index("ix_crm_sync_log_status", "crm_sync_log", ["status"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("current", sa.Text()),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("current_label", sa.String()),
        sa.Column("proposed_label", sa.String()),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_approvals"),
        sa.UniqueConstraint("id", name="uq_approvals_id"),
    )
    op.create_index("ix_approvals_call_id", "approvals", ["call_id"])
    op.create_index("ix_approvals_status", "approvals", ["status"])


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("worker", sa.String()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("kind", "key", name="uq_inbox_kind_key"),
    )
    op.create_index("ix_inbox_status_due_at", "inbox", ["status", "due_at"])


def _cursors() -> None:
    op.create_table(
        "sync_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sync_cursor"),
    )
