"""Answers to approvals, undoing, turns across processes, and what HubSpot tells of its own changes."""

import sqlalchemy as sa
from alembic import op

from memory.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ledger()
    _approvals()
    _inbox()
    _turns()
    _business_context()
    _events()
    _drift()


def downgrade() -> None:
    for table in ("crm_drift", "crm_event", "business_context", "record_turn"):
        op.drop_table(table)
    with op.batch_alter_table("inbox") as inbox:
        inbox.drop_column("progress_at")
        inbox.drop_column("step")
    op.drop_index("ix_approvals_expires_at", "approvals")
    op.drop_index("ix_approvals_object_id", "approvals")
    with op.batch_alter_table("approvals") as approvals:
        for column in _approval_columns():
            approvals.drop_column(column.name)
    op.drop_index("ix_crm_sync_log_undoes", "crm_sync_log")
    op.drop_index("ix_crm_sync_log_approval_id", "crm_sync_log")
    with op.batch_alter_table("crm_sync_log") as ledger:
        for name in ("asked_by", "undoes", "approval_id"):
            ledger.drop_column(name)


def _ledger() -> None:
    for name in ("approval_id", "undoes", "asked_by"):
        op.add_column("crm_sync_log", sa.Column(name, sa.String()))
    op.create_index("ix_crm_sync_log_approval_id", "crm_sync_log", ["approval_id"])
    op.create_index("ix_crm_sync_log_undoes", "crm_sync_log", ["undoes"])


def _approval_columns() -> list[sa.Column[object]]:
    """The new columns; what stood before was asked for by the one agent there was, for an update, once."""
    return [
        sa.Column("agent", sa.String(), nullable=False, server_default="crm_sync"),
        sa.Column("action", sa.String(), nullable=False, server_default="update"),
        sa.Column("object_name", sa.String()),
        sa.Column("payload", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("confidence", sa.Float()),
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("payload_hash", sa.String(), nullable=False, server_default=""),
        sa.Column("requester", sa.String(), nullable=False, server_default="crm_sync"),
        sa.Column("approvers", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("thread_id", sa.String()),
        sa.Column("interrupt_id", sa.String()),
        sa.Column("asked_at", UtcDateTime()),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("answers", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("outcome", sa.Text()),
        sa.Column("closed_at", UtcDateTime()),
    ]


def _approvals() -> None:
    for column in _approval_columns():
        op.add_column("approvals", column)
    op.create_index("ix_approvals_object_id", "approvals", ["object_id"])
    op.create_index("ix_approvals_expires_at", "approvals", ["expires_at"])
    op.execute("UPDATE approvals SET asked_at = created_at")
    op.execute("UPDATE approvals SET action = 'choose' WHERE object_type = 'calls'")
    with op.batch_alter_table("approvals") as approvals:
        approvals.alter_column("asked_at", nullable=False)
        for column in _approval_columns():
            if column.server_default is not None:
                approvals.alter_column(column.name, server_default=None)


def _inbox() -> None:
    op.add_column("inbox", sa.Column("step", sa.String()))
    op.add_column("inbox", sa.Column("progress_at", UtcDateTime()))


def _turns() -> None:
    op.create_table(
        "record_turn",
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_record_turn"),
    )


def _business_context() -> None:
    op.create_table(
        "business_context",
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String()),
        sa.Column("changed_at", UtcDateTime()),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("object_type", "object_id", name="pk_business_context"),
    )
    op.create_index("ix_business_context_read_at", "business_context", ["read_at"])


def _events() -> None:
    op.create_table(
        "crm_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("property", sa.String()),
        sa.Column("value", sa.Text()),
        sa.Column("source", sa.String()),
        sa.Column("merged_ids", sa.JSON(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_crm_event"),
        sa.UniqueConstraint("key", name="uq_crm_event_key"),
    )
    op.create_index("ix_crm_event_handled_at", "crm_event", ["handled_at"])


def _drift() -> None:
    op.create_table(
        "crm_drift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("written", sa.Text()),
        sa.Column("found", sa.Text()),
        sa.Column("source", sa.String()),
        sa.Column("noticed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_crm_drift"),
        sa.UniqueConstraint("effect_key", name="uq_crm_drift_effect_key"),
    )
    op.create_index("ix_crm_drift_object_id", "crm_drift", ["object_id"])
    op.create_index("ix_crm_drift_closed_at", "crm_drift", ["closed_at"])
