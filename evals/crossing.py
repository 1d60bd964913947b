"""Scores of every labelled call by models that have not seen its author: what bars and figures are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.labelled import Labelled
from evals.material import FOLDS, Material
from evals.sentences import fit_sentences
from nodes.call_analysis.extractive.dialogue import Line
from nodes.call_analysis.extractive.encoder import as_read
from nodes.call_analysis.extractive.model import Model

SECOND_LOOKS = Path(__file__).parent / "second_looks.npz"
"""The encoder's log-odds for every line of every labelled call, by the encoder that has not seen the call's author."""
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Crossed:
    """By call name, `first` and `second` look by line and kind; `models` are the linear models by fold."""

    models: tuple[Model, ...]
    first: dict[str, Table]
    second: dict[str, Table]


class Remembered:
    """The encoder's values of some calls, told again: the encoder that ships has seen these calls."""

    def __init__(self, calls: Sequence[Labelled], second: dict[str, Table]) -> None:
        self._rows = {
            as_read(line): row
            for call in calls
            for line, row in zip(call.dialogue.lines, second[call.name], strict=True)
        }

    def logits(self, lines: Sequence[Line]) -> Table:
        """The remembered values of these lines."""
        return np.array([self._rows[as_read(line)] for line in lines])


def cross_fit(material: Material) -> Crossed:
    """Fits a linear model for each fold on the others, and scores the fold with it."""
    models: list[Model] = []
    first: dict[str, Table] = {}
    for fold in FOLDS:
        models.append(fit_sentences(material.without(fold)))
        held = material.only(fold)
        for source, rows in zip(held.sources, held.features, strict=True):
            first[source.name] = models[-1].scores(rows)
    return Crossed(tuple(models), first, second_looks(material))


def second_looks(material: Material, path: Path = SECOND_LOOKS) -> dict[str, Table]:
    """The stored values; raises ValueError when they are of other calls than these."""
    with np.load(path, allow_pickle=False) as stored:
        found = {call.name: stored[call.name].astype(np.float64) for call in material.calls if call.name in stored}
    wrong = [c.name for c in material.calls if c.name not in found or len(found[c.name]) != len(c.dialogue.lines)]
    if wrong:
        raise ValueError(f"{path.name} does not fit calls {', '.join(wrong[:5])}: make it again (make encoder)")
    return found
