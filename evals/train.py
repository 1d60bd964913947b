"""Trains everything the extractive analyst learns: `python -m evals.train` writes its model file again, byte for byte.

Sentence classifiers: one logistic regression for each kind over the features of the product's own code, fitted with
scikit-learn (needed here only) on all labelled calls and scenes. Every value that depends on scores (thresholds, the
judge of vendor names, the two of whole calls) is learnt from scores for calls of an author whom the scoring model has
not seen, for that is how it will be in use.
"""

import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.base import clone  # type: ignore[import-untyped]
from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from core.analysis import Kind
from evals.labelled import SCENES, Labelled, read_calls, read_scenes
from nodes.call_analysis.extractive.analyst import items_of
from nodes.call_analysis.extractive.arrangements import step_spans
from nodes.call_analysis.extractive.circumstances import circumstances_of
from nodes.call_analysis.extractive.competitors import names_in
from nodes.call_analysis.extractive.features import Look
from nodes.call_analysis.extractive.findings import REACH, SPOKEN_BY
from nodes.call_analysis.extractive.learnt import PATH, Learnt
from nodes.call_analysis.extractive.model import Linear, Model, Vocabulary
from nodes.call_analysis.extractive.scoring import scores_from
from nodes.call_analysis.extractive.spans import Reach, spans_of
from nodes.call_analysis.extractive.verdict import signs_of

KINDS = tuple(kind.value for kind in Kind)
LEAST_LINES = 3
"""A feature seen in fewer lines is forgotten."""
STRENGTH = 1.0
"""Inverse of the regularisation of the sentence classifiers; 0.3 and 3 were no better in cross-validation."""
SMOOTHED = 7
"""Points of the threshold curve that are averaged."""
IMBALANCE = 0.6
"""What a point of recall above precision costs: without it findings came out with half as many wrong as right more."""
VENDOR_IMBALANCE = 0.2
"""The same for vendors, of whom there are too few for a stricter balance."""
SCENE_WEIGHT = 1.5
"""What a scene's line counts against one of a real call: scenes are few and dense."""
UNPLACED = ("part=", "spart=", "cpart=", "upart=", "topic=")
"""Features of a scene that would say where in a call it stands, which it does not."""


@dataclass(frozen=True)
class Material:
    """Calls and scenes with the features of all their lines, worked out once for all folds."""

    sources: tuple[Labelled, ...]
    features: tuple[tuple[tuple[str, ...], ...], ...]

    def of(self, *, without: str) -> "Material":
        """The material without one author group."""
        return self._kept([place for place, source in enumerate(self.sources) if source.group != without])

    def only(self, group: str) -> "Material":
        """The material of one author group."""
        return self._kept([place for place, source in enumerate(self.sources) if source.group == group])

    def _kept(self, places: Sequence[int]) -> "Material":
        return Material(tuple(self.sources[p] for p in places), tuple(self.features[p] for p in places))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(sorted({source.group for source in self.sources}))

    @property
    def calls(self) -> tuple[Labelled, ...]:
        return tuple(source for source in self.sources if source.gold is not None)


Scores = dict[str, list[float]]


def gather(sources: Sequence[Labelled]) -> Material:
    """The features of all lines of the sources."""
    return Material(tuple(sources), tuple(_features(source) for source in sources))


def _features(source: Labelled) -> tuple[tuple[str, ...], ...]:
    look = Look(source.dialogue)
    rows = [look.of(line) for line in source.dialogue.lines]
    if source.group == SCENES:
        rows = [[feature for feature in row if not feature.startswith(UNPLACED)] for row in rows]
    return tuple(tuple(row) for row in rows)


