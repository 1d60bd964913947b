"""Redis and PostgreSQL to measure with, as the tests start them; nothing where the programs are not installed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers import PostgresServer, RedisServer, postgres_programs


@contextmanager
def spread_out() -> Iterator[dict[str, str] | None]:
    """The variables that point Sophia at an empty PostgreSQL and an empty Redis; None without the programs."""
    redis, postgres = shutil.which("redis-server"), postgres_programs()
    if redis is None or postgres is None:
        yield None
        return
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp"))) for _ in range(2)]
        jobs, database = RedisServer(redis, folders[0]), PostgresServer(postgres, folders[1])
        jobs.start()
        stack.callback(jobs.stop)
        database.start()
        stack.callback(database.stop, "immediate")
        yield {"SOPHIA_REDIS_URL": jobs.url, "SOPHIA_DATABASE_URL": database.new_database()}
