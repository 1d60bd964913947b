"""Chooses how the two looks go together: which sentences get the second, and what it weighs, by kind."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import average_precision_score  # type: ignore[import-untyped]

from core.analysis import Kind
from evals.crossing import Crossed, Remembered, Table
from evals.labelled import Labelled
from nodes.call_analysis.extractive.scoring import both_looks

KEPT = 0.97
"""Share of the labelled sentences of each kind that the first look must pass on."""
WEIGHTS = (0.0, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 1.5)


def likely_from(calls: Sequence[Labelled], crossed: Crossed) -> tuple[float, ...]:
    """The first look's score by kind from which a sentence gets the second."""
    first = np.vstack([crossed.first[call.name] for call in calls])
    return tuple(float(np.quantile(first[_labels(calls, kind), place], 1 - KEPT)) for place, kind in enumerate(Kind))


def weight_of(calls: Sequence[Labelled], crossed: Crossed, likely: Sequence[float]) -> tuple[float, ...]:
    """The second look's weight by kind with the best average precision over the lines."""
    tables = [np.vstack(tables_of(calls, crossed, likely, [weight] * len(Kind))) for weight in WEIGHTS]
    chosen: list[float] = []
    for place, kind in enumerate(Kind):
        wanted = _labels(calls, kind)
        worth = [average_precision_score(wanted, table[:, place]) for table in tables]
        chosen.append(WEIGHTS[int(np.argmax(worth))])
    return tuple(chosen)


def tables_of(
    calls: Sequence[Labelled], crossed: Crossed, likely: Sequence[float], weight: Sequence[float]
) -> list[Table]:
    """Both looks' log-odds of each call, by models that have not seen its author."""
    encoder = Remembered(calls, crossed.second)
    return [both_looks(call.dialogue, crossed.first[call.name], encoder, likely, weight) for call in calls]


def _labels(calls: Sequence[Labelled], kind: Kind) -> "np.typing.NDArray[np.bool_]":
    return np.array([kind in line for call in calls for line in call.kinds])
