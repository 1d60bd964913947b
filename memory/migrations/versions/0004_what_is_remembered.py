"""What is remembered: items, what they are about, their vectors and the outbox to the vector index, and word search.

Words are searched by the database itself: SQLite by an FTS5 table that reads the text of `memory_item` and is kept in
line by triggers, PostgreSQL by an index over the words of the same column. A later revision that makes `memory_item`
anew on SQLite must make the triggers again.
"""

import sqlalchemy as sa
from alembic import op

from memory.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("memory_receipt", "memory_collection", "memory_outbox", "memory_vector", "memory_subject", "memory_item")

OUT = "INSERT INTO memory_search(memory_search, rowid, text) VALUES ('delete', old.id, old.text);"
IN = "INSERT INTO memory_search(rowid, text) VALUES (new.id, new.text);"
FTS5 = (
    "CREATE VIRTUAL TABLE memory_search USING fts5("
    "text, content='memory_item', content_rowid='id', tokenize='porter unicode61')",
    f"CREATE TRIGGER memory_search_in AFTER INSERT ON memory_item BEGIN {IN} END",
    f"CREATE TRIGGER memory_search_out AFTER DELETE ON memory_item BEGIN {OUT} END",
    f"CREATE TRIGGER memory_search_anew AFTER UPDATE OF text ON memory_item BEGIN {OUT} {IN} END",
)
WORDS = "CREATE INDEX memory_item_words ON memory_item USING gin (to_tsvector('english', coalesce(text, '')))"


def upgrade() -> None:
    _items()
    _vectors()
    _receipts()
    for statement in FTS5 if op.get_bind().dialect.name == "sqlite" else (WORDS,):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("memory_search")
    for table in TABLES:
        op.drop_table(table)


def _items() -> None:
    op.create_table(
        "memory_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tenant", sa.String()),
        sa.Column("audience", sa.String()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime()),
        sa.Column("text", sa.Text()),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("ttl_minutes", sa.Float()),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memory_item"),
        sa.UniqueConstraint("namespace", "key", name="uq_memory_item_namespace_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_memory_item_kind_audience", "memory_item", ["kind", "audience"])
    op.create_index("ix_memory_item_source_position", "memory_item", ["source", "position"])
    op.create_index("ix_memory_item_at", "memory_item", ["at"])
    op.create_index("ix_memory_item_expires_at", "memory_item", ["expires_at"])
    op.create_table(
        "memory_subject",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["memory_item.id"], name="fk_memory_subject_item_id_memory_item", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "subject", name="pk_memory_subject"),
    )
    op.create_index("ix_memory_subject_subject", "memory_subject", ["subject"])


def _vectors() -> None:
    op.create_table(
        "memory_vector",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary()),
        sa.ForeignKeyConstraint(
            ["item_id"], ["memory_item.id"], name="fk_memory_vector_item_id_memory_item", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "model", name="pk_memory_vector"),
    )
    op.create_index("ix_memory_vector_item_id", "memory_vector", ["item_id"])
    op.create_index("ix_memory_vector_kind_model_id", "memory_vector", ["kind", "model", "id"])
    op.create_table(
        "memory_outbox",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("vector_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_memory_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_memory_outbox_vector_id", "memory_outbox", ["vector_id"])
    op.create_table(
        "memory_collection",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("filled_to", sa.String()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_memory_collection"),
    )
    op.create_index("ix_memory_collection_kind_model_state", "memory_collection", ["kind", "model", "state"])


def _receipts() -> None:
    op.create_table(
        "memory_receipt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memory_receipt"),
    )
