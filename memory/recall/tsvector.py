"""Word search in PostgreSQL: its GIN index `memory_item_words` finds candidates, which are then ranked by BM25 here.

PostgreSQL's own ts_rank knows no rare words. The candidates are those whose words weigh most together, and only for
them is looked up how often each word stands in them: taking a text of 135 words apart costs PostgreSQL 15 some 80 us.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    String,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.recall.bm25 import bm25, inverse_frequency
from memory.recall.frequencies import Frequencies, worth_looking_for
from memory.tables import MemoryItemRow

Scored = tuple[int, float]

CANDIDATES = 150
MOST_WORDS = 16

BUDGET = 8_000
"""Rows that all words of a question together may stand in: a thousand cost PostgreSQL some 3 ms."""

ID: ColumnElement[int] = col(MemoryItemRow.id)  # type: ignore[assignment]  # never None in a row that is read
TEXT = col(MemoryItemRow.text)
WORDS: ColumnElement[Any] = literal_column("to_tsvector('english', coalesce(memory_item.text, ''))")
"""The expression of the index, word for word: any other is not looked up in it."""

BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true), set_config('cpu_operator_cost', '0.1', true)")
"""For the transaction: for a word in many rows PostgreSQL would take every text apart, 8 s for 100,000; it takes that
for forty times cheaper than it is, so it would do it for the newest rows, too (1.6 s for 20,000)."""

EXPECTED = text(
    "EXPLAIN (FORMAT JSON) SELECT FROM memory_item "
    "WHERE to_tsvector('english', coalesce(memory_item.text, '')) @@ CAST(:lexeme AS tsquery)"
)
"""What PostgreSQL would do, of which only the rows that it expects count: ANALYZE keeps the commonest words."""


class TsVector:
    """Ranks rows by words; every method runs within a read of the database."""

    def __init__(self) -> None:
        self._frequencies = Frequencies(_count, _rows)

    def best(self, session: Session, words: Sequence[str], count: int, condition: ColumnElement[bool]) -> list[Scored]:
        """Ids of the rows under the condition that match best, each with its BM25 score, the best and newest first."""
        session.execute(BY_INDEX)
        lexemes = _lexemes(session, words)[:MOST_WORDS]
        frequencies = self._frequencies.of(session, lexemes)
        rows = self._frequencies.rows(session)
        chosen = worth_looking_for(frequencies, rows, BUDGET)
        if not chosen:
            return []
        weights = {lexeme: inverse_frequency(frequencies[lexeme], rows) for lexeme in chosen}
        newest = _newest(session, {lexeme: frequencies[lexeme] for lexeme in chosen})
        candidates = list(session.scalars(_candidates(weights, condition, newest)))
        return _ranked(session, candidates, weights)[:count]


def _lexemes(session: Session, words: Sequence[str]) -> list[str]:
    """What PostgreSQL makes of these words: stems, without its own stop words, each once."""
    given = select(func.unnest(cast(list(words), ARRAY(String))).label("word")).subquery()
    made = session.scalars(select(func.tsvector_to_array(func.to_tsvector(literal_column("'english'"), given.c.word))))
    return list(dict.fromkeys(lexeme for lexemes in made for lexeme in lexemes))


def _newest(session: Session, frequencies: Mapping[str, int]) -> ColumnElement[bool]:
    """Where even the rarest word is in more rows than are affordable: the newest rows, of which about so many match.

    How many it is in is PostgreSQL's own estimate: to count them is to read them.
    """
    counted = sum(frequencies.values())
    if counted <= BUDGET:
        return true()
    matching = max(counted, *(_estimate(session, lexeme) for lexeme in frequencies))
    highest: int = session.scalar(select(func.max(ID))) or 0
    oldest = int(highest * (1 - BUDGET / matching))
    return oldest < ID


def _candidates(
    weights: Mapping[str, float], condition: ColumnElement[bool], newest: ColumnElement[bool]
) -> Select[int]:
    """The rows under the condition whose words weigh most together, the newest of equals.

    Materialized, so that the words come from their index whatever the condition is: planned as one, a condition that
    has an index of its own makes PostgreSQL take every text under it apart.
    """
    matches = [
        select(ID.label("id"), literal(weight, Float).label("weight")).where(_matches(lexeme), newest)
        for lexeme, weight in weights.items()
    ]
    found = union_all(*matches).cte("found").prefix_with("MATERIALIZED")
    allowed = select(found.c.id).join(MemoryItemRow, found.c.id == ID).where(condition).group_by(found.c.id)
    return allowed.order_by(func.sum(found.c.weight).desc(), found.c.id.desc()).limit(CANDIDATES)


def _ranked(session: Session, ids: Sequence[int], weights: Mapping[str, float]) -> list[Scored]:
    of_texts = select(ID, func.length(TEXT)).where(ID.in_(ids))
    lengths: dict[int, int] = {row[0]: row[1] for row in session.execute(of_texts)}
    times: dict[int, dict[str, int]] = defaultdict(dict)
    for id, lexeme, count in session.execute(_times(ids, list(weights))):
        times[id][lexeme] = count
    average = sum(lengths.values()) / max(len(lengths), 1) or 1  # of the candidates: only how they compare counts
    scored = [(id, bm25(found, weights, lengths.get(id, average) / average)) for id, found in times.items()]
    return sorted(scored, key=lambda each: (-each[1], -each[0]))


def _times(ids: Sequence[int], lexemes: list[str]) -> Select[int, str, int]:
    """How often each lexeme stands in each of these rows."""
    parts = func.unnest(WORDS).table_valued("lexeme", "positions", "weights", name="part").lateral()
    times = select(ID, parts.c.lexeme, func.cardinality(parts.c.positions))
    return times.select_from(MemoryItemRow).join(parts, literal(True)).where(ID.in_(ids), parts.c.lexeme.in_(lexemes))


def _matches(lexeme: str) -> ColumnElement[bool]:
    return WORDS.op("@@", is_comparison=True)(cast(literal(_quoted(lexeme), String), TSQUERY))


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _count(session: Session, lexeme: str) -> int:
    """In how many rows, as far as it is affordable to look for them."""
    some = select(ID).where(_matches(lexeme)).limit(BUDGET + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _estimate(session: Session, lexeme: str) -> int:
    """In how many rows PostgreSQL expects it, by what ANALYZE last saw in the index."""
    [[plan]] = session.execute(EXPECTED, {"lexeme": _quoted(lexeme)}).all()
    return int(plan[0]["Plan"]["Plan Rows"])


def _rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(MemoryItemRow)) or 0
