"""What an analysis was made by and from, and which of them a model should still take part in."""

import sqlalchemy as sa
from alembic import op

from memory.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX = "ix_call_analysis_improve_at"
ADDED = ("improve_at", "model_tries", "analysed_at", "awaits_model", "input_hash", "prompt_version", "model")


def upgrade() -> None:
    """What was analysed before has no input hash: `sophia reanalyze` takes it for made by an older Sophia."""
    for name in ("model", "prompt_version", "input_hash"):
        op.add_column("call_analysis", sa.Column(name, sa.String()))
    op.add_column("call_analysis", sa.Column("awaits_model", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("call_analysis", sa.Column("model_tries", sa.Integer(), nullable=False, server_default="0"))
    for name in ("analysed_at", "improve_at"):
        op.add_column("call_analysis", sa.Column(name, UtcDateTime()))
    op.create_index(INDEX, "call_analysis", ["improve_at"])
    with op.batch_alter_table("call_analysis") as analyses:
        for name in ("awaits_model", "model_tries"):
            analyses.alter_column(name, server_default=None)


def downgrade() -> None:
    op.drop_index(INDEX, "call_analysis")
    with op.batch_alter_table("call_analysis") as analyses:
        for name in ADDED:
            analyses.drop_column(name)
