"""Fits the sentence classifiers: one logistic regression for each kind over the features of the product's own code."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.base import clone  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from core.analysis import Kind
from evals.labelled import SCENES
from evals.material import Material
from nodes.call_analysis.extractive.model import Model, Vocabulary

KINDS = tuple(kind.value for kind in Kind)
LEAST_LINES = 3
"""A feature seen in fewer lines is forgotten."""
STRENGTH = 1.0
"""Inverse of the regularisation of the sentence classifiers; 0.3 and 3 were no better in cross-validation."""
SCENE_WEIGHT = 1.5
"""What a scene's line counts against one of a real call: scenes are few and dense."""


def fit_sentences(material: Material) -> Model:
    """The sentence classifiers over all lines of the material."""
    rows = [row for source in material.features for row in source]
    vocabulary = _vocabulary(rows)
    entries = vocabulary.entries(rows)
    matrix = csr_matrix((entries.values, entries.columns, entries.starts), shape=(len(rows), len(vocabulary.features)))
    weights, bias = _fit_kinds(
        matrix, material, LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear")
    )
    return Model(vocabulary, KINDS, weights, bias)


def _fit_kinds(
    matrix: Any, material: Material, classifier: LogisticRegression
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and biases of one classifier for each kind, in the precision they are stored in."""
    kinds = [kinds for source in material.sources for kinds in source.kinds]
    weight = [SCENE_WEIGHT if s.group == SCENES else 1.0 for s in material.sources for _ in s.kinds]
    weights, bias = np.zeros((matrix.shape[1], len(KINDS))), np.zeros(len(KINDS))
    for column, kind in enumerate(KINDS):
        fitted = clone(classifier).fit(matrix, [kind in line for line in kinds], sample_weight=weight)
        weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
    return weights.astype(np.float16).astype(np.float64), bias


def _vocabulary(rows: Sequence[Sequence[str]]) -> Vocabulary:
    counts = Counter(feature for row in rows for feature in set(row))
    features = tuple(sorted(feature for feature, count in counts.items() if count >= LEAST_LINES))
    rarity = np.array([math.log(len(rows) / counts[feature]) for feature in features])
    return Vocabulary(features, rarity.astype(np.float16).astype(np.float64))
