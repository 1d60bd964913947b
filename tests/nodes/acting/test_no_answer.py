"""A service does what it was asked and does not say so: the action is found to be done, and is done once."""

from typing import Any

import pytest

from memory.ledger import EffectStatus
from nodes.understanding.shape import Action
from tests.nodes.acting.wanted import MOVES_ALLOWED, deal, logging, setting, telling


@pytest.fixture
def patience_s() -> float:
    """Short, since it is waited out; yet longer than any answer takes."""
    return 1.0


@pytest.mark.parametrize(
    ("service", "path", "action", "left"),
    [
        ("hubspot", "deals/batch/update", setting("dealstage", "s3"), ("s3", 0, 0)),
        ("hubspot", "notes/batch/create", logging("We spoke", deal()), ("s2", 1, 0)),
        ("slack", "chat.postMessage", telling("2", "hello"), ("s2", 0, 1)),
    ],
    ids=["move", "note", "message"],
)
async def test_what_had_no_answer_is_looked_for_at_once(
    office: Any, service: Any, path: str, action: Action, left: tuple[str, int, int]
) -> None:
    office.under(MOVES_ALLOWED)
    office.fault(service, "timeout_after_commit", path)
    assert (await office.do(action, turn="one")).state == "done"
    assert [row.status for row in await office.effects()] == [EffectStatus.CONFIRMED]
    assert (office.value("deals", "301", "dealstage"), len(office.made("notes")), len(office.messages())) == left
