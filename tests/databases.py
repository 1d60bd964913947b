"""Databases at the newest schema in which there is nothing yet, each made once: to make one takes longest.

A test begins with a copy. What tests of the schema itself begin with is made there, from nothing.
"""

import asyncio
from pathlib import Path

import pytest

from memory.database import Database, sqlite_url
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an embedded database, to be copied."""
    folder = tmp_path_factory.mktemp("empty")
    asyncio.run(_bring_up_to_date(sqlite_url(folder)))
    return folder


@pytest.fixture(scope="session")
def empty_postgresql(postgres_server: PostgresServer) -> str:
    """The address of a database of PostgreSQL, to be copied by `PostgresServer.new_database`."""
    address = postgres_server.new_database()
    asyncio.run(_bring_up_to_date(address))
    return address


async def _bring_up_to_date(url: str) -> None:
    await (await Database.open(url)).close()
