"""Brings a database's schema up to date with the revisions in memory/migrations."""

import threading
from pathlib import Path

from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from core.errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"

POSTGRES_LOCK = 7_646_741
"""Names our advisory lock; any number does, as long as every Sophia uses the same."""

ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the migration it is at in module globals, so a process runs one at a time."""


def upgrade(engine: Engine) -> None:
    """Applies the revisions that this database lacks, in one transaction.

    Of several processes that open the database at once, one does the work and the others wait for it. Raises
    ConfigurationError when the database has a revision that this Sophia does not know.
    """
    # Who waited for the lock must see what the one before has done, whatever the server's default.
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    with ONE_AT_A_TIME, engine.execution_options(**options).begin() as connection:
        if engine.dialect.name == "sqlite":
            # The driver begins no transaction before DDL; begun by hand, the whole upgrade is one, and the writer.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": POSTGRES_LOCK})
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    config = Config()  # without a file: neither the working folder nor Alembic's logging set-up has a say
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    standing = set(MigrationContext.configure(connection).get_current_heads())
    if standing == set(scripts.get_heads()):
        return
    unknown = standing - {revision.revision for revision in scripts.walk_revisions()}
    if unknown:
        raise ConfigurationError(
            f"the database was written by a newer Sophia (schema revision {', '.join(sorted(unknown))})",
            next_step="Start that version again, or give this one a data folder of its own.",
        )
    alembic_upgrade(config, "head")
