"""What Alembic runs to upgrade: the connection comes from memory/migration.py, never from a configuration file."""

from alembic import context

from memory.agent_tables import AgentRow

METADATA = AgentRow.metadata  # one for all tables, whichever module they are in
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
