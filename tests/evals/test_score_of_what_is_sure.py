"""The scorer tells apart what may be acted on, what is grounded, and instructions to software."""

from core.analysis import CallAnalysis, Kind, Sentiment
from core.calls import Sentence, Transcript, Turn
from evals.score import Accuracy, Counts, add_up, score_call
from tests.evals.test_score import analysis_of, gold_of, labelled, reported

SAID = Transcript(
    call_id="1",
    turns=tuple(
        Turn(speaker_id="a", sentences=(Sentence(start_ms=0, end_ms=1, text=text),)) for text in ("words", "others")
    ),
)


def with_candidate_sentiment(analysis: CallAnalysis) -> CallAnalysis:
    return analysis.model_copy(update={"sentiment": Sentiment(label="mixed", score=0, candidate=True)})


def test_a_candidate_counts_as_told_but_not_as_sure() -> None:
    gold = gold_of(labelled(Kind.RISK, (3, 0)), labelled(Kind.RISK, (7, 0)))
    sure, candidate = reported(Kind.RISK, (3, 0)), reported(Kind.RISK, (9, 0)).model_copy(update={"candidate": True})
    score = score_call(gold, analysis_of(sure, candidate))
    assert score.kinds[Kind.RISK] == Counts(right=1, wrong=1, missed=1)
    assert score.sure[Kind.RISK] == Counts(right=1, wrong=0, missed=1)
    assert add_up([score, score]).micro_sure == Counts(right=2, wrong=0, missed=2)


def test_a_sentiment_that_is_a_candidate_is_not_sure() -> None:
    gold = gold_of()
    assert score_call(gold, analysis_of()).sure_sentiment == Accuracy(right=1, total=1)
    assert score_call(gold, with_candidate_sentiment(analysis_of())).sure_sentiment == Accuracy()


def test_an_instruction_to_software_is_no_risk_of_the_deal() -> None:
    gold = gold_of().model_copy(update={"injection": ((4, 0), (5, 0))})
    order = reported(Kind.RISK, (4, 0)).model_copy(update={"order": True})
    score = score_call(gold, analysis_of(order))
    assert score.kinds[Kind.RISK] == Counts()
    assert score.orders == Counts(right=1, wrong=0, missed=1)


def test_an_item_whose_quote_nobody_said_is_not_grounded() -> None:
    said, made_up = reported(Kind.RISK, (0, 0)), reported(Kind.RISK, (1, 0))
    assert score_call(gold_of(), analysis_of(said, made_up), SAID).grounded == Accuracy(right=1, total=2)
