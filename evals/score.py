"""Scores a `CallAnalysis` against the labels of its call, by the rules of LABELS.md.

A reported item matches a labelled one of its kind when their evidence shares a sentence: one to one, largest overlap
first. A withdrawn step reported as live and a distractor are false positives. Marking a withdrawn step as withdrawn
is right, but it is no finding, so it counts neither way. An instruction to software is told apart from the deal's own
risks and held against the sentences labelled as such. Everything here is pure: values in, values out.

`score_call` scores one call, `add_up` sums calls into one `Score` with its per-kind and macro figures.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.analysis import CallAnalysis, Frozen, Kind
from core.calls import Transcript
from evals.labels import Gold
from evals.matching import Matching, Pair, match_items
from nodes.call_analysis.verify import quoted_turn


class Counts(Frozen):
    """True and false positives and misses of one kind. A figure that divides by nothing is None."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return _ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        return _ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        return _ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def plus(self, other: "Counts") -> "Counts":
        return Counts(right=self.right + other.right, wrong=self.wrong + other.wrong, missed=self.missed + other.missed)


class Accuracy(Frozen):
    """How many of `total` were right; `share` is None when there was nothing to judge."""

    right: int = 0
    total: int = 0

    @property
    def share(self) -> float | None:
        return _ratio(self.right, self.total)

    def plus(self, other: "Accuracy") -> "Accuracy":
        return Accuracy(right=self.right + other.right, total=self.total + other.total)


class Score(Frozen):
    """The figures of one call or of many.

    `owner` and `due` are judged on matched next steps only, `due_dated` on those of them whose label has a date.
    `withdrawn_as_live` and `distractors` say which of the false positives were of those two kinds. `sure` counts only
    what may be acted on without a person (every label still counts as missed), `sure_sentiment` likewise. `grounded`
    is how many items have a quote that stands in their evidence; `orders` are instructions to software; `abstained`
    counts the calls in which nothing is labelled, right where nothing sure was told.
    """

    calls: int = 0
    kinds: dict[Kind, Counts] = {}
    sure: dict[Kind, Counts] = {}
    sure_sentiment: Accuracy = Accuracy()
    grounded: Accuracy = Accuracy()
    orders: Counts = Counts()
    abstained: Accuracy = Accuracy()
    owner: Accuracy = Accuracy()
    due: Accuracy = Accuracy()
    due_dated: Accuracy = Accuracy()
    sentiment: Accuracy = Accuracy()
    direction: Accuracy = Accuracy()
    withdrawn_as_live: int = 0
    withdrawn_recognised: int = 0
    distractors: int = 0

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 of the kinds that occur, labelled or reported; None when none does."""
        figures = [counts.f1 for counts in self.kinds.values() if counts.f1 is not None]
        return _ratio(sum(figures), len(figures))

    @property
    def micro(self) -> Counts:
        """All kinds counted together."""
        return _together(self.kinds)

    @property
    def micro_sure(self) -> Counts:
        """What is sure of all kinds, counted together."""
        return _together(self.sure)


def _together(kinds: Mapping[Kind, Counts]) -> Counts:
    total = Counts()
    for counts in kinds.values():
        total = total.plus(counts)
    return total


def score_call(gold: Gold, analysis: CallAnalysis, transcript: Transcript | None = None) -> Score:
    """The score of one call; whether its items are grounded is judged where the transcript is given."""
    matching = match_items(gold, without_orders(analysis))
    sure = match_items(gold, without_candidates(analysis))
    sentiment = analysis.sentiment
    steps = [pair for pair in matching.matched if pair.gold.kind is Kind.NEXT_STEP]
    dated = [pair for pair in steps if pair.gold.due is not None]
    return Score(
        calls=1,
        kinds={kind: _counts_of(kind, matching) for kind in Kind},
        sure={kind: _counts_of(kind, sure) for kind in Kind},
        sure_sentiment=Accuracy() if sentiment.candidate or sentiment.label == "unknown" else _told(gold, analysis),
        grounded=_grounded(analysis, transcript) if transcript else Accuracy(),
        orders=_orders(gold, analysis),
        abstained=_abstained(gold, analysis),
        owner=_accuracy(steps, _same_owner),
        due=_accuracy(steps, _fair_due),
        due_dated=_accuracy(dated, _fair_due),
        sentiment=_told(gold, analysis),
        direction=Accuracy(right=int(analysis.stage_direction.direction == gold.deal_stage_direction), total=1),
        withdrawn_as_live=sum(item.why == "withdrawn" for item in matching.wrong),
        withdrawn_recognised=len(matching.recognised),
        distractors=sum(item.why == "distractor" for item in matching.wrong),
    )


def add_up(scores: Iterable[Score]) -> Score:
    """The sum of several scores: every item weighs the same, whatever call it is from."""
    total = Score(kinds={kind: Counts() for kind in Kind}, sure={kind: Counts() for kind in Kind})
    for score in scores:
        total = Score(
            calls=total.calls + score.calls,
            kinds={kind: total.kinds[kind].plus(score.kinds.get(kind, Counts())) for kind in Kind},
            sure={kind: total.sure[kind].plus(score.sure.get(kind, Counts())) for kind in Kind},
            sure_sentiment=total.sure_sentiment.plus(score.sure_sentiment),
            grounded=total.grounded.plus(score.grounded),
            orders=total.orders.plus(score.orders),
            abstained=total.abstained.plus(score.abstained),
            owner=total.owner.plus(score.owner),
            due=total.due.plus(score.due),
            due_dated=total.due_dated.plus(score.due_dated),
            sentiment=total.sentiment.plus(score.sentiment),
            direction=total.direction.plus(score.direction),
            withdrawn_as_live=total.withdrawn_as_live + score.withdrawn_as_live,
            withdrawn_recognised=total.withdrawn_recognised + score.withdrawn_recognised,
            distractors=total.distractors + score.distractors,
        )
    return total


def without_orders(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis with its findings about the deal alone."""
    return analysis.model_copy(update={"items": tuple(item for item in analysis.items if not item.order)})


