"""Nothing leaves an analysis without proof that stands in the transcript."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics, Topic
from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.verify import verify

CALL = Call(
    id="1",
    parties=(
        Party(name="Ana Lund", speaker_id="s", affiliation="Internal"),
        Party(name="Cy Reyes", speaker_id="c", affiliation="External"),
    ),
)
TRANSCRIPT = Transcript(
    call_id="1",
    turns=(
        Turn(speaker_id="s", sentences=(Sentence(start_ms=0, end_ms=900, text="How is it going?"),)),
        Turn(
            speaker_id="c",
            sentences=(
                Sentence(start_ms=1000, end_ms=1900, text="It costs too much."),
                Sentence(start_ms=2000, end_ms=2900, text="We can't sign that."),
            ),
        ),
    ),
)
GOOD: Mapping[str, Any] = {
    "kind": Kind.OBJECTION,
    "text": "Too dear",
    "quote": "It costs too much.",
    "speaker": "Cy Reyes",
    "start_ms": 1000,
    "evidence": ((1, 0),),
    "confidence": 0.9,
}


def analysis_with(**changes: Any) -> CallAnalysis:
    values: dict[str, Any] = {
        "call_id": "1",
        "analyst": "extractive",
        "summary": "",
        "sentiment": Sentiment(label="negative", score=-1, evidence=((1, 0),)),
        "stage_direction": StageDirection(direction="hold"),
        "statistics": TalkStatistics(),
    }
    return CallAnalysis(**(values | changes))


def test_a_finding_with_its_proof_stays() -> None:
    checked = verify(analysis_with(items=(Finding(**GOOD),)), CALL, TRANSCRIPT)
    assert len(checked.items) == 1
    assert checked.dropped == 0


def test_a_quote_may_run_over_sentences_that_follow_each_other() -> None:
    item = Finding(**{**GOOD, "quote": "too much. We can't sign", "evidence": ((1, 0), (1, 1))})
    assert verify(analysis_with(items=(item,)), CALL, TRANSCRIPT).dropped == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "It is far too expensive."},
        {"quote": "it costs too much."},
        {"evidence": ((1, 1),), "start_ms": 2000},
        {"evidence": ((7, 0),)},
        {"evidence": ((1, 9),)},
        {"evidence": ((-1, 0),)},
        {"evidence": ((1, 0), (1, 0))},
        {"start_ms": 1001},
        {"speaker": "Ana Lund"},
        {"speaker": None},
        {"quote": " "},
    ],
)
def test_a_finding_whose_proof_does_not_hold_is_dropped_and_counted(wrong: Mapping[str, Any]) -> None:
    checked = verify(analysis_with(items=(Finding(**{**GOOD, **wrong}),), dropped=2), CALL, TRANSCRIPT)
    assert checked.items == ()
    assert checked.dropped == 3


def test_a_summary_that_rests_on_missing_sentences_is_left_out_with_a_note() -> None:
    checked = verify(analysis_with(summary="They signed.", summary_evidence=((5, 0),)), CALL, TRANSCRIPT)
    assert checked.summary == ""
    assert checked.summary_evidence == ()
    assert checked.dropped == 1
    assert "summary" in checked.notes[0]


def test_a_sentiment_that_rests_on_missing_sentences_becomes_unknown() -> None:
    checked = verify(
        analysis_with(sentiment=Sentiment(label="positive", score=1, evidence=((9, 9),))), CALL, TRANSCRIPT
    )
    assert checked.sentiment.label == "unknown"
    assert checked.dropped == 1


def test_a_direction_whose_quote_nobody_said_becomes_unknown() -> None:
    direction = StageDirection(direction="won", quote="Where do I sign?", evidence=((1, 0),), confidence=0.9)
    checked = verify(analysis_with(stage_direction=direction), CALL, TRANSCRIPT)
    assert checked.stage_direction.direction == "unknown"
    assert checked.dropped == 1


def test_a_topic_without_existing_sentences_is_dropped() -> None:
    topics = (
        Topic(name="price", start_ms=1000, share=0.3, evidence=((1, 0),)),
        Topic(name="cats", start_ms=0, share=0.3, evidence=((4, 0),)),
    )
    checked = verify(analysis_with(topics=topics), CALL, TRANSCRIPT)
    assert [topic.name for topic in checked.topics] == ["price"]
    assert checked.dropped == 1
