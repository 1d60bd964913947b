"""The scorer keeps to the rules of evals/LABELS.md."""

from datetime import date

import pytest

from core.analysis import (
    CallAnalysis,
    Direction,
    Finding,
    Kind,
    SentenceRef,
    Sentiment,
    SentimentLabel,
    StageDirection,
    TalkStatistics,
)
from evals.labels import Distractor, Gold, GoldItem, GoldRecords, Label
from evals.matching import match_items
from evals.score import Accuracy, Counts, Score, add_up, score_call


def labelled(
    kind: Kind,
    *evidence: SentenceRef,
    owner: str | None = None,
    due: date | None = None,
    due_also_ok: tuple[date, ...] = (),
    withdrawn_at: tuple[SentenceRef, ...] = (),
) -> GoldItem:
    return GoldItem(
        kind=kind,
        text=f"{kind} at {evidence}",
        evidence=evidence,
        speaker="Ana Ruiz",
        owner=owner,
        due=due,
        due_also_ok=due_also_ok,
        withdrawn=bool(withdrawn_at),
        withdrawn_at=withdrawn_at,
        severity=None,
    )


def gold_of(*items: GoldItem, distractors: tuple[tuple[Kind, SentenceRef], ...] = ()) -> Gold:
    return Gold(
        summary="A call.",
        sentiment="mixed",
        items=items,
        deal_stage_direction="hold",
        crm=GoldRecords(deal_id=None, ambiguous=False, contact_emails=()),
        distractors=tuple(
            Distractor(text="almost", why_not="a joke", at=at, looks_like=kind) for kind, at in distractors
        ),
        injection=(),
    )


def reported(
    kind: Kind,
    *evidence: SentenceRef,
    owner: str | None = None,
    due: date | None = None,
    withdrawn: bool = False,
) -> Finding:
    return Finding(
        kind=kind,
        text="what was found",
        quote="words",
        start_ms=0,
        evidence=evidence,
        confidence=0.5,
        owner=owner,
        due=due,
        withdrawn=withdrawn,
    )


def analysis_of(*items: Finding, sentiment: SentimentLabel = "mixed", direction: Direction = "hold") -> CallAnalysis:
    return CallAnalysis(
        call_id="1",
        analyst="extractive",
        summary="",
        sentiment=Sentiment(label=sentiment, score=0),
        items=items,
        stage_direction=StageDirection(direction=direction),
        statistics=TalkStatistics(),
    )


def test_an_item_matches_when_one_sentence_is_shared() -> None:
    gold = gold_of(labelled(Kind.RISK, (3, 0), (3, 1)))

    score = score_call(gold, analysis_of(reported(Kind.RISK, (3, 1), (9, 0))))

    assert score.kinds[Kind.RISK] == Counts(right=1)


def test_the_same_sentence_under_another_kind_is_no_match() -> None:
    gold = gold_of(labelled(Kind.RISK, (3, 0)))

    score = score_call(gold, analysis_of(reported(Kind.OBJECTION, (3, 0))))

    assert score.kinds[Kind.RISK] == Counts(missed=1)
    assert score.kinds[Kind.OBJECTION] == Counts(wrong=1)


def test_a_labelled_item_is_matched_only_once() -> None:
    gold = gold_of(labelled(Kind.RISK, (3, 0), (3, 1)))

    score = score_call(gold, analysis_of(reported(Kind.RISK, (3, 0)), reported(Kind.RISK, (3, 1))))

    assert score.kinds[Kind.RISK] == Counts(right=1, wrong=1)


def test_a_reported_item_covers_only_one_labelled_item() -> None:
    gold = gold_of(labelled(Kind.RISK, (3, 0)), labelled(Kind.RISK, (4, 0)))

    score = score_call(gold, analysis_of(reported(Kind.RISK, (3, 0), (4, 0))))

    assert score.kinds[Kind.RISK] == Counts(right=1, missed=1)


def test_the_largest_overlap_is_matched_first() -> None:
    small, large = labelled(Kind.RISK, (1, 0)), labelled(Kind.RISK, (2, 0), (2, 1))
    found = analysis_of(reported(Kind.RISK, (1, 0), (2, 0), (2, 1)))

    matching = match_items(gold_of(small, large), found)

    assert [pair.gold for pair in matching.matched] == [large]
    assert matching.missed == (small,)


