"""In how many rows a word stands, remembered for some minutes, and which words of a question are worth looking for.

Looking for a word costs by the rows it stands in: 0.65 ms for a thousand with SQLite 3.40 at 100,000 passages of 135
words, 40 ms for a word that is in most. BM25 gives such a word next to no weight while there are rarer ones.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cachetools import TTLCache
from sqlalchemy.orm import Session

REMEMBERED_S = 300
REMEMBERED_WORDS = 20_000

BUDGET = 6_000
"""Rows that all words of a question together may stand in; ranking 1,000 takes SQLite some 0.7 ms."""

COMMON_SHARE = 10
"""A word in more than one of so many rows is common, and left out beside rarer ones."""

COMMON_ROWS = 1_000
"""A word in no more rows than this is never common: in a small memory every word is in a tenth of all rows."""

Count = Callable[[Session, str], int]


class Frequencies:
    """Counts of rows; `count` looks one word up, `rows` counts all that are searched. Used from several threads."""

    def __init__(self, count: Count, rows: Callable[[Session], int]) -> None:
        self._count = count
        self._rows = rows
        self._known: TTLCache[str, int] = TTLCache(REMEMBERED_WORDS, REMEMBERED_S)
        self._lock = threading.Lock()

    def of(self, session: Session, words: Sequence[str]) -> dict[str, int]:
        """In how many rows each word stands, as it was some minutes ago at most."""
        return {word: self._remembered(word, partial(self._count, session, word)) for word in words}

    def rows(self, session: Session) -> int:
        """How many rows there are, as it was some minutes ago at most."""
        return self._remembered("", partial(self._rows, session))  # no word is empty

    def _remembered(self, key: str, look: Callable[[], int]) -> int:
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = look()  # not under the lock: two threads that look the same up at once do no harm
            with self._lock:
                self._known[key] = known
        return known


def worth_looking_for(frequencies: Mapping[str, int], rows: int, budget: int = BUDGET) -> list[str]:
    """The rarest words that together stand in no more than `budget` rows, the rarest one always.

    A word that stands nowhere stays: it may have come with a row put since it was counted.
    """
    common = commonness(rows)
    chosen: list[str] = []
    for word, frequency in sorted(frequencies.items(), key=lambda item: item[1]):
        budget -= frequency
        if chosen and (budget < 0 or frequency > common):
            break
        chosen.append(word)
    return chosen


def commonness(rows: int) -> int:
    """In more rows than these, of so many, a word is common."""
    return max(rows // COMMON_SHARE, COMMON_ROWS)
