"""What Alembic runs to upgrade: the connection comes from memory/migration.py, never from a configuration file."""

from alembic import context

from memory.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
with context.begin_transaction():
    context.run_migrations()
