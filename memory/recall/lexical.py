"""Which rows hold the words of a question best: BM25 in the database itself, where the texts are."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from memory.database import Database
from memory.recall.fts5 import Fts5
from memory.recall.tsvector import TsVector
from memory.recall.words import words_of


class WordSearch(Protocol):
    """The word search of one kind of database."""

    def best(
        self, session: Session, words: Sequence[str], count: int, condition: ColumnElement[bool]
    ) -> list[tuple[int, float]]: ...


class Lexical:
    """Searches by words: FTS5 on SQLite, a GIN index on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._searches: dict[str, WordSearch] = {"sqlite": Fts5(), "postgresql": TsVector()}

    async def best(self, question: str, count: int, condition: ColumnElement[bool]) -> list[tuple[int, float]]:
        """Up to `count` ids of rows under `condition` (over MemoryItemRow), each with its BM25 score, the best first.

        A question is text and never syntax; one without a word finds nothing. Raises Unavailable when the database is
        away.
        """
        words = words_of(question)
        if not words or count < 1:
            return []
        return await self._database.read(partial(self._best, words, count, condition))

    def _best(
        self, words: Sequence[str], count: int, condition: ColumnElement[bool], session: Session
    ) -> list[tuple[int, float]]:
        return self._searches[session.get_bind().dialect.name].best(session, words, count, condition)
