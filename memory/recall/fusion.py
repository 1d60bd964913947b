"""Two rankings made one by reciprocal rank fusion with equal weights (Cormack, Clarke and Buettcher, 2009).

The scores of BM25 and of cosines cannot be added, their ranks can. The paper's k of 60 hardly tells a first rank from
a tenth, and then two middling ranks beat one search that knows: over all calls nDCG@10 is .55 with 60, .60 with 10 and
.61 with 3, where words alone have .61 (docs/recall.md).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

K = 3

HALF_LIFE = timedelta(days=180)
RECENCY_SHARE = 0.03
"""How much of its score the oldest row loses, so what is new only wins between near equals."""


def fused(*rankings: Sequence[int]) -> dict[int, float]:
    """A score for every id that stands in a ranking (the best first, each id once): 1 where it leads all of them.

    The better a rank, the higher the score; an id in two rankings scores above one at the same rank in one of them.
    The ids come in the order in which they are first named.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, id in enumerate(ranking):
            scores[id] = scores.get(id, 0) + (K + 1) / (K + 1 + rank) / len(rankings)
    return scores


def recency(at: datetime, now: datetime) -> float:
    """What a score is multiplied by: 1 for what was said now, 0.985 after half a year, never below 0.97."""
    age = max(now - at, timedelta())
    left: float = 0.5 ** (age / HALF_LIFE)
    return 1 - RECENCY_SHARE + RECENCY_SHARE * left