def fit(material: Material) -> Learnt:
    """Everything learnt from the material."""
    held_out = out_of_fold(material)
    thresholds = {kind: _threshold(kind, material, held_out) for kind in KINDS}
    sentences = fit_sentences(material, thresholds)
    common = _common_words(material)
    scores = [_above(scores, thresholds) for scores in held_out]
    vendor = _fit_vendor(material, scores, common)
    draft = Learnt(sentences, vendor, _untaught("unknown"), _untaught("unknown"), common)
    signs = [
        signs_of(source.dialogue, items_of(source.dialogue, found, draft), found)
        for source, found in zip(material.sources, scores, strict=True)
        if source.gold is not None
    ]
    golds = [source.gold for source in material.sources if source.gold is not None]
    return Learnt(
        sentences,
        vendor,
        _fit_classes(signs, [gold.sentiment for gold in golds], 0.5),
        _fit_classes(signs, [gold.deal_stage_direction for gold in golds], 1.0),
        common,
    )


def fit_sentences(material: Material, thresholds: Mapping[str, float]) -> Model:
    """The sentence classifiers over all lines of the material."""
    rows = [row for source in material.features for row in source]
    vocabulary = _vocabulary(rows)
    entries = vocabulary.entries(rows)
    matrix = csr_matrix((entries.values, entries.columns, entries.starts), shape=(len(rows), len(vocabulary.features)))
    weights, bias = _fit_kinds(
        matrix, material, LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear")
    )
    return Model(vocabulary, KINDS, weights, bias, thresholds)


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


def out_of_fold(material: Material) -> list[Scores]:
    """Each source's scores by a model that has seen nothing of its author group."""
    nought = dict.fromkeys(KINDS, 0.0)
    found: dict[str, Scores] = {}
    for group in material.groups:
        others, here = material.of(without=group), material.only(group)
        model = fit_sentences(others, nought)
        for source, rows in zip(here.sources, here.features, strict=True):
            found[source.name] = scores_from(source.dialogue, model.scores(rows), KINDS)
    return [found[source.name] for source in material.sources]


def _above(scores: Scores, thresholds: Mapping[str, float]) -> Scores:
    return {kind: [score - thresholds[kind] for score in values] for kind, values in scores.items()}


