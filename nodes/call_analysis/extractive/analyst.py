"""The extractive analyst: reads a call without any language model and says only what it can prove.

The steps: lay the transcript flat (dialogue.py), score every sentence for every kind of finding (scoring.py), make
findings of them (findings.py, commitments.py, competitors.py, orders.py, qualification.py), judge the call as a whole
(sentiment.py, verdict.py) and put it into a few sentences (summary.py). It is the default, the fallback when the
model is down, and the list of candidates given to the model.

What each library does: numpy runs the linear models, since a matrix product needs nothing more; onnxruntime and
tokenizers run the small sentence encoder; scikit-learn and torch train them and never ship (evals/).

A call it cannot read (no words, another language, nobody known) gets what is true of it all the same, and a note.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection
from core.calls import Call, Transcript
from nodes.call_analysis.extractive.commitments import steps_of
from nodes.call_analysis.extractive.competitors import vendors_of
from nodes.call_analysis.extractive.dialogue import Dialogue, lay_flat
from nodes.call_analysis.extractive.encoder import SentenceEncoder, shipped_encoder
from nodes.call_analysis.extractive.findings import findings_of
from nodes.call_analysis.extractive.language import language_of
from nodes.call_analysis.extractive.learnt import Learnt, learnt
from nodes.call_analysis.extractive.orders import orders_of
from nodes.call_analysis.extractive.qualification import qualification_of
from nodes.call_analysis.extractive.scoring import above_the_bar, both_looks, first_look
from nodes.call_analysis.extractive.sentiment import sentiment_of
from nodes.call_analysis.extractive.statistics import statistics_of
from nodes.call_analysis.extractive.summary import summary_of
from nodes.call_analysis.extractive.topics import topics_of
from nodes.call_analysis.extractive.verdict import direction_from, signs_of

EMPTY = "The transcript is empty: nothing could be analysed."
TINY = "The transcript is too short to judge sentiment or direction."
NO_SIDES = "Nobody on the call could be told apart as ours or theirs: what depends on the side was left out."
SOME_UNKNOWN = "Some speakers are not resolved: what they said was not judged by side."
NO_DATE = "The call has no date: due dates were not resolved."
INTERNAL = "Only our own team was on the call: there is no customer's sentiment."
LEAST_WORDS = 40
SIDED = (Kind.OBJECTION, Kind.BUYING_SIGNAL, Kind.QUESTION_OPEN, Kind.COACHING)
PLAIN = (Kind.OBJECTION, Kind.BUYING_SIGNAL, Kind.RISK, Kind.QUESTION_OPEN, Kind.COACHING)
Scores = Mapping[str, Sequence[float]]


class ExtractiveAnalyst:
    """Finds things in a call with classifiers and rules alone. Thread-safe: it holds nothing but what was learnt."""

    name = "extractive"
    version = "2"

    def __init__(self, knowledge: Learnt | None = None, encoder: SentenceEncoder | None = None) -> None:
        self._knowledge = knowledge
        self._encoder = encoder

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis:
        """The analysis of a call; never raises on odd input, `notes` says what could not be done."""
        dialogue = lay_flat(call, transcript)
        language = language_of(dialogue)
        if not dialogue.lines:
            return _nothing(dialogue, language, EMPTY)
        if language not in (None, "en"):
            note = f"The call is in another language than English ({language}): only talk statistics were made."
            return _nothing(dialogue, language, note)
        return self._read(dialogue, language)

    def _read(self, dialogue: Dialogue, language: str | None) -> CallAnalysis:
        knowledge = self._knowledge or learnt()
        scores = scores_of(dialogue, knowledge, self._encoder or shipped_encoder())
        items = items_of(dialogue, scores, knowledge)
        signs = signs_of(dialogue, items, scores)
        summary, cited = summary_of(dialogue, items)
        return CallAnalysis(
            call_id=dialogue.call.id,
            analyst=self.name,
            language=language,
            summary=summary,
            summary_evidence=cited,
            sentiment=_sentiment(dialogue, scores, knowledge, signs),
            topics=topics_of(dialogue),
            items=tuple(sorted((*items, *orders_of(dialogue)), key=_in_order)),
            meddpicc=qualification_of(dialogue, items),
            stage_direction=_direction(dialogue, knowledge, signs, items),
            statistics=statistics_of(dialogue),
            notes=_notes(dialogue),
        )


def scores_of(dialogue: Dialogue, knowledge: Learnt, encoder: SentenceEncoder) -> dict[str, list[float]]:
    """Log-odds above the bar, by kind and line."""
    first = first_look(dialogue, knowledge.sentences)
    table = both_looks(dialogue, first, encoder, knowledge.likely, knowledge.weight)
    return above_the_bar(dialogue, table, knowledge.bars, knowledge.sentences.kinds)


def items_of(dialogue: Dialogue, scores: Scores, knowledge: Learnt) -> tuple[Finding, ...]:
    """All findings about the deal, in the order of the call."""
    sided, bars = dialogue.internal or _has_sides(dialogue), knowledge.bars
    kinds = [kind for kind in PLAIN if sided or kind not in SIDED]
    found = [finding for kind in kinds for finding in findings_of(kind, dialogue, scores[kind], bars[kind])]
    found += steps_of(dialogue, scores[Kind.NEXT_STEP], _spoken_on(dialogue), bars[Kind.NEXT_STEP])
    found += vendors_of(dialogue, scores[Kind.COMPETITOR], knowledge)
    return tuple(sorted(found, key=_in_order))


def _in_order(item: Finding) -> tuple[int, str]:
    return (item.start_ms, item.kind)


def _has_sides(dialogue: Dialogue) -> bool:
    sides = Counter(line.side for line in dialogue.lines)
    return bool(sides["seller"] or sides["customer"])


def _spoken_on(dialogue: Dialogue) -> date | None:
    return dialogue.call.started.date() if dialogue.call.started else None


def _words(dialogue: Dialogue) -> int:
    return sum(len(line.words) for line in dialogue.lines)


def _sentiment(dialogue: Dialogue, scores: Scores, knowledge: Learnt, signs: Mapping[str, float]) -> Sentiment:
    if _words(dialogue) < LEAST_WORDS or not _has_sides(dialogue):
        return Sentiment(label="unknown", score=0)
    shares, bar = knowledge.sentiment.shares(signs), knowledge.bars["sentiment"]
    label = max(shares, key=lambda name: shares[name])
    sentiment = sentiment_of(dialogue, scores, label)  # type: ignore[arg-type]
    told = {"confidence": bar.confidence(shares[label]), "candidate": bar.is_candidate(shares[label])}
    return sentiment.model_copy(update=told)


def _direction(
    dialogue: Dialogue, knowledge: Learnt, signs: Mapping[str, float], items: Sequence[Finding]
) -> StageDirection:
    if _words(dialogue) < LEAST_WORDS or not _has_sides(dialogue):
        return StageDirection(direction="unknown")
    shares = knowledge.direction.shares(signs)
    direction = max(shares, key=lambda name: shares[name])
    return direction_from(direction, round(shares[direction], 2), items)


def _notes(dialogue: Dialogue) -> tuple[str, ...]:
    sides = Counter(line.side for line in dialogue.lines)
    notes = [TINY] if _words(dialogue) < LEAST_WORDS else []
    if not _has_sides(dialogue):
        notes.append(NO_SIDES)
    elif sides["unknown"]:
        notes.append(SOME_UNKNOWN)
    if dialogue.internal:
        notes.append(INTERNAL)
    if dialogue.call.started is None:
        notes.append(NO_DATE)
    return tuple(notes)


def _nothing(dialogue: Dialogue, language: str | None, note: str) -> CallAnalysis:
    """What holds of any call: its talk statistics and the topics Gong gave it."""
    return CallAnalysis(
        call_id=dialogue.call.id,
        analyst=ExtractiveAnalyst.name,
        language=language,
        summary="",
        sentiment=Sentiment(label="unknown", score=0),
        topics=topics_of(dialogue, english=False),
        stage_direction=StageDirection(direction="unknown"),
        statistics=statistics_of(dialogue),
        notes=(note,),
    )
