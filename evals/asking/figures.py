"""Figures of scores: the share that is right, how honest the probabilities are, and what is taken for what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evals.asking.fitting import Crossed
from nodes.understanding.classifier.heads import Head

BINS: Final = 10


@dataclass(frozen=True)
class Told:
    """What a head said of sentences: the likeliest class and its probability, beside the right one."""

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    said: tuple[str, ...]
    sureness: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.array([label == said for label, said in zip(self.labels, self.said, strict=True)])

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())

    @property
    def calibration_error(self) -> float:
        """How far, on average over ten bins of probability, what is said is from what is right (ECE)."""
        bins = np.minimum((self.sureness * BINS).astype(int), BINS - 1)
        gaps = [
            abs(float(self.right[bins == one].mean() - self.sureness[bins == one].mean())) * int((bins == one).sum())
            for one in range(BINS)
            if (bins == one).any()
        ]
        return sum(gaps) / len(self.labels)

    def above(self, least: float) -> tuple[float, float]:
        """Which share is at least so sure, and which share of it is right."""
        kept = self.sureness >= least
        return float(kept.mean()), float(self.right[kept].mean()) if kept.any() else 0.0


def told(head: Head, scores: Crossed, *, with_meaning: bool) -> Told:
    """What the head says with these scores."""
    total = scores.words * head.alone
    if with_meaning:
        total = scores.words * head.together[0] + scores.meaning * head.together[1]
    raised = np.exp(total - total.max(axis=1, keepdims=True))
    shares = raised / raised.sum(axis=1, keepdims=True)
    said = tuple(scores.classes[place] for place in shares.argmax(axis=1))
    return Told(scores.classes, scores.labels, said, shares.max(axis=1))


def confusion(told: Told) -> str:
    """Rows are right, columns were said."""
    counts = Counter(zip(told.labels, told.said, strict=True))
    names = told.classes
    lines = [f"{'right, said:':<14}" + "".join(f"{name[:9]:>10}" for name in names)]
    lines += [f"{right:<14}" + "".join(f"{counts[right, said]:>10}" for said in names) for right in names]
    return "\n".join(lines)


def sure_table(told: Told, levels: Sequence[float]) -> str:
    """How many are so sure, and how many of those are right."""
    lines = ["at least so sure   share of sentences   right"]
    for least in levels:
        share, right = told.above(least)
        lines.append(f"{least:>16.2f}   {share:>18.3f}   {right:.3f}")
    return "\n".join(lines)
