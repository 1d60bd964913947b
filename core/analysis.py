"""The shape of what Sophia found in a call: one shape, whoever analysed it.

Every finding carries the sentences it rests on as `evidence`, a tuple of `(turn, sentence)` indices into the
transcript, and a `quote` that is literally in them. A finding without evidence cannot be made.
"""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SentenceRef = tuple[int, int]
"""(turn, sentence): both count from 0 in the order of the transcript."""

Severity = Literal["low", "medium", "high"]
SentimentLabel = Literal["positive", "neutral", "mixed", "negative", "unknown"]
Direction = Literal["advance", "hold", "regress", "won", "lost", "unknown"]


class Frozen(BaseModel):
    """An immutable value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """What a finding is; the meaning of each is in evals/LABELS.md."""

    OBJECTION = "objection"
    BUYING_SIGNAL = "buying_signal"
    NEXT_STEP = "next_step"
    RISK = "risk"
    COMPETITOR = "competitor"
    QUESTION_OPEN = "question_open"
    COACHING = "coaching"


class Proved(Frozen):
    """Something said of a call, with its proof.

    `quote` is text of the evidence sentences, verbatim. `start_ms` is where the first of them begins. `speaker` is
    the name of who said it (None when Gong does not know). `analyst` is who found it. A `candidate` is not sure enough
    to be acted on by itself: it is shown as such, and nothing is written because of it.
    """

    text: str
    quote: str = Field(min_length=1)
    speaker: str | None = None
    start_ms: int = Field(ge=0)
    evidence: tuple[SentenceRef, ...] = Field(min_length=1)
    confidence: float = Field(ge=0, le=1)
    analyst: str = "extractive"
    candidate: bool = False


class Finding(Proved):
    """One thing found in a call.

    For a next step `owner` is the name of who must act, `owner_email` that party's address as Gong gave it, `ours`
    whether they are of our own team, and `due` the day it is due, resolved against the call's date. `withdrawn` marks
    a commitment taken back later in the call. `order` marks a risk that is an instruction to software spoken in the
    call: Sophia does not follow it, and a person should know of it.
    """

    kind: Kind
    severity: Severity | None = None
    owner: str | None = None
    owner_email: str | None = None
    ours: bool | None = None
    due: date | None = None
    withdrawn: bool = False
    order: bool = False


class MeddpiccField(StrEnum):
    """The eight fields by which a deal is qualified (MEDDPICC)."""

    METRICS = "metrics"
    ECONOMIC_BUYER = "economic_buyer"
    DECISION_CRITERIA = "decision_criteria"
    DECISION_PROCESS = "decision_process"
    PAPER_PROCESS = "paper_process"
    IDENTIFIED_PAIN = "identified_pain"
    CHAMPION = "champion"
    COMPETITION = "competition"


class Qualification(Proved):
    """What the call says about one MEDDPICC field; a field that is not named was not heard of."""

    field: MeddpiccField


class Provenance(Frozen):
    """What an analysis was made by and from: the same provenance gives the same analysis.

    `analyst` names the analyst with the version of what it learnt; `model` and `prompt_version` are None when no model
    took part; `input_hash` is the SHA-256 of the call's parties and transcript (core/fingerprint.py).
    """

    analyst: str
    model: str | None = None
    prompt_version: str | None = None
    input_hash: str


class Sentiment(Frozen):
    """The customer's sentiment over the whole call; `score` runs from -1 to 1, `course` is its mean by quarter.

    A `candidate` label is not sure enough to be written down without a person.
    """

    label: SentimentLabel
    score: float = Field(ge=-1, le=1)
    course: tuple[float, ...] = ()
    evidence: tuple[SentenceRef, ...] = ()
    confidence: float = Field(default=0, ge=0, le=1)
    candidate: bool = False


class Topic(Frozen):
    """Something that was talked about: where it first came up and its share of the sentences (0 to 1)."""

    name: str
    start_ms: int
    share: float
    evidence: tuple[SentenceRef, ...]


class StageDirection(Frozen):
    """Where the deal moved in this call, with the sentences that show it (none for hold and unknown)."""

    direction: Direction
    quote: str | None = None
    evidence: tuple[SentenceRef, ...] = ()
    confidence: float = Field(default=0, ge=0, le=1)


class TalkStatistics(Frozen):
    """Coaching figures, counted from the transcript: seconds, shares from 0 to 1, and questions asked."""

    talk_share: dict[str, float] = {}
    seller_share: float | None = None
    seller_questions: int = 0
    customer_questions: int = 0
    longest_monologue_s: float = 0
    longest_monologue_speaker: str | None = None


class CallAnalysis(Frozen):
    """Everything found in one call.

    `notes` says in plain words what could not be done and why (an empty transcript, another language).
    `dropped` counts findings whose evidence did not hold. `awaits_model` marks an analysis that a model should have
    taken part in and could not: it stands, and is improved when the model is back. `provenance` is set once stored.
    """

    call_id: str
    analyst: str
    language: str | None = None
    summary: str
    summary_evidence: tuple[SentenceRef, ...] = ()
    sentiment: Sentiment
    topics: tuple[Topic, ...] = ()
    items: tuple[Finding, ...] = ()
    meddpicc: tuple[Qualification, ...] = ()
    stage_direction: StageDirection
    statistics: TalkStatistics
    notes: tuple[str, ...] = ()
    dropped: int = 0
    awaits_model: bool = False
    provenance: Provenance | None = None

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind, in the order of the call, candidates included."""
        return tuple(item for item in self.items if item.kind is kind)

    def sure(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind that may be acted on without a person, in the order of the call."""
        return tuple(item for item in self.of(kind) if not item.candidate)
