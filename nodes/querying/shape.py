"""What came of a query: figures over all that the asker may see, a table of the first rows, and where they are from."""

from core.analysis import Frozen
from core.query import Query
from nodes.chat.shape import Citation, Table
from nodes.understanding.shape import Named


class Figure(Frozen):
    """One figure: of a `group`, None for all; a day is written as ISO 8601, money is in one `currency`.

    It was made of `records`; `without` so many more had no value.
    """

    group: str | None = None
    label: str | None = None
    value: float | int | str | None = None
    currency: str | None = None
    records: int = 0
    without: int = 0


class QueryResult(Frozen):
    """`sentence` says it in words, `total` is how many records the asker may see that meet the query.

    `results` are the records of the table in its order, `ids` all that meet the query. `partial` says in words what is
    old or missing, None when nothing is. Whatever is in it may be shown to the asker.
    """

    query: Query
    sentence: str
    total: int
    table: Table | None = None
    figures: tuple[Figure, ...] = ()
    results: tuple[Named, ...] = ()
    ids: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    partial: str | None = None
