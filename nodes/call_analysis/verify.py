"""The check of every proof: nothing leaves the analysis without sentences that exist and say what is quoted.

Works on any `CallAnalysis`, whoever made it, and calls nothing: values in, values out. What fails is dropped and
counted, never repaired, for a finding whose proof is wrong is a guess.
"""

from core.analysis import CallAnalysis, Proved, SentenceRef, Sentiment, StageDirection, Topic
from core.calls import Call, Sentence, Transcript

NO_SUMMARY = "The summary was left out: what it rested on is not in the transcript."


def verify(analysis: CallAnalysis, call: Call, transcript: Transcript) -> CallAnalysis:
    """The analysis without what the transcript does not bear out; `dropped` grows by what was left out.

    An item or a MEDDPICC field stays when each of its sentences exists, its quote stands literally in them, its speaker
    is the one who said it and `start_ms` is where the first begins. Summary, sentiment, topics and stage direction lose
    what rests on sentences that do not exist. What was verified before is left as it is.
    """
    items = tuple(item for item in analysis.items if _bears_out(item, call, transcript))
    meddpicc = tuple(said for said in analysis.meddpicc if _bears_out(said, call, transcript))
    topics = tuple(topic for topic in analysis.topics if _topic_holds(topic, transcript))
    sentiment = _checked_sentiment(analysis.sentiment, transcript)
    direction = _checked_direction(analysis.stage_direction, transcript)
    summary_holds = all(_sentence(ref, transcript) for ref in analysis.summary_evidence)
    dropped = (
        len(analysis.items)
        - len(items)
        + len(analysis.meddpicc)
        - len(meddpicc)
        + len(analysis.topics)
        - len(topics)
        + (sentiment != analysis.sentiment)
        + (direction != analysis.stage_direction)
        + (not summary_holds)
    )
    return analysis.model_copy(
        update={
            "items": items,
            "meddpicc": meddpicc,
            "topics": topics,
            "sentiment": sentiment,
            "stage_direction": direction,
            "summary": analysis.summary if summary_holds else "",
            "summary_evidence": analysis.summary_evidence if summary_holds else (),
            "notes": analysis.notes if summary_holds else (*analysis.notes, NO_SUMMARY),
            "dropped": analysis.dropped + dropped,
        }
    )


def _bears_out(item: Proved, call: Call, transcript: Transcript) -> bool:
    sentences = [_sentence(ref, transcript) for ref in item.evidence]
    if not all(sentences) or len(set(item.evidence)) != len(item.evidence):
        return False
    said_in = quoted_turn(item.quote, item.evidence, transcript)
    first = _sentence(min(item.evidence), transcript)
    if said_in is None or first is None or item.start_ms != first.start_ms:
        return False
    return item.speaker == _speaker(said_in, transcript, call)


def quoted_turn(quote: str, evidence: tuple[SentenceRef, ...], transcript: Transcript) -> int | None:
    """The turn in whose evidence sentences the quote stands word for word, None when it stands in none.

    A quote may run over several sentences of one turn when they follow each other and are all evidence.
    """
    if not quote.strip():
        return None
    for run in _runs(sorted(set(evidence))):
        texts = [sentence.text for ref in run if (sentence := _sentence(ref, transcript)) is not None]
        if quote in " ".join(texts):
            return run[0][0]
    return None


def _runs(refs: list[SentenceRef]) -> list[list[SentenceRef]]:
    runs: list[list[SentenceRef]] = []
    for ref in refs:
        if runs and runs[-1][-1] == (ref[0], ref[1] - 1):
            runs[-1].append(ref)
        else:
            runs.append([ref])
    return runs


def _sentence(ref: SentenceRef, transcript: Transcript) -> Sentence | None:
    turn, place = ref
    if not 0 <= turn < len(transcript.turns) or not 0 <= place < len(transcript.turns[turn].sentences):
        return None
    return transcript.turns[turn].sentences[place]


def _speaker(turn: int, transcript: Transcript, call: Call) -> str | None:
    party = call.speaker(transcript.turns[turn].speaker_id)
    return party.name if party else None


def _topic_holds(topic: Topic, transcript: Transcript) -> bool:
    return bool(topic.evidence) and all(_sentence(ref, transcript) for ref in topic.evidence)


def _checked_sentiment(sentiment: Sentiment, transcript: Transcript) -> Sentiment:
    if all(_sentence(ref, transcript) for ref in sentiment.evidence):
        return sentiment
    return Sentiment(label="unknown", score=0)


def _checked_direction(direction: StageDirection, transcript: Transcript) -> StageDirection:
    proved = all(_sentence(ref, transcript) for ref in direction.evidence)
    if direction.quote is not None:
        proved = proved and quoted_turn(direction.quote, direction.evidence, transcript) is not None
    return direction if proved else StageDirection(direction="unknown")