def _threshold(kind: str, material: Material, held_out: Sequence[Scores]) -> float:
    """The score from which findings of a kind have the best F1 on calls of unseen authors.

    The curve is smoothed, since its peaks are luck, and recall bought with precision is marked down.
    """
    pairs = [(s, scores[kind]) for s, scores in zip(material.sources, held_out, strict=True) if s.gold is not None]
    values = np.array([score for _, scores in pairs for score in scores if not math.isinf(score)])
    grid = np.quantile(values, np.linspace(0.85, 0.998, 60))
    worth = np.array([_worth(*_counted(Kind(kind), float(limit), pairs)) for limit in grid])
    smooth = np.convolve(np.pad(worth, SMOOTHED // 2, mode="edge"), np.ones(SMOOTHED) / SMOOTHED, mode="valid")
    return float(grid[int(np.argmax(smooth))])


def _worth(right: int, found: int, wanted: int, imbalance: float = IMBALANCE) -> float:
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    return 2 * right / max(found + wanted, 1) - imbalance * max(0.0, recall - precision)


def _counted(kind: Kind, limit: float, pairs: Sequence[tuple[Labelled, list[float]]]) -> tuple[int, int, int]:
    """Findings that are right, findings and labels, when a kind's findings begin at a score."""
    right = found = wanted = 0
    side = SPOKEN_BY.get(kind)
    for source, scores in pairs:
        dialogue = source.dialogue
        masked = [
            score - limit if side in (None, line.side) or dialogue.internal else -math.inf
            for line, score in zip(dialogue.lines, scores, strict=True)
        ]
        step = kind is Kind.NEXT_STEP
        spans = step_spans(dialogue, masked) if step else spans_of(dialogue, masked, REACH.get(kind, Reach()))
        proofs = [{line.ref for line in span.lines} for span in spans]
        gold = [set(item.evidence) for item in (source.gold.items if source.gold else ()) if item.kind is kind]
        right += _matches(proofs, gold)
        found, wanted = found + len(proofs), wanted + len(gold)
    return right, found, wanted


def _matches(proofs: Sequence[set[tuple[int, int]]], gold: Sequence[set[tuple[int, int]]]) -> int:
    pairs = sorted((-len(p & g), a, b) for a, p in enumerate(proofs) for b, g in enumerate(gold) if p & g)
    left: set[int] = set()
    right: set[int] = set()
    for _, a, b in pairs:
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
    return len(left)


def _common_words(material: Material) -> frozenset[str]:
    """Words heard in lower case: one that opens a sentence with a capital is no name."""
    return frozenset(
        word.strip(".,;:!?…\"“”'")
        for source in material.sources
        for line in source.dialogue.lines
        for word in line.text.replace("’", "'").split()[1:]
        if word[:1].islower()
    ) - {""}


def _fit_vendor(material: Material, scores: Sequence[Scores], common: frozenset[str]) -> Linear:
    values: list[dict[str, float]] = []
    wanted: list[bool] = []
    groups: list[str] = []
    for source, found in zip(material.sources, scores, strict=True):
        named = names_in(source.dialogue, common)
        companions = Counter(line.index for name in named for line in name.lines)
        for name in named:
            values.append(circumstances_of(name, source.dialogue, found[Kind.COMPETITOR], companions))
            wanted.append(_is_vendor(source, name.name, [line.index for line in name.lines]))
            groups.append(source.group)
    linear = _fit_binary(values, wanted, "vendor")
    limit = _vendor_limit(values, wanted, groups)
    return Linear(linear.features, linear.classes, linear.weights, linear.bias - limit)


def _is_vendor(source: Labelled, name: str, places: Sequence[int]) -> bool:
    if source.gold is None:
        return any(Kind.COMPETITOR in source.kinds[place] for place in places)
    refs = {source.dialogue.lines[place].ref for place in places}
    return any(
        item.kind is Kind.COMPETITOR and name.lower() in item.text.lower().split(",")[0] and refs & set(item.evidence)
        for item in source.gold.items
    )


def _vendor_limit(values: Sequence[Mapping[str, float]], wanted: Sequence[bool], groups: Sequence[str]) -> float:
    """The score from which a name counts as a vendor's with the best F1 on calls of unseen authors."""
    held: list[tuple[float, bool]] = []
    for group in sorted(set(groups) - {SCENES}):
        train = [place for place, g in enumerate(groups) if g != group]
        linear = _fit_binary([values[p] for p in train], [wanted[p] for p in train], "vendor")
        held += [(linear.scores(values[p])["vendor"], wanted[p]) for p, g in enumerate(groups) if g == group]

    def worth(limit: float) -> float:
        told = [is_vendor for score, is_vendor in held if score >= limit]
        return _worth(sum(told), len(told), sum(is_vendor for _, is_vendor in held), VENDOR_IMBALANCE)

    return max((score for score, _ in held), key=worth, default=0.0)


def _fit_binary(values: Sequence[Mapping[str, float]], wanted: Sequence[bool], name: str) -> Linear:
    vectorizer = DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform(values)
    classifier = LogisticRegression(C=0.5, max_iter=2000).fit(matrix, wanted)
    return Linear(tuple(vectorizer.feature_names_), (name,), classifier.coef_.T, classifier.intercept_)


def _fit_classes(signs: Sequence[Mapping[str, float]], labels: Sequence[str], strength: float) -> Linear:
    vectorizer = DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform(signs)
    classifier = LogisticRegression(C=strength, max_iter=2000).fit(matrix, labels)
    return Linear(
        tuple(vectorizer.feature_names_), tuple(classifier.classes_), classifier.coef_.T, classifier.intercept_
    )


def _untaught(name: str) -> Linear:
    return Linear(("nothing",), (name,), np.zeros((1, 1)), np.zeros(1))


def main() -> None:
    """Fits on everything and writes the model file."""
    warnings.simplefilter("error")
    material = gather((*read_calls(), *read_scenes()))
    fit(material).save()
    print(f"{PATH.name}: {PATH.stat().st_size / 1e6:.2f} MB from {len(material.calls)} calls")


if __name__ == "__main__":
    main()
