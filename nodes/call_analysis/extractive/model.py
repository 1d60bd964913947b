"""The sentence classifiers as they run: sparse features times learnt weights, in numpy alone.

One logistic regression for each kind of finding, over the features of features.py. They are trained with
scikit-learn by `python -m evals.train` and kept in a file (learnt.py); running them does not need it, loads in some
tens of milliseconds and scores a thousand sentences in a fraction of a second. The encoder (encoder.py) has a second
look at the sentences that these find likely.

Word features are weighed by how rare they are and brought to length one per block (the words themselves, the words
by side, the words around), so that a long sentence does not shout; cues and places count as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FLAG_VALUE = 0.35
"""What a cue or place counts, against one for a whole block of words; chosen by cross-validation."""
_BLOCK_OF = {"w": 0, "sw": 1, "cw": 1, "uw": 1, "aw": 2, "bw": 2, "ac": 2, "bc": 2}
_TURNS_BLOCK = 3
_FLAG_BLOCK = 4
_FLAGS = frozenset(
    {"c", "sc", "cc", "uc", "scc", "ccc", "ucc"}
    | {"side", "length", "part", "spart", "cpart", "upart", "turn", "first", "last", "asks", "cut", "topic"}
)


def block_of(feature: str) -> int:
    """The block a feature is weighed in; the last one holds the flags, which are not brought to length one."""
    family = feature.partition("=")[0]
    return _FLAG_BLOCK if family in _FLAGS else _BLOCK_OF.get(family, _TURNS_BLOCK)


@dataclass(frozen=True)
class Entries:
    """A sparse matrix, row after row: `starts` says where each row begins (and the last one ends)."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """The features known, and how rare each is among the lines trained on (the log of all over those with it)."""

    features: tuple[str, ...]
    rarity: NDArray[np.float64]

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {feature: place for place, feature in enumerate(self.features)}

    @cached_property
    def _blocks(self) -> NDArray[np.int64]:
        return np.array([block_of(feature) for feature in self.features], dtype=np.int64)

    def entries(self, lines: Sequence[Sequence[str]]) -> Entries:
        """The weighed features of lines, a row each; features unknown to the vocabulary are left out."""
        places = [sorted({self._place_of[f] for f in line if f in self._place_of}) for line in lines]
        counts = np.array([len(row) for row in places], dtype=np.int64)
        columns = np.array([place for row in places for place in row], dtype=np.int64)
        blocks, flags = self._blocks[columns], self._blocks[columns] == _FLAG_BLOCK
        values = np.where(flags, FLAG_VALUE, self.rarity[columns])
        cells = np.repeat(np.arange(len(lines)), counts) * (_FLAG_BLOCK + 1) + blocks
        lengths = np.sqrt(np.bincount(cells, weights=values**2, minlength=len(lines) * (_FLAG_BLOCK + 1)))
        values = np.where(flags, values, values / np.maximum(lengths[cells], 1e-9))
        return Entries(np.concatenate(([0], np.cumsum(counts))), columns, values)


@dataclass(frozen=True)
class Model:
    """Weights by feature and kind, and each kind's bias."""

    vocabulary: Vocabulary
    kinds: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def scores(self, lines: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Log-odds by line and kind."""
        entries = self.vocabulary.entries(lines)
        parts = entries.values[:, None] * self.weights[entries.columns]
        sums = np.vstack([np.zeros((1, len(self.kinds))), np.cumsum(parts, axis=0)])[entries.starts]
        return np.asarray(np.diff(sums, axis=0) + self.bias)


@dataclass(frozen=True)
class Linear:
    """A small linear classifier over named numbers: what is not named counts as zero."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def scores(self, values: Mapping[str, float]) -> dict[str, float]:
        """The score of every class (log-odds up to a constant)."""
        row = np.array([values.get(feature, 0.0) for feature in self.features])
        return dict(zip(self.classes, (row @ self.weights + self.bias).tolist(), strict=True))

    def shares(self, values: Mapping[str, float]) -> dict[str, float]:
        """The probability of every class among all."""
        scores = self.scores(values)
        highest = max(scores.values())
        raised = {name: float(np.exp(score - highest)) for name, score in scores.items()}
        total = sum(raised.values())
        return {name: value / total for name, value in raised.items()}