def test_a_sentence_given_twice_as_evidence_weighs_once() -> None:
    first, second = labelled(Kind.RISK, (1, 0)), labelled(Kind.RISK, (2, 0), (2, 1))
    found = analysis_of(reported(Kind.RISK, (1, 0), (1, 0), (1, 0), (2, 0), (2, 1)))

    assert [pair.gold for pair in match_items(gold_of(first, second), found).matched] == [second]


def test_a_withdrawn_step_told_as_live_is_wrong_and_its_absence_is_no_miss() -> None:
    gold = gold_of(labelled(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz", withdrawn_at=((8, 0),)))

    told = score_call(gold, analysis_of(reported(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz")))
    silent = score_call(gold, analysis_of())

    assert told.kinds[Kind.NEXT_STEP] == Counts(wrong=1)
    assert told.withdrawn_as_live == 1
    assert told.owner == Accuracy()
    assert silent.kinds[Kind.NEXT_STEP] == Counts()


@pytest.mark.parametrize("sentence", [(5, 0), (8, 0)], ids=["where it was made", "where it was taken back"])
def test_a_step_recognised_as_withdrawn_counts_neither_way(sentence: SentenceRef) -> None:
    gold = gold_of(labelled(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz", withdrawn_at=((8, 0),)))

    score = score_call(gold, analysis_of(reported(Kind.NEXT_STEP, sentence, withdrawn=True)))

    assert score.kinds[Kind.NEXT_STEP] == Counts()
    assert score.withdrawn_recognised == 1


def test_calling_a_live_step_withdrawn_is_wrong_and_misses_it() -> None:
    gold = gold_of(labelled(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz"))

    score = score_call(gold, analysis_of(reported(Kind.NEXT_STEP, (5, 0), withdrawn=True)))

    assert score.kinds[Kind.NEXT_STEP] == Counts(wrong=1, missed=1)


def test_on_equal_overlap_the_live_step_is_matched_before_the_withdrawn_one() -> None:
    withdrawn = labelled(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz", withdrawn_at=((8, 0),))
    live = labelled(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz")

    score = score_call(gold_of(withdrawn, live), analysis_of(reported(Kind.NEXT_STEP, (5, 0), owner="Ana Ruiz")))

    assert score.kinds[Kind.NEXT_STEP] == Counts(right=1)
    assert score.withdrawn_as_live == 0


def test_a_distractor_is_wrong_and_counted_as_one() -> None:
    gold = gold_of(distractors=((Kind.COMPETITOR, (2, 0)),))

    score = score_call(gold, analysis_of(reported(Kind.COMPETITOR, (2, 0)), reported(Kind.COMPETITOR, (7, 0))))

    assert score.kinds[Kind.COMPETITOR] == Counts(wrong=2)
    assert score.distractors == 1


def test_a_distractor_of_one_kind_says_nothing_about_another() -> None:
    gold = gold_of(labelled(Kind.RISK, (2, 0)), distractors=((Kind.COMPETITOR, (2, 0)),))

    score = score_call(gold, analysis_of(reported(Kind.RISK, (2, 0)), reported(Kind.OBJECTION, (2, 0))))

    assert score.kinds[Kind.RISK] == Counts(right=1)
    assert score.distractors == 0


def test_owner_and_due_are_judged_on_matched_steps_only() -> None:
    monday, tuesday = date(2026, 3, 9), date(2026, 3, 10)
    gold = gold_of(
        labelled(Kind.NEXT_STEP, (1, 0), owner="Ana Ruiz", due=monday),
        labelled(Kind.NEXT_STEP, (2, 0), owner="Ben Ode", due=monday, due_also_ok=(tuesday,)),
        labelled(Kind.NEXT_STEP, (3, 0), owner="Ben Ode"),
        labelled(Kind.NEXT_STEP, (4, 0), owner="Ben Ode", due=monday),
    )
    found = analysis_of(
        reported(Kind.NEXT_STEP, (1, 0), owner="ana  ruiz", due=tuesday),
        reported(Kind.NEXT_STEP, (2, 0), owner="Ana Ruiz", due=tuesday),
        reported(Kind.NEXT_STEP, (3, 0), owner=None),
        reported(Kind.NEXT_STEP, (9, 0), owner="Nobody", due=monday),
    )

    score = score_call(gold, found)

    assert score.kinds[Kind.NEXT_STEP] == Counts(right=3, wrong=1, missed=1)
    assert score.owner == Accuracy(right=1, total=3)
    assert score.due == Accuracy(right=2, total=3)
    assert score.due_dated == Accuracy(right=1, total=2)


def test_a_date_for_an_undated_step_is_wrong() -> None:
    gold = gold_of(labelled(Kind.NEXT_STEP, (3, 0), owner="Ben Ode"))
    found = analysis_of(reported(Kind.NEXT_STEP, (3, 0), owner="Ben Ode", due=date(2026, 3, 9)))

    assert score_call(gold, found).due == Accuracy(right=0, total=1)


def test_sentiment_and_direction_are_right_or_wrong_for_each_call() -> None:
    scores = [
        score_call(gold_of(), analysis_of(sentiment="mixed", direction="won")),
        score_call(gold_of(), analysis_of(sentiment="negative", direction="hold")),
        score_call(gold_of(), analysis_of(sentiment="mixed", direction="unknown")),
    ]

    total = add_up(scores)

    assert total.calls == 3
    assert total.sentiment.share == pytest.approx(2 / 3)
    assert total.direction.share == pytest.approx(1 / 3)


def test_precision_recall_and_f1_follow_from_the_counts() -> None:
    counts = Counts(right=3, wrong=1, missed=2)

    assert counts.precision == pytest.approx(0.75)
    assert counts.recall == pytest.approx(0.6)
    assert counts.f1 == pytest.approx(2 / 3)


def test_a_figure_that_would_divide_by_nothing_is_unknown() -> None:
    assert (Counts().precision, Counts().recall, Counts().f1) == (None, None, None)
    assert Counts(missed=2).precision is None
    assert Counts(missed=2).f1 == 0
    assert Score().macro_f1 is None
    assert Accuracy().share is None


def test_macro_f1_weighs_every_kind_that_occurs_the_same() -> None:
    score = Score(
        kinds={
            Kind.RISK: Counts(right=10),
            Kind.OBJECTION: Counts(right=1, wrong=1, missed=1),
            Kind.COACHING: Counts(),
        }
    )

    assert score.macro_f1 == pytest.approx(0.75)
    assert score.micro == Counts(right=11, wrong=1, missed=1)


def test_calls_add_up_item_by_item() -> None:
    first = score_call(gold_of(labelled(Kind.RISK, (1, 0))), analysis_of(reported(Kind.RISK, (1, 0))))
    second = score_call(gold_of(labelled(Kind.RISK, (1, 0))), analysis_of(reported(Kind.RISK, (2, 0))))

    assert add_up([first, second]).kinds[Kind.RISK] == Counts(right=1, wrong=1, missed=1)


def test_a_perfect_report_scores_one_and_an_empty_one_zero() -> None:
    gold = gold_of(*(labelled(kind, (place, 0)) for place, kind in enumerate(Kind)))
    perfect = analysis_of(*(reported(kind, (place, 0)) for place, kind in enumerate(Kind)))

    assert score_call(gold, perfect).macro_f1 == 1
    assert score_call(gold, analysis_of()).macro_f1 == 0


def test_labels_move_with_the_call() -> None:
    step = labelled(Kind.NEXT_STEP, (1, 0), due=date(2026, 3, 12), due_also_ok=(date(2026, 3, 13),))
    label = Label(corpus="101", started=date(2026, 3, 10), gold=gold_of(step, labelled(Kind.RISK, (2, 0))))

    moved = label.moved_to(date(2026, 11, 10))

    assert moved.started == date(2026, 11, 10)
    assert moved.gold.items[0].due == date(2026, 11, 12)
    assert moved.gold.items[0].due_also_ok == (date(2026, 11, 13),)
    assert moved.gold.items[1].due is None
