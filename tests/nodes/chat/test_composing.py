"""The answer of a turn: its sources are of the day that it was where the portal is."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.people import Person
from core.rights.rights import Asker
from core.scope import EVERYTHING
from nodes.chat.composing import answer_of
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, Citation
from nodes.chat.telling import in_one
from nodes.understanding.shape import Request, Understood


def test_a_source_is_of_the_day_that_it_was_where_the_portal_is() -> None:
    unused: Any = None
    context = ChatContext(
        house=unused,
        crm=unused,
        asker=Asker(person=Person(name="Ana")),
        scope=EVERYTHING,
        thread=unused,
        turn_id="t1",
        lexicon=unused,
        zone=ZoneInfo("America/Chicago"),
    )
    cited = Citation(number=1, kind="call", id="call:1", title="A call", at=datetime(2026, 11, 20, 3, tzinfo=UTC))
    reply = AgentReply(agent="one", text="It was said [1].", citations=(cited,))
    answer = answer_of(Understood(requests=(Request(kind="agent", text="what?"),)), [reply], [reply], context)
    at = answer.citations[0].at
    assert at == cited.at and at is not None and (at.day, at.hour) == (19, 21)


def test_remarks_are_told_once_each() -> None:
    assert in_one("It is old.", None, "It is old.", "a part is missing") == "It is old; a part is missing"
    assert in_one("It is old.") == "It is old." and in_one(None) is None
