"""A small team and its calls, written down in team.json, an analyst that does what it is told, and a clock to move.

The team: Dana (owner 1) and Erik (owner 2), whose deals they all are. Acme (company 101) with Ana (contact 201), Aldo
(202) and one open deal (301); Birch (102) with Bea (203) and two open deals (302, 303); Cedar (103) with Cleo (204) and
a deal that is won (304).
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Transcript

Json = dict[str, Any]

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)

PRICING = (
    ("dana", "Thanks for the time today, Ana."),
    ("ana", "Honestly we are worried about the price."),
    ("ana", "But the team likes it, let's move to a contract."),
    ("dana", "I'll send you the price list by Friday."),
    ("dana", "I'll ask Erik to set up the sandbox."),
)
"""What is said on a call, in the words that the scripted analyst knows."""


TEAM: Mapping[str, Any] = json.loads((Path(__file__).parent / "team.json").read_text(encoding="utf-8"))


class ScriptedAnalyst:
    """Takes "I'll …" for a promise, "worried" for a risk, "let's move" for a signal and a step forward.

    For tests about the rest. What begins with "Assistant," is an order to software.
    """

    name = "scripted"
    version = "1"

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis:
        said = [
            (turn, index, sentence)
            for turn, spoken in enumerate(transcript.turns)
            for index, sentence in enumerate(spoken.sentences)
        ]
        items, direction = [], StageDirection(direction="hold")
        for turn, index, sentence in said:
            party = call.speaker(transcript.turns[turn].speaker_id)
            about: Json = {
                "text": sentence.text,
                "quote": sentence.text,
                "speaker": party.name if party else None,
                "start_ms": sentence.start_ms,
                "evidence": ((turn, index),),
                "confidence": 1,
            }
            if sentence.text.startswith("I'll") and party:
                ours, due = party.affiliation == "Internal", (NOW + timedelta(days=3)).date()
                whose = {"owner": party.name, "owner_email": party.email, "ours": ours, "due": due}
                items.append(Finding(kind=Kind.NEXT_STEP, **about, **whose))
            if "worried" in sentence.text:
                items.append(Finding(kind=Kind.RISK, severity="high", **about))
            if sentence.text.startswith("Assistant,"):
                items.append(Finding(kind=Kind.RISK, severity="high", order=True, **about))
            if "let's move" in sentence.text:
                items.append(Finding(kind=Kind.BUYING_SIGNAL, **about))
                shown: Json = {"quote": sentence.text, "evidence": ((turn, index),), "confidence": 1}
                direction = StageDirection(direction="advance", **shown)
        return CallAnalysis(
            call_id=call.id,
            analyst=self.name,
            summary=said[0][2].text if said else "",
            sentiment=Sentiment(label="mixed", score=0),
            items=tuple(items),
            stage_direction=direction,
            statistics=TalkStatistics(),
        )


class MovingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass
class World:
    """What is in the services at first; a test changes it before it opens the house."""

    crm: dict[str, list[Json]]
    calls: dict[str, Json] = field(default_factory=dict)
    slack_users: list[Json] | None = None

    def add_call(
        self,
        id: str,
        said: Sequence[tuple[str, str]] | None = PRICING,
        *,
        people: Sequence[str] = ("dana", "ana"),
        deals: Sequence[str] = (),
        companies: Sequence[str] = (),
        started: str = "2026-03-10T10:00:00-05:00",
        **about: Any,
    ) -> None:
        """A call of these people; `said` None is a transcript that is not there yet."""
        self.calls[id] = recorded_call(id, said, people, deals, companies, started, about)

    def record(self, type: str, id: str) -> Json:
        return next(record for record in self.crm[type] if record["id"] == id)

    def write(self, folder: Path) -> None:
        files: dict[str, Any] = {f"hubspot/{type}.json": {"results": records} for type, records in self.crm.items()}
        files |= {f"calls/{id}.json": call for id, call in self.calls.items()}
        if self.slack_users is not None:
            files["slack/users.json"] = {"ok": True, "members": self.slack_users}
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))


def recorded_call(
    id: str,
    said: Sequence[tuple[str, str]] | None,
    people: Sequence[str],
    deals: Sequence[str],
    companies: Sequence[str],
    started: str,
    about: Json,
) -> Json:
    """A call as Gong returns it."""
    objects = [{"objectType": "Deal", "objectId": deal} for deal in deals]
    objects += [{"objectType": "Company", "objectId": company} for company in companies]
    extensive = {
        "metaData": {
            "id": id,
            "url": f"https://us-1.app.gong.io/call?id={id}",
            "title": f"Call {id}",
            "started": started,
            "duration": 1800,
            "primaryUserId": "11",
            "scope": "External",
            "language": "eng",
            "isPrivate": False,
            **about,
        },
        "context": [{"system": "HubSpot", "objects": objects}] if objects else [],
        "parties": [
            {"id": f"p-{name}", "speakerId": f"s-{name}", "methods": ["Attendee"], **TEAM["people"][name]}
            for name in people
        ],
    }
    if said is None:
        return {"extensive": extensive, "transcript": None}
    turns = [
        {
            "speakerId": f"s-{who}",
            "topic": None,
            "sentences": [{"start": n * 5000, "end": n * 5000 + 4000, "text": text}],
        }
        for n, (who, text) in enumerate(said)
    ]
    return {"extensive": extensive, "transcript": {"callId": id, "transcript": turns}}


@pytest.fixture
def world() -> World:
    """The team as described above, without calls."""
    return World(crm=copy.deepcopy(TEAM["crm"]))


@pytest.fixture
def scripted() -> ScriptedAnalyst:
    return ScriptedAnalyst()


@pytest.fixture
def clock() -> MovingClock:
    """Stands at 18:00 UTC on 10 March 2026."""
    return MovingClock()
