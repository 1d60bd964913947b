"""A call, what was found in it, and the records it is about, for the steps that work on values alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Party
from nodes.state import Resolution
from tools.hubspot.port import Pipeline, Record, Stage


@pytest.fixture
def call() -> Call:
    """Dana and Erik of ours with Ana of Acme, on a Tuesday in March, in Chicago."""
    return Call.model_validate(
        {
            "id": "9001",
            "title": "Acme - pricing",
            "url": "https://us-1.app.gong.io/call?id=9001",
            "started": "2026-03-10T10:03:24-05:00",
            "duration_s": 1800,
            "primary_user_id": "u1",
            "parties": (
                Party(name="Dana Reyes", email="dana@ours.example", user_id="u1", affiliation="Internal"),
                Party(name="Erik Holm", email="erik@ours.example", user_id="u2", affiliation="Internal"),
                Party(name="Ana Silva", email="ana@acme.example", affiliation="External"),
            ),
        }
    )


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """A finding; what a test does not say is of no matter to it."""

    def make(kind: Kind = Kind.NEXT_STEP, **given: Any) -> Finding:
        values: dict[str, Any] = {
            "text": "Send the price list",
            "quote": "I'll send you the price list.",
            "speaker": "Dana Reyes",
            "start_ms": 185_000,
            "evidence": ((3, 1),),
            "confidence": 0.9,
        }
        return Finding(kind=kind, **(values | given))

    return make


@pytest.fixture
def promise(finding: Callable[..., Finding]) -> Finding:
    """What Dana promised to do by Friday."""
    return finding(ours=True, owner="Dana Reyes", owner_email="dana@ours.example", due=date(2026, 3, 13))


@pytest.fixture
def analysis() -> Callable[..., CallAnalysis]:
    """An analysis with the given items and direction."""

    def make(*items: Finding, direction: str = "hold", **given: Any) -> CallAnalysis:
        quoted = direction not in ("hold", "unknown")
        values: dict[str, Any] = {
            "call_id": "9001",
            "analyst": "test",
            "summary": "Ana wants the price list before the board meets.",
            "sentiment": Sentiment(label="mixed", score=0),
            "items": items,
            "stage_direction": StageDirection.model_validate(
                {
                    "direction": direction,
                    "quote": "Let's move on." if quoted else None,
                    "evidence": ((7, 0),) if quoted else (),
                    "confidence": 0.8,
                }
            ),
            "statistics": TalkStatistics(),
        }
        return CallAnalysis(**(values | given))

    return make


@pytest.fixture
def deal() -> Record:
    """An open deal that Dana owns."""
    properties = {"dealname": "Acme rollout", "pipeline": "p1", "dealstage": "s2", "hubspot_owner_id": "1"}
    return Record(type="deals", id="301", properties=dict(properties))


@pytest.fixture
def contact() -> Record:
    """Ana, as HubSpot knows her."""
    properties: dict[str, str | None] = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"}
    return Record(type="contacts", id="201", properties=properties)


@pytest.fixture
def company() -> Record:
    """Acme."""
    return Record(type="companies", id="101", properties={"name": "Acme", "domain": "acme.example"})


@pytest.fixture
def resolution(deal: Record, company: Record, contact: Record) -> Resolution:
    """The deal, company and contact, read just now."""
    return Resolution(deal=deal, company=company, contacts=(contact,), read_at=datetime(2026, 3, 10, 17, tzinfo=UTC))


@pytest.fixture
def pipeline() -> Pipeline:
    """A pipeline that lists a less likely stage between two others."""
    return Pipeline(
        id="p1",
        label="Sales",
        stages=(
            Stage(id="s1", label="Discovery", order=0, probability=0.1),
            Stage(id="s2", label="Demo", order=1, probability=0.4),
            Stage(id="s3", label="At risk", order=2, probability=0.2),
            Stage(id="s4", label="Contract", order=3, probability=0.9),
            Stage(id="s5", label="Won", order=4, closed=True, probability=1.0),
            Stage(id="s6", label="Lost", order=5, closed=True, probability=0.0),
        ),
    )
