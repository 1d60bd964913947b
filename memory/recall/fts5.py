"""Word search in SQLite: its FTS5 index `memory_search` over the text of `memory_item`, ranked by FTS5's own BM25.

What reaches FTS5 is letters and digits in quotation marks with OR between them, so nothing a question holds is syntax.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, column, func, literal, literal_column, select, table, true
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.recall.frequencies import BUDGET, Frequencies, commonness, worth_looking_for
from memory.tables import MemoryItemRow

Scored = tuple[int, float]

NARROW = 2_000
"""Rows under a condition up to which they are looked for first, and only they are ranked."""

NARROW_BUDGET = 50_000
"""Rows that all words may stand in when few of them are ranked; walking past one costs 0.05 us, and so does counting.
A word in more is common in any memory."""

MOST_WORDS = 32

SEARCH = table("memory_search", column("rowid"))
ROW: ColumnElement[int] = literal_column("memory_search.rowid")
WALKED_ROW: ColumnElement[int] = literal_column("+memory_search.rowid")  # the plus: not looked up one by one
SCORE: ColumnElement[float] = func.bm25(literal_column("memory_search"))  # the smaller the better
ID: ColumnElement[int] = col(MemoryItemRow.id)  # type: ignore[assignment]  # never None in a row that is read


class Fts5:
    """Ranks rows by words; `best` runs within a read of the database."""

    def __init__(self) -> None:
        self._frequencies = Frequencies(self._count_of_rare, _rows)
        self._of_common = Frequencies(_count, _rows)

    def best(self, session: Session, words: Sequence[str], count: int, condition: ColumnElement[bool]) -> list[Scored]:
        """Ids of the rows under the condition that match best, each with its BM25 score, the best and newest first."""
        frequencies = self._counted(session, words[:MOST_WORDS])
        rows = self._frequencies.rows(session)
        narrow = _few(session, condition)
        if narrow is not None:
            chosen = worth_looking_for(frequencies, rows, NARROW_BUDGET)
            return _scored(session, _among(narrow, chosen).limit(count))
        chosen = worth_looking_for(frequencies, rows, BUDGET)
        matching = sum(frequencies[word] for word in chosen)
        ranked = _ranked(chosen, _newest(session, matching)).limit(max(matching, BUDGET))
        return _scored(session, _first_under(condition, ranked, count))

    def _counted(self, session: Session, words: Sequence[str]) -> dict[str, int]:
        """In how many rows each word stands; when all are common, which is the rarest, else only that others are."""
        found = self._frequencies.of(session, words)
        if min(found.values(), default=0) < self._many(session):
            return found
        return self._of_common.of(session, words)

    def _count_of_rare(self, session: Session, word: str) -> int:
        return _count(session, word, self._many(session))

    def _many(self, session: Session) -> int:
        """In how many rows a word is surely common."""
        return min(commonness(self._frequencies.rows(session)), NARROW_BUDGET) + 1


def _few(session: Session, condition: ColumnElement[bool]) -> str | None:
    """The ids of all rows under the condition, None when they are many.

    As one JSON text, out and in again: thousands of rows are slow to fetch while another thread works, and thousands
    of parameters slow to bind.
    """
    some = select(ID.label("id")).where(condition).limit(NARROW + 1).subquery()
    count, ids = session.execute(select(func.count(), func.json_group_array(some.c.id))).one()
    return ids if count <= NARROW else None


def _among(ids: str, words: Sequence[str]) -> Select[int, float]:
    """All matches among these rows."""
    wanted: Select[Any] = select(literal_column("value")).select_from(func.json_each(ids))
    return _ranked(words, WALKED_ROW.in_(wanted))


def _ranked(words: Sequence[str], where: ColumnElement[bool]) -> Select[int, float]:
    found = select(ROW.label("id"), SCORE.label("score")).select_from(SEARCH)
    return found.where(_match(words), where).order_by(literal_column("score"), ROW.desc())


def _first_under(condition: ColumnElement[bool], ranked: Select[int, float], count: int) -> Select[int, float]:
    """Of ranked rows, of which there is a limit, the first that satisfy the condition.

    No ORDER BY of its own: SQLite then goes through the ranked rows in their order, and stops at the last one wanted.
    Holding a thousand rows to the condition costs 1.3 ms.
    """
    top = ranked.subquery()
    allowed = select(ID).where(top.c.id == ID, condition).correlate(top).exists()
    return select(top.c.id, top.c.score).where(allowed).limit(count)


def _newest(session: Session, matching: int) -> ColumnElement[bool]:
    """Where even the rarest word is in more rows than are affordable: the newest rows, of which about so many match."""
    if matching <= BUDGET:
        return true()
    highest: int = session.scalar(select(func.max(ID))) or 0
    oldest = int(highest * (1 - BUDGET / matching))
    return oldest < ROW


def _match(words: Sequence[str]) -> ColumnElement[bool]:
    quoted = " OR ".join(f'"{word}"' for word in words)
    return literal_column("memory_search").op("MATCH", is_comparison=True)(literal(quoted, String))


def _count(session: Session, word: str, most: int = -1) -> int:
    """In how many rows, up to `most` where that is given."""
    some = select(ROW.label("id")).select_from(SEARCH).where(_match([word])).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(MemoryItemRow)) or 0


def _scored(session: Session, statement: Select[int, float]) -> list[Scored]:
    """FTS5's scores are negative, the best the least; ours are the better the higher."""
    found = [(id, -score) for id, score in session.connection().execute(statement).all()]
    return sorted(found, key=lambda each: (-each[1], -each[0]))
