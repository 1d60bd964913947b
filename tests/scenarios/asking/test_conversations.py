"""Conversations without a language model, written down as they go: who says what, and what must be in the answer."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from core.people import TERMINAL, Person
from tests.scenarios.asking.conftest import DANNY, HELENA, JAKE, KENYA, OONA, OTTILIE, STRANGER, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Turn = tuple[str, Sequence[str]]
"""What is said, and what the answer must say; what begins with "not:" must not be in it."""

GARLAND, LODESTAR, BRIGHTWATER = "Garland Residential - Collect", "Lodestar - portfolio payments", "Brightwater CM"
ADMIN: Final = TERMINAL
UNKNOWN: Final = "I know nobody and nothing called {}. Whom or what do you mean?"

SCRIPTS: Final[dict[str, tuple[str | Person, Sequence[Turn]]]] = {
    "a rep looks at the own week": (
        DANNY,
        [
            ("my overdue tasks", ["3 overdue tasks of yours", "one-pager"]),
            ("how many deals do I have", ["1 deal of yours, $62,000 in all", GARLAND]),
            ("deals closing this month over 50k owned by me", ["No open deals over $50,000 of yours"]),
            ("what is waiting for my approval?", ["Deal stage of Garland", "Discovery → Qualified", "Say “approve"]),
        ],
    ),
    "whose it is and when they last talked": (
        ADMIN,
        [
            ("who owns Stillwater", ["Stillwater Homes: owner Oona Brandvold"]),
            ("last call with Stillwater", ["Stillwater Homes + Corbel: acquired portfolio", "held by Marcus Feld"]),
            ("contacts at Stillwater", ["Priya Nandakumar", "Cole Batterton", "not:Garland"]),
        ],
    ),
    "the same for others": (
        HELENA,
        [
            ("deals owned by Danny", ["1 deal of Danny Kowalczyk, $62,000 in all"]),
            ("same for Kenya", ["2 deals of Kenya Marsh, $130,000 in all"]),
            ("no, I meant Jake", ["1 deal of Jake Santangelo, $187,000 in all"]),
            ("what can you do?", ["For example"]),
            ("and for Danny?", ["1 deal of Danny Kowalczyk"]),
        ],
    ),
    "what was said, with speaker, day and minute": (
        DANNY,
        [
            (
                "what did Luis say about the contract with RentBeam?",
                ["We're in a contract with RentBeam", "(Luis Abrego, ", ", 2:54) [1]"],
            ),
            ("which calls mention RentBeam", ["1 finding about “rentbeam” in 1 call", "Luis Abrego: Can the autopay"]),
            ("what did they say about pricing with Zanzibar?", ["not:Luis Abrego"]),
        ],
    ),
    "a whole call": (
        ADMIN,
        [
            ("summarise the last call with Brightwater", ["product demo", "Kenya Marsh and Todd Pilcher", "Next step"]),
            ("how did the Lodestar pricing call go?", ["Lodestar Apartment Homes - pricing", "Jake Santangelo spoke"]),
            ("what's the next step with Stillwater", ["have the one-pager over to you by Monday"]),
        ],
    ),
    "a name that nobody has is asked back, and no other call is told": (
        DANNY,
        [
            ("summarise the last call with Brightwater", [UNKNOWN.format("Brightwater"), "not:Marcy"]),
            ("is Lodestar qualified?", [UNKNOWN.format("Lodestar")]),
            ("who owns Pinnacle Shores", [UNKNOWN.format("Pinnacle Shores")]),
            ("last call with Zanzibar Towers", [UNKNOWN.format("Zanzibar Towers")]),
        ],
    ),
    "a briefing comes of three agents side by side": (
        ADMIN,
        [
            (
                "brief me on Stillwater Homes",
                [
                    "Stillwater Homes: owner Oona Brandvold",
                    "People: Oona Brandvold (owner)",
                    "spoke with Cole Batterton and Priya Nandakumar",
                    "open tasks of Stillwater Homes",
                    "not:Hubspot owner id",
                ],
            ),
        ],
    ),
    "how far a lead is qualified": (
        JAKE,
        [
            (
                "what's missing to qualify Lodestar Apartment Homes?",
                ["of 100", "BANT: need, timing; missing: budget, authority", "MEDDPICC", "Worth asking next"],
            ),
        ],
    ),
    "who heard of a call": (
        ADMIN,
        [("who was told about the Stillwater call?", ["the owner was told", "the channel was told"])],
    ),
    "two requests in one message": (
        KENYA,
        [
            (
                "who owns Brightwater and what are its open deals?",
                ["owner Kenya Marsh", "1 open deal of Brightwater Community Management, $41,500 in all"],
            ),
            ("my tasks and how many deals do I have", ["tasks of yours", "2 deals of yours, $130,000 in all"]),
        ],
    ),
    "one of several of a name": (
        ADMIN,
        [
            ("Larkspur deals", ["Which Larkspur do you mean?", "1. ", "2. "]),
            ("the first one", ["of Larkspur"]),
        ],
    ),
    "small talk and what is nobody's": (
        KENYA,
        [
            ("hi", ["Hello."]),
            ("who won the world cup?", ["not something I can help with"]),
            ("tell me a joke", ["not something I can help with"]),
            ("asdf qwer", ["What would you like to know or have done?"]),
            ("thanks!", ["You are welcome."]),
            ("what can you do?", ["I answer from your HubSpot", "and I tell you how to take it back"]),
        ],
    ),
    "what no model is there to write": (
        OONA,
        [("draft a follow-up email to Stillwater Homes", ["one-pager", "no language model is set up to write that"])],
    ),
    "what is told once": (
        ADMIN,
        [
            ("always show me 3 rows", ["Noted for this conversation"]),
            ("open deals by amount", ["3 of 33 open deals", LODESTAR]),
        ],
    ),
    "a viewer reads what nobody owns, and changes nothing": (
        OTTILIE,
        [
            ("deals", ["3 deals, $47,000 in all"]),
            ("log that we spoke with Orchard Row", ["You may change nothing here"]),
            ("who owns Lodestar", [UNKNOWN.format("Lodestar")]),
        ],
    ),
    "a stranger is told nothing, and not that there is something": (
        STRANGER,
        [
            ("deals closing this month", ["No open deals closing in November 2026"]),
            ("how many deals are there", ["No deals"]),
            ("last call with Stillwater", [UNKNOWN.format("Stillwater")]),
            ("what is waiting for my approval?", ["Nothing waits for your word"]),
            ("remind me Friday to call Joyce", ["not:is made"]),
            ("hello", ["Hello."]),
        ],
    ),
    "objections are counted for sure, and what is only possible is said so": (
        DANNY,
        [("what objections came up this quarter?", ["possible"]), ("how many price objections last month", ["No "])],
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_conversation(town: Town, name: str) -> None:
    who, turns = SCRIPTS[name]
    talk = town.talk(who)
    for said, wanted in turns:
        told = await talk.hears(said)
        assert talk.last is not None and talk.last.model_calls == 0
        for words in wanted:
            if words.startswith("not:"):
                assert words.removeprefix("not:") not in told, said
            else:
                assert words in told, f"{said!r} was answered:\n{told}"


def agents_of(told: dict[str, Any]) -> list[str]:
    return [str(name) for name in told["agents"]]


@pytest.mark.parametrize(
    ("said", "kind", "agents"),
    [
        ("deals closing this month over 50k owned by Danny", "query", ["crm_sync"]),
        ("my overdue tasks", "query", ["follow_up"]),
        ("last call with Stillwater", "query", ["call_analysis"]),
        ("what did Priya Nandakumar say about the board", "agent", ["call_analysis"]),
        ("what's missing to qualify Lodestar Apartment Homes?", "agent", ["lead_qualification"]),
        ("who was told about the Stillwater call?", "agent", ["notification"]),
        ("brief me on Stillwater Homes", "agent", ["crm_sync", "call_analysis", "follow_up"]),
        ("hello", "chat", ["slack_interface"]),
        ("what's the weather in Paris?", "out_of_scope", ["slack_interface"]),
    ],
)
async def test_the_best_agent_answers_and_stands_first(town: Town, said: str, kind: str, agents: list[str]) -> None:
    talk = town.talk()
    await talk.says(said)
    assert (talk.told["kind"], agents_of(talk.told)[: len(agents)]) == (kind, agents)
