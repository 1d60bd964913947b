"""Fits the judge of names: which of them are vendors that the customer could choose instead."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from core.analysis import Kind
from evals.bars import judged, worth_of
from evals.counting import Told
from evals.labelled import Labelled
from evals.material import FOLDS
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.circumstances import circumstances_of
from nodes.call_analysis.extractive.competitors import names_in
from nodes.call_analysis.extractive.model import Linear

STRENGTH = 0.5
IMBALANCE = 0.2
"""What recall above precision costs here: there are too few vendors for a stricter balance."""
Values = Mapping[str, float]


def fit_vendor(
    calls: Sequence[Labelled], scores: Sequence[Sequence[float]], common: frozenset[str]
) -> tuple[Linear, Bar]:
    """The judge and its bar, from the sentence scores for "competitor" by models that have not seen the author."""
    values: list[Values] = []
    wanted: list[bool] = []
    groups: list[str] = []
    for call, found in zip(calls, scores, strict=True):
        named = names_in(call.dialogue, common)
        companions = Counter(line.index for name in named for line in name.lines)
        for name in named:
            values.append(circumstances_of(name, call.dialogue, found, companions))
            wanted.append(_is_vendor(call, name.name, [line.index for line in name.lines]))
            groups.append(call.group)
    return _fit(values, wanted), _bar(values, wanted, groups, _labelled(calls))


def _fit(values: Sequence[Values], wanted: Sequence[bool]) -> Linear:
    vectorizer = DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform(values)
    classifier = LogisticRegression(C=STRENGTH, max_iter=2000).fit(matrix, wanted)
    return Linear(tuple(vectorizer.feature_names_), ("vendor",), classifier.coef_.T, classifier.intercept_)


def _bar(values: Sequence[Values], wanted: Sequence[bool], groups: Sequence[str], labelled: int) -> Bar:
    held: list[tuple[float, bool]] = []
    for fold in FOLDS:
        others = [place for place, group in enumerate(groups) if group not in fold]
        linear = _fit([values[p] for p in others], [wanted[p] for p in others])
        here = [place for place, group in enumerate(groups) if group in fold]
        held += [(linear.scores(values[p])["vendor"], wanted[p]) for p in here]

    def told_from(limit: float) -> Told:
        return Told(tuple((score - limit, right) for score, right in held if score >= limit), labelled)

    limit = max((score for score, _ in held), key=lambda one: worth_of(told_from(one), IMBALANCE), default=math.inf)
    return judged(limit, told_from(limit))


def _labelled(calls: Sequence[Labelled]) -> int:
    return sum(item.kind is Kind.COMPETITOR for call in calls if call.gold for item in call.gold.items)


def _is_vendor(call: Labelled, name: str, places: Sequence[int]) -> bool:
    refs = {call.dialogue.lines[place].ref for place in places}
    return any(
        item.kind is Kind.COMPETITOR and name.lower() in item.text.lower().split(",")[0] and refs & set(item.evidence)
        for item in (call.gold.items if call.gold else ())
    )
