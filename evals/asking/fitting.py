"""Fits the heads: logistic regressions over words and over meaning, and the factors that make their sum honest.

scikit-learn and scipy are needed here only. The factors are learnt from scores of sentences whose group the scoring
models have not seen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from evals.asking.sentences import FOLDS, Looked
from nodes.understanding.classifier.features import BUCKETS, Sparse, features_of, places_of
from nodes.understanding.classifier.heads import HEADS, Classifier, Head, HeadName
from nodes.understanding.classifier.masks import Masked

WORDS_STRENGTH: Final = 8.0
MEANING_STRENGTH: Final = 8.0
"""Inverse of the regularisation; half and twice as much were no better in cross-validation."""
UNKNOWN_NAMES: Final = 0.4
"""What a sentence counts as if nobody knew its names, beside one for the sentence with its names known."""

Vectors = Mapping[str, NDArray[np.float32]]
"""The vector of each text that is read."""


@dataclass(frozen=True)
class Row:
    """One line to learn from."""

    seen: Masked
    label: str
    weight: float


@dataclass(frozen=True)
class Crossed:
    """Scores of all sentences that a head speaks of, by models that have not seen their groups."""

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    words: NDArray[np.float64]
    meaning: NDArray[np.float64]
    texts: tuple[str, ...]


def fit(looked: Sequence[Looked], vectors: Vectors, crossed: Mapping[HeadName, Crossed] | None = None) -> Classifier:
    """A classifier of all sentences; where no crossed scores are given, the factors are not learnt."""
    rarity = _rarity(looked)
    sparse = {seen: features_of(seen, rarity) for one in looked for seen in (one.known, one.unknown)}
    heads = {}
    with threadpool_limits(1):  # threads wait for each other on a busy machine, and may change the last bit
        for name in HEADS:
            head = _fit_head(name, rows_of(looked, name), vectors, sparse)
            heads[name] = _with_factors(head, crossed[name]) if crossed else head
    return Classifier(rarity, heads)


def cross_fit(looked: Sequence[Looked], vectors: Vectors) -> dict[HeadName, Crossed]:
    """The scores of each sentence by models of the other folds."""
    parts: dict[HeadName, list[Crossed]] = {name: [] for name in HEADS}
    for fold in range(FOLDS):
        fitted = fit([one for one in looked if one.sentence.fold != fold], vectors)
        held = [one for one in looked if one.sentence.fold == fold]
        for name in HEADS:
            parts[name].append(scores_of(fitted, name, held, vectors))
    return {name: _joined(found) for name, found in parts.items()}


def scores_of(classifier: Classifier, name: HeadName, looked: Sequence[Looked], vectors: Vectors) -> Crossed:
    """The scores of sentences that a head speaks of, by a classifier that has not seen them."""
    head = classifier.heads[name]
    spoken = [(one, label) for one in looked if (label := one.sentence.label(name)) is not None]
    sparse = [features_of(one.known, classifier.rarity) for one, _ in spoken]
    words = np.array([one.values @ head.words[one.places] + head.words_bias for one in sparse])
    read = np.array([vectors[one.known.reading] for one, _ in spoken])
    texts = tuple(one.sentence.text for one, _ in spoken)
    labels = tuple(label for _, label in spoken)
    return Crossed(head.classes, labels, words, read @ head.meaning + head.meaning_bias, texts)


def rows_of(looked: Sequence[Looked], name: HeadName) -> list[Row]:
    """What a head learns from: a form counts by the root of how many sentences were made of it."""
    sizes = Counter(one.sentence.group for one in looked)
    rows = []
    for one in looked:
        weight = 1 / float(np.sqrt(sizes[one.sentence.group]))
        label = one.sentence.label(name)
        if label is None:
            continue
        rows.append(Row(one.known, label, weight))
        if one.sentence.names:
            rows.append(Row(one.unknown, label, weight * UNKNOWN_NAMES))
    return rows


def _fit_head(name: HeadName, rows: Sequence[Row], vectors: Vectors, features: Mapping[Masked, Sparse]) -> Head:
    labels, weights = [row.label for row in rows], [row.weight for row in rows]
    sparse = [features[row.seen] for row in rows]
    starts = np.concatenate(([0], np.cumsum([len(one.places) for one in sparse])))
    values, places = np.concatenate([o.values for o in sparse]), np.concatenate([o.places for o in sparse])
    matrix = csr_matrix((values, places, starts), shape=(len(rows), BUCKETS))
    by_words = _regression(name, WORDS_STRENGTH).fit(matrix, labels, sample_weight=weights)
    read = np.array([vectors[row.seen.reading] for row in rows], dtype=np.float64)
    by_meaning = _regression(name, MEANING_STRENGTH).fit(read, labels, sample_weight=weights)
    return Head(
        classes=tuple(str(name) for name in by_words.classes_),
        words=_half(by_words.coef_.T),
        words_bias=by_words.intercept_.astype(np.float32),
        meaning=_half(by_meaning.coef_.T),
        meaning_bias=by_meaning.intercept_.astype(np.float32),
        alone=1.0,
        together=(0.5, 0.5),
    )


def _regression(name: HeadName, strength: float) -> LogisticRegression:
    """Most of what needs words is call_analysis's: unweighed, the other agents were not found by words alone."""
    weight = "balanced" if name == "agent" else None
    return LogisticRegression(C=strength, class_weight=weight, max_iter=200, tol=1e-3)


def _half(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights as they are stored: what is measured is what ships."""
    return weights.astype(np.float16).astype(np.float32)


def _rarity(looked: Sequence[Looked]) -> NDArray[np.float32]:
    counts = np.zeros(BUCKETS)
    for one in looked:
        counts[sorted(places_of(one.known))] += 1
    return np.log((len(looked) + 1) / (counts + 1)).astype(np.float16).astype(np.float32)


def _with_factors(head: Head, crossed: Crossed) -> Head:
    right = np.array([crossed.classes.index(label) for label in crossed.labels])
    (alone,) = _least_surprise([crossed.words], right)
    first, second = _least_surprise([crossed.words, crossed.meaning], right)
    return replace(head, alone=alone, together=(first, second))


def _least_surprise(scores: Sequence[NDArray[np.float64]], right: NDArray[np.int64]) -> tuple[float, ...]:
    """The factors under which the right classes are likeliest."""

    def surprise(factors: Any) -> float:
        total = sum(factor * one for factor, one in zip(factors, scores, strict=True))
        total = total - total.max(axis=1, keepdims=True)
        chosen = total[np.arange(len(right)), right] - np.log(np.exp(total).sum(axis=1))
        return -float(chosen.mean())

    found = minimize(surprise, np.ones(len(scores)), method="Nelder-Mead")
    return tuple(round(float(factor), 4) for factor in found.x)


def _joined(parts: Sequence[Crossed]) -> Crossed:
    return Crossed(
        parts[0].classes,
        tuple(label for part in parts for label in part.labels),
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.meaning for part in parts]),
        tuple(text for part in parts for text in part.texts),
    )
