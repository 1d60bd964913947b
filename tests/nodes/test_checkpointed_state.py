"""What the state holds comes back from a checkpoint as it went in, and nothing else comes back as an object."""

from datetime import UTC, datetime
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from core.calls import Call
from memory.calls import CallStatus
from nodes.state import CHECKPOINTED, CallOutcome, Candidate, Change, Resolution


@pytest.fixture
def strict() -> JsonPlusSerializer:
    return JsonPlusSerializer(allowed_msgpack_modules=CHECKPOINTED)


def test_every_value_of_the_state_survives(strict: JsonPlusSerializer, resolution: Resolution) -> None:
    now = datetime(2026, 3, 10, 17, tzinfo=UTC)
    assert resolution.deal is not None
    linked = resolution.deal.model_copy(update={"associations": {"companies": ("101",)}, "updated_at": now})
    values: list[Any] = [
        resolution.model_copy(
            update={"deal": linked, "candidates": (Candidate(type="deals", id="1", name="A"),), "remarks": ("r",)}
        ),
        (
            Change(
                key="k",
                object_type="deals",
                object_id="301",
                field="dealstage",
                label="Stage",
                after="s4",
                evidence=((7, 0),),
                associations=(("deals", "301"),),
                decision="ask",
            ),
        ),
        CallOutcome(status=CallStatus.WAITING, reason="late", retry_at=now),
        now,
    ]
    for value in values:
        back = strict.loads_typed(strict.dumps_typed(value))
        assert (tuple(back) if isinstance(value, tuple) else back) == value


def test_a_type_that_the_state_does_not_hold_does_not_come_back(strict: JsonPlusSerializer) -> None:
    assert isinstance(strict.loads_typed(strict.dumps_typed(Call(id="1"))), dict)
