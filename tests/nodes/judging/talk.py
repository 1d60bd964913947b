"""A small call, what the extractive analyst may have found in it, and answers as a model gives them."""

import re
from datetime import datetime
from typing import Any

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Party, Sentence, Transcript, Turn
from sandbox.model import Asked

STARTED = datetime.fromisoformat("2026-03-10T10:00:00-05:00")
"""A Tuesday."""
PARTIES = (
    Party(name="Dana Reyes", email="dana@ours.example", user_id="u1", speaker_id="s", affiliation="Internal"),
    Party(name="Ana Silva", email="ana@acme.example", speaker_id="c", affiliation="External"),
    Party(name="Luis Ortega", email="luis@acme.example", affiliation="External"),
)
TALK = (
    ("s", "Thanks for the time, Ana.|How did the trial go?"),
    ("c", "The team loves it.|But forty thousand a year is too much for us.|We also look at Wexford."),
    ("s", "I hear you.|I'll send you the price list by Friday."),
    ("c", "Great.|When could we go live?"),
)
LINE = re.compile(r"^(\d+) ([SCU]\d+): (.*)$", re.MULTILINE)


def spoken(*turns: tuple[str, str]) -> tuple[Call, Transcript]:
    """A call of these turns: who speaks, and the sentences with bars between them."""
    call = Call(id="9001", title="Acme - pricing", started=STARTED, parties=PARTIES)
    told, start = [], 0
    for speaker, text in turns:
        sentences = []
        for sentence in text.split("|"):
            sentences.append(Sentence(start_ms=start, end_ms=start + 900, text=sentence))
            start += 1000
        told.append(Turn(speaker_id=speaker, sentences=tuple(sentences)))
    return call, Transcript(call_id=call.id, turns=tuple(told))


def extracted(*items: Finding, **given: Any) -> CallAnalysis:
    """What the extractive analyst made of the call."""
    values: dict[str, Any] = {
        "call_id": "9001",
        "analyst": "extractive",
        "language": "en",
        "summary": "Dana Reyes spoke with Ana Silva.",
        "sentiment": Sentiment(label="mixed", score=0.1, confidence=0.6),
        "items": items,
        "stage_direction": StageDirection(direction="hold"),
        "statistics": TalkStatistics(),
    }
    return CallAnalysis(**(values | given))


def objection(**given: Any) -> Finding:
    """That forty thousand is too much."""
    values: dict[str, Any] = {
        "kind": Kind.OBJECTION,
        "text": "Ana Silva: Forty thousand a year is too much for us.",
        "quote": "But forty thousand a year is too much for us.",
        "speaker": "Ana Silva",
        "start_ms": 3000,
        "evidence": ((1, 1),),
        "confidence": 0.8,
    }
    return Finding(**(values | given))


def found(kind: str, sentences: list[int], text: str, **given: Any) -> dict[str, Any]:
    """A finding as a model gives it."""
    about = {"kind": kind, "sentences": sentences, "text": text}
    return {"severity": "none", "owner": 0, "withdrawn_by": 0} | about | given


def judgement(*findings: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A window's answer with nothing in it but what is given."""
    empty: dict[str, Any] = {
        "orders": [],
        "rulings": [],
        "findings": list(findings),
        "qualification": [],
        **outline(),
    }
    return empty | given


def outline(**given: Any) -> dict[str, Any]:
    """The answer to a request to sum up."""
    nothing: dict[str, Any] = {
        "summary": [],
        "sentiment": {"label": "unknown", "sentences": []},
        "direction": {"direction": "unknown", "sentences": []},
    }
    return nothing | given


def shown(asked: Asked) -> list[str]:
    """The sentences of a request's window, the one with number n at n - 1."""
    return [match[3] for match in LINE.finditer(asked.messages[-1]["content"])]


def is_reduce(asked: Asked) -> bool:
    """Whether a request is to sum up."""
    return "<statements>" in asked.messages[-1]["content"]
