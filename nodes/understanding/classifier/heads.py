"""What is judged of a sentence, each by a head of its own: linear scores of what it looks like and what it means.

A head has weights for the hashed features and, where the sentence was embedded, for its vector too. The scores of the
two are added, each times a factor that was learnt on sentences unseen in training, so that a probability of 0.8 is
right in about eight of ten cases. Without a vector the words have a factor of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from nodes.understanding.classifier.features import Sparse, features_of
from nodes.understanding.classifier.masks import Masked

HeadName = Literal["kind", "object", "agent", "verb", "action_object"]
HEADS: Final[tuple[HeadName, ...]] = ("kind", "object", "agent", "verb", "action_object")


@dataclass(frozen=True)
class Head:
    """One question about a sentence and its possible answers."""

    classes: tuple[str, ...]
    words: NDArray[np.floating[Any]]
    words_bias: NDArray[np.floating[Any]]
    meaning: NDArray[np.floating[Any]]
    meaning_bias: NDArray[np.floating[Any]]
    alone: float
    together: tuple[float, float]

    def shares(self, sparse: Sparse, vector: NDArray[np.floating[Any]] | None) -> dict[str, float]:
        """The probability of every class, the likeliest first."""
        by_words = sparse.values @ self.words[sparse.places].astype(np.float64) + self.words_bias
        scores = by_words * self.alone
        if vector is not None:
            by_meaning = vector.astype(np.float64) @ self.meaning.astype(np.float64) + self.meaning_bias
            scores = by_words * self.together[0] + by_meaning * self.together[1]
        raised = np.exp(scores - scores.max())
        found = zip(self.classes, (raised / raised.sum()).tolist(), strict=True)
        return dict(sorted(found, key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True)
class Judged:
    """The shares of each head's classes, the likeliest first."""

    shares: Mapping[HeadName, Mapping[str, float]]

    def best(self, head: HeadName) -> str:
        """The likeliest class of a head."""
        return next(iter(self.shares[head]))

    def sureness(self, head: HeadName) -> float:
        """The probability of it."""
        return next(iter(self.shares[head].values()))

    def above(self, head: HeadName, least: float) -> tuple[str, ...]:
        """The likeliest class, and the others that are at least so likely, in order."""
        ranked = list(self.shares[head].items())
        return tuple(name for place, (name, share) in enumerate(ranked) if not place or share >= least)


@dataclass(frozen=True)
class Classifier:
    """All heads over the same features."""

    rarity: NDArray[np.floating[Any]]
    heads: Mapping[HeadName, Head]

    def judge(
        self, sentence: Masked, vector: NDArray[np.floating[Any]] | None = None, heads: Sequence[HeadName] = HEADS
    ) -> Judged:
        """What the sentence asks for. `vector` is of its `reading`, None where nothing embeds."""
        sparse = features_of(sentence, self.rarity)
        return Judged({name: self.heads[name].shares(sparse, vector) for name in heads})
