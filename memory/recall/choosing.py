"""Which of the rows that were found are given: the best by both searches and by time, and nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.recall.fusion import recency

IN_A_ROW = ("conversation", "call_passages")
"""Kinds whose positions follow each other as they were said, so that neighbours are context."""


@dataclass(frozen=True)
class Candidate:
    """A row that was found, as far as choosing needs it; `at` is when it was said or else put.

    Rows of one `content` say the same: the same value, and of findings the same sentence of a call.
    """

    id: int
    source: str
    kind: str
    position: int
    content: str
    at: datetime


@dataclass(frozen=True)
class Choice:
    """A row to be given."""

    best: Candidate
    score: float

    def span(self, neighbours: int) -> tuple[int, int] | None:
        """First and last position of what stands around it, so many on either side; None where nothing does."""
        if self.best.kind not in IN_A_ROW or not self.best.source:
            return None
        return self.best.position - neighbours, self.best.position + neighbours


def chosen(candidates: Sequence[Candidate], scores: Mapping[int, float], now: datetime, count: int) -> list[Choice]:
    """Up to `count` choices, the best first, of equals the one that `scores` names first.

    Of rows with one content only the best is given. A turn beside a better one is a choice of its own: the answer is
    as often in the one as in the other.
    """
    places = {id: place for place, id in enumerate(scores)}
    choices = [Choice(each, scores[each.id] * recency(each.at, now)) for each in candidates]
    best: dict[str, Choice] = {}
    for choice in sorted(choices, key=lambda each: (-each.score, places[each.best.id])):
        best.setdefault(choice.best.content, choice)
    return list(best.values())[:count]
