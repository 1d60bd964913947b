"""What a test has been heard in calls, without an analyst."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding, Kind, MeddpiccField, Qualification
from core.calls import Call
from nodes.lead_qualification.hearing import HeardCall

Say = Callable[..., Any]


@pytest.fixture
def say() -> Say:
    """A finding, or what was heard of a MEDDPICC field; Ana says it, each in a sentence of its own."""
    places = count()

    def make(what: Kind | MeddpiccField, quote: str = "Yes.", **given: Any) -> Finding | Qualification:
        place = next(places)
        values: dict[str, Any] = {
            "text": quote,
            "quote": quote,
            "speaker": "Ana Silva",
            "start_ms": place * 1000,
            "evidence": ((place, 0),),
            "confidence": 0.9,
        }
        if isinstance(what, Kind):
            return Finding(kind=what, **(values | given))
        return Qualification(field=what, **(values | given))

    return make


@pytest.fixture
def heard_call(call: Call, analysis: Callable[..., CallAnalysis]) -> Callable[..., HeardCall]:
    """A call of some day in March in which this was heard."""

    def make(*heard: Finding | Qualification, day: int = 10, **given: Any) -> HeardCall:
        fields = tuple(each for each in heard if isinstance(each, Qualification))
        items = [each for each in heard if isinstance(each, Finding)]
        held = call.model_copy(update={"id": f"call-{day}", "started": datetime(2026, 3, day, 15, tzinfo=UTC)})
        return HeardCall(held, analysis(*items, meddpicc=fields, call_id=held.id, **given))

    return make
