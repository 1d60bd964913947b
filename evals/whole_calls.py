"""Fits the two small classifiers of whole calls: the customer's sentiment, and where the deal moved."""

from collections.abc import Mapping, Sequence

from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from evals.bars import judged
from evals.counting import Told
from evals.material import FOLDS
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.model import Linear

Signs = Mapping[str, float]


def fit_classes(signs: Sequence[Signs], labels: Sequence[str], strength: float) -> Linear:
    """A linear classifier of whole calls."""
    vectorizer = DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform(signs)
    classifier = LogisticRegression(C=strength, max_iter=5000).fit(matrix, labels)
    return Linear(
        tuple(vectorizer.feature_names_), tuple(classifier.classes_), classifier.coef_.T, classifier.intercept_
    )


def class_bar(signs: Sequence[Signs], labels: Sequence[str], groups: Sequence[str], strength: float) -> Bar:
    """What the share of the likeliest class is worth on calls of unseen authors."""
    held: list[tuple[float, bool]] = []
    for fold in FOLDS:
        others = [place for place, group in enumerate(groups) if group not in fold]
        if len({labels[p] for p in others}) < 2:
            continue
        linear = fit_classes([signs[p] for p in others], [labels[p] for p in others], strength)
        for place in (place for place, group in enumerate(groups) if group in fold):
            shares = linear.shares(signs[place])
            label = max(shares, key=lambda name: shares[name])
            held.append((shares[label], label == labels[place]))
    return judged(0.0, Told(tuple(held), len(held)))


def untaught(name: str) -> Linear:
    """A classifier that knows one answer, for what is needed before it is fitted."""
    import numpy as np

    return Linear(("nothing",), (name,), np.zeros((1, 1)), np.zeros(1))