def without_candidates(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis with what may be acted on without a person."""
    return analysis.model_copy(
        update={"items": tuple(item for item in analysis.items if not (item.order or item.candidate))}
    )


def _told(gold: Gold, analysis: CallAnalysis) -> Accuracy:
    return Accuracy(right=int(analysis.sentiment.label == gold.sentiment), total=1)


def _grounded(analysis: CallAnalysis, transcript: Transcript) -> Accuracy:
    stand = sum(quoted_turn(item.quote, item.evidence, transcript) is not None for item in analysis.items)
    return Accuracy(right=stand, total=len(analysis.items))


def _abstained(gold: Gold, analysis: CallAnalysis) -> Accuracy:
    if gold.items:
        return Accuracy()
    return Accuracy(right=int(not without_candidates(analysis).items), total=1)


def _orders(gold: Gold, analysis: CallAnalysis) -> Counts:
    told = {ref for item in analysis.items if item.order for ref in item.evidence}
    labelled = set(gold.injection)
    return Counts(right=len(told & labelled), wrong=len(told - labelled), missed=len(labelled - told))


def _counts_of(kind: Kind, matching: Matching) -> Counts:
    return Counts(
        right=sum(pair.gold.kind is kind for pair in matching.matched),
        wrong=sum(item.found.kind is kind for item in matching.wrong),
        missed=sum(item.kind is kind for item in matching.missed),
    )


def _accuracy(pairs: Sequence[Pair], is_right: Callable[[Pair], bool]) -> Accuracy:
    return Accuracy(right=sum(is_right(pair) for pair in pairs), total=len(pairs))


def _same_owner(pair: Pair) -> bool:
    return _name(pair.gold.owner) == _name(pair.found.owner)


def _name(name: str | None) -> str | None:
    return None if name is None else " ".join(name.split()).casefold()


def _fair_due(pair: Pair) -> bool:
    return pair.found.due in {pair.gold.due, *pair.gold.due_also_ok}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
