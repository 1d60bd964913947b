"""What the two databases do each in their own way; memory/sqlite.py and memory/postgres.py say how."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import URL, Engine, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigurationError
from memory.outages import Explain


@dataclass(frozen=True)
class Backend:
    """One kind of database.

    `writers` is how many writes go on at once, `engine` makes an engine over a URL with that many connections.
    `write_options` and `begin`, a statement, make a transaction one whose rows nobody else changes in between.
    `is_overtaken` says that a transaction was undone because another one came first, and may be done again. `refusal`
    says why a database is of no use as it is. Both dialects give an INSERT with ON CONFLICT the same shape; the type of
    one stands for both.
    """

    writers: int
    engine: Callable[[URL, int], Engine]
    write_options: dict[str, str]
    begin: str | None
    insert: Callable[[Table], sqlite.Insert]
    is_overtaken: Callable[[BaseException], bool]
    explain: Explain
    refusal: Callable[[URL, DBAPIError], ConfigurationError]
