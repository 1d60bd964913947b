"""Opening, schema revisions, several processes, and what a wrong URL is told."""

import asyncio
import logging
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.sql import SQL
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.orm import Session

from core.errors import ConfigurationError
from memory.database import Database, parse_url, sqlite_url
from memory.migration import MIGRATIONS
from memory.tables import Table
from tests.servers import PostgresServer


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _is_declared(name: str | None, _type: str, _parents: object) -> bool:
    """Word search is each database's own, and made by the revision alone."""
    return name is None or not name.startswith(("memory_search", "memory_item_words"))


def _run(revision: ModuleType, direction: str) -> None:
    steps: Callable[[], None] = getattr(revision, direction)
    steps()


def _open_in_a_process(url: str, gate: object, results: object) -> None:
    async def opened() -> int:
        database = await Database.open(url)
        tables = await database.read(lambda session: inspect(session.connection()).get_table_names())
        await database.close()
        return len(tables)

    gate.wait()  # type: ignore[attr-defined]
    results.put(asyncio.run(opened()))  # type: ignore[attr-defined]


async def test_the_file_and_its_folder_are_made_and_the_journal_is_a_log_ahead(
    sqlite_database: str, tmp_path: Path
) -> None:
    database = await Database.open(sqlite_database)
    assert (tmp_path / "data" / "sophia.db").is_file()
    pragmas = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        async with database.session() as session:
            pragmas[name] = await session.scalar(text(f"PRAGMA {name}"))
    await database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 15_000}


async def test_the_revisions_build_exactly_what_the_tables_say(url: str, database: Database) -> None:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_declared})
        differences = compare_metadata(context, Table.metadata)
    engine.dispose()
    assert differences == []


async def test_the_last_revision_can_be_taken_back(url: str, database: Database) -> None:
    await database.close()
    engine = create_engine(parse_url(url))
    script = ScriptDirectory.from_config(_config())
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for revision in script.walk_revisions():
            _run(revision.module, "downgrade")
        left = inspect(connection).get_table_names()
    engine.dispose()
    assert left == ["alembic_version"]


async def test_opening_again_keeps_what_is_there(url: str, database: Database) -> None:
    await database.write(
        lambda session: session.execute(text("INSERT INTO sync_cursor VALUES ('a', 'b', '2026-01-01')"))
    )
    await database.close()
    again = await Database.open(url)
    async with again.session() as session:
        assert await session.scalar(text("SELECT value FROM sync_cursor")) == "b"
    await again.close()


async def test_opening_leaves_the_logging_of_the_process_alone(url: str) -> None:
    before = (logging.getLogger().level, list(logging.getLogger().handlers), logging.getLogger("alembic").level)
    await (await Database.open(url)).close()
    assert before == (
        logging.getLogger().level,
        list(logging.getLogger().handlers),
        logging.getLogger("alembic").level,
    )


def test_three_processes_may_open_a_new_database_at_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(3), context.Queue()
    processes = [context.Process(target=_open_in_a_process, args=(url, gate, results)) for _ in range(3)]
    for process in processes:
        process.start()
    counts = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert len(set(counts)) == 1
    assert counts[0] > len(Table.metadata.tables)


async def test_several_databases_may_be_opened_at_once_in_one_process(tmp_path: Path) -> None:
    opened = await asyncio.gather(*(Database.open(sqlite_url(tmp_path / str(n))) for n in range(4)))
    for database in opened:
        async with database.session() as session:
            assert await session.scalar(text("SELECT count(*) FROM inbox")) == 0
        await database.close()


async def test_a_database_of_a_newer_sophia_is_refused_and_left_alone(url: str, database: Database) -> None:
    await database.write(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(ConfigurationError, match=r"newer Sophia .*9999") as refusal:
        await Database.open(url)
    assert refusal.value.next_step is not None


async def test_work_that_fails_leaves_nothing_behind(database: Database) -> None:
    def work(session: Session) -> None:
        session.execute(text("INSERT INTO sync_cursor VALUES ('a', 'b', '2026-01-01')"))
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await database.write(work)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM sync_cursor")) == 0


async def test_work_that_has_begun_is_done_although_its_caller_gave_up(database: Database) -> None:
    begun, go_on = asyncio.Event(), multiprocessing.get_context("spawn").Event()
    loop = asyncio.get_running_loop()

    def work(session: Session) -> None:
        session.execute(text("INSERT INTO sync_cursor VALUES ('a', 'b', '2026-01-01')"))
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)

    writing = asyncio.create_task(database.write(work))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go_on.set()
    await database.write(lambda session: None)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM sync_cursor")) == 1


async def test_reads_go_on_while_another_process_writes(url: str, database: Database) -> None:
    other = create_engine(parse_url(url))
    with other.begin() as connection:
        connection.execute(text("INSERT INTO sync_cursor VALUES ('a', 'b', '2026-01-01')"))
        async with database.session() as session:
            assert await session.scalar(text("SELECT count(*) FROM sync_cursor")) == 0
    other.dispose()
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM sync_cursor")) == 1


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("what is this", "is not a URL"),
        ("sqlite://", "names no file"),
        ("mysql://host/name", "names mysql, which Sophia does not speak"),
        ("postgresql://sophia:hunter22@127.0.0.1:1/sophia", "cannot be opened: .*refused"),
        ("postgresql://sophia@127.0.0.1:1/sophia?password=hunter22", "127.0.0.1:1/sophia cannot be opened"),
    ],
)
async def test_a_url_that_cannot_be_used_is_told_without_its_password(address: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as refusal:
        await Database.open(address)
    assert "hunter22" not in f"{refusal.value} {refusal.value.next_step} {refusal.value.__cause__}"


async def test_a_postgresql_that_refuses_says_what_to_do(postgres_server: PostgresServer) -> None:
    address = make_url(postgres_server.new_database())
    for changed, problem, next_step in (
        (address.set(database="nowhere"), "does not exist", "Create the database"),
        (address.set(username="nobody"), "does not exist", "Correct the user"),
        (address.set(username=postgres_server.guarded_user, password="hunter22"), "password auth", "user and password"),
        (address.set(port=1), "refused", "See that PostgreSQL runs"),
    ):
        with pytest.raises(ConfigurationError, match=problem) as refusal:
            await Database.open(changed.render_as_string(hide_password=False))
        assert next_step in str(refusal.value.next_step)
        assert "hunter22" not in f"{refusal.value} {refusal.value.next_step} {refusal.value.__cause__}"


async def test_a_user_who_may_not_make_tables_is_told_so(postgres_server: PostgresServer) -> None:
    postgres_server.execute(SQL("CREATE ROLE reader LOGIN"))
    address = make_url(postgres_server.new_database()).set(username="reader")
    with pytest.raises(ConfigurationError, match="permission denied") as refusal:
        await Database.open(address.render_as_string())
    assert "owner of the database" in str(refusal.value.next_step)


async def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "sophia.db").write_text("x" * 5000)
    with pytest.raises(ConfigurationError, match="cannot be opened: file is not a database"):
        await Database.open(sqlite_url(tmp_path))


async def test_a_folder_that_cannot_be_made_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"folder .* cannot be made"):
        await Database.open(sqlite_url(tmp_path / "file" / "below"))


def test_a_url_may_name_any_driver_but_sophia_uses_its_own() -> None:
    assert parse_url("sqlite+aiosqlite:////data/sophia.db").drivername == "sqlite"
    assert parse_url("postgres://host/name").drivername == "postgresql+psycopg"
    assert parse_url("postgresql+asyncpg://host/name").drivername == "postgresql+psycopg"
