"""How good a ranking is: recall and nDCG at a depth, and how far the questions at hand let one trust the average.

A ranking is told by the golds that each hit holds, by number: `[{0}, set(), {1, 2}]`. What holds the same gold again
adds nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from math import log2

import numpy as np
from numpy.typing import NDArray

Ranking = Sequence[Collection[int]]

RESAMPLES = 2000
SEED = 20260302
CONFIDENCE = 0.95


def recall_at(ranking: Ranking, golds: int, depth: int) -> float:
    """The share of the golds that the first `depth` hits hold."""
    return len(set(chain.from_iterable(ranking[:depth]))) / golds


def ndcg_at(ranking: Ranking, golds: int, depth: int) -> float:
    """Normalised discounted cumulative gain of the first `depth` hits, each gold worth the same (Järvelin, 2002).

    A gold counts at the rank where it is first held. The best ranking has one at each rank: of several that one hit
    holds, the second counts as if it came a rank later, so that 1 is the most.
    """
    first: dict[int, int] = {}
    for rank, held in enumerate(ranking[:depth], start=1):
        for gold in held:
            first.setdefault(gold, rank)
    gain, last = 0.0, 0
    for rank in sorted(first.values()):
        last = max(rank, last + 1)
        gain += 1 / log2(last + 1) if last <= depth else 0
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(golds, depth) + 1))


def interval(values: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """The bootstrap interval (95 %) of the average of all values.

    Values are given by where their question is asked, and it is places that are drawn, each with all its questions:
    those of one conversation have its difficulty in common, and the next conversation is yet another.
    """
    sums = np.array([sum(each) for each in values.values()])
    counts = np.array([len(each) for each in values.values()])
    drawn = np.random.default_rng(SEED).integers(0, len(sums), size=(RESAMPLES, len(sums)))
    averages: NDArray[np.float64] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(averages, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
