"""Chooses the bars: from which score a finding is told, from which it is sure, and what a score is worth in precision.

All on scores by models that have not seen the author (crossing.py). A finding is told from the score with the best F1,
recall bought with precision marked down. It is sure from the lowest score above which the told ones were right in at
least PRECISION of the cases even if luck was on their side: that is what may be written without a person.
"""

import math
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from core.analysis import Kind
from evals.counting import Told, told_of
from evals.crossing import Table
from evals.labelled import Labelled
from nodes.call_analysis.extractive.bars import Bar

PRECISION = 0.85
"""What is asked of all that reaches HubSpot, a task or Slack without a person."""
LUCK = 1.64
"""Standard errors by which the measured precision must be above that (one in twenty): luck makes nothing sure."""
SMOOTHED = 5
"""Points of the threshold curve that are averaged: its peaks are luck."""
POINTS = 32
IMBALANCE = 0.6
"""What a point of recall above precision costs: without it findings came out with half as many wrong as right more."""
Pairs = Sequence[tuple[Labelled, Sequence[float]]]


def bar_of(kind: Kind, calls: Sequence[Labelled], tables: Sequence[Table]) -> Bar:
    """The bar of one kind from both looks' log-odds of calls by unseen authors."""
    column = list(Kind).index(kind)
    pairs: Pairs = [(call, table[:, column].tolist()) for call, table in zip(calls, tables, strict=True)]
    values = np.array([score for _, scores in pairs for score in scores])
    grid = np.quantile(values, np.linspace(0.85, 0.998, POINTS))
    worth = np.array([worth_of(told_of(kind, float(limit), pairs)) for limit in grid])
    smooth = np.convolve(np.pad(worth, SMOOTHED // 2, mode="edge"), np.ones(SMOOTHED) / SMOOTHED, mode="valid")
    limit = float(grid[int(np.argmax(smooth))])
    return judged(limit, told_of(kind, limit, pairs))


def worth_of(told: Told, imbalance: float = IMBALANCE) -> float:
    """F1, less what recall above precision costs."""
    precision, recall = told.right / max(len(told.found), 1), told.right / max(told.labelled, 1)
    return 2 * told.right / max(len(told.found) + told.labelled, 1) - imbalance * max(0.0, recall - precision)


def judged(limit: float, told: Told) -> Bar:
    """The bar with what its scores are worth: a logistic curve through right and wrong, and where sure begins."""
    scores, right = [[score] for score, _ in told.found], [is_right for _, is_right in told.found]
    if len(set(right)) < 2:
        return Bar(limit, math.inf)
    curve = LogisticRegression(C=1.0).fit(scores, right)
    slope = max(float(curve.coef_[0][0]), 0.0)  # a higher score never means less
    return Bar(limit, sure_from(told.found), slope, float(curve.intercept_[0]))


def sure_from(found: Sequence[tuple[float, bool]]) -> float:
    """The lowest score at and above which findings were right often enough, infinite when there is none."""
    for score in sorted({score for score, _ in found}):
        above = [is_right for other, is_right in found if other >= score]
        if lower_bound(sum(above), len(above)) >= PRECISION:
            return score
    return math.inf


def lower_bound(right: int, told: int) -> float:
    """The precision that is still likely when `right` of `told` were right (Wilson's score interval)."""
    share, weight = right / told, LUCK**2 / told
    spread = LUCK * math.sqrt(share * (1 - share) / told + weight / (4 * told))
    return (share + weight / 2 - spread) / (1 + weight)
