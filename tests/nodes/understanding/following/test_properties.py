"""What holds for every message and every focus: nothing raises, whole questions stay, and the focus stays small."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from nodes.understanding.following import completed, next_focus
from nodes.understanding.shape import Focus, Understood
from nodes.understanding.understanding import understand
from tests.nodes.understanding.following.conversing import Conversation
from tests.nodes.understanding.portal import lexicon

BEGUN = [
    [("deals closing this month over 50k owned by Danny", "deal:55201 deal:103222 deal:62688"), ("the second one", "")],
    [("who owns Lodestar", "company:103010")],
    [("my overdue tasks", "task:1 task:2 task:3")],
    [("last call with Quadrangle", "call:585")],
    [("what did Lodestar say about price", "call:1")],
    [("move Larkspur Campus Living - new logo to contract sent", "asked:12")],
    [("deals with Larkspur", "")],
    [("total pipeline by owner", "")],
]

WHOLE = (
    "my overdue tasks",
    "deals closing this month over 50k owned by Dana",
    "last call with Quadrangle",
    "how many price objections this quarter",
    "who owns Lodestar",
    "open deals of Kenya Marsh",
    "deals that are not lost",
    "top 5 deals by amount",
    "biggest deal this quarter",
    "total pipeline by owner",
    "tasks due today",
    "companies in Ohio with more than 1000 units",
    "contacts at Pinnacle Shores",
    "notes on Fernhill",
    "first three deals closing next month",
    "next task",
    "what was our last call",
    "which rep has the most open deals",
    "is it true that Lodestar signed",
    "show me deals of Kenya that close this quarter",
    "deals whose owner has not updated them",
    "who are our biggest customers",
    "average deal size of won deals",
    "I know I asked this before but can't find it. Show tasks created in Q2",
    "what did Lodestar say about pricing",
    "summarise the last call with Quadrangle",
    "draft a follow-up email to Lodestar",
    "what is missing to qualify Quadrangle",
    "move Lodestar - portfolio payments to contract sent",
    "remind me to call Quadrangle on friday",
    "log that I spoke with Quadrangle about the pilot",
    "tell Kenya that Quadrangle has signed",
    "create a task to send Tidewater Flats the contract by monday",
    "assign Lodestar - portfolio payments to Kenya",
    "approve 12",
    "stick 55k on Birchfield",
    "note for Birchfield: board meets in October",
    "recap Cinder Row for me, I missed it",
    "hello",
    "thanks, that was great",
    "ok, thanks",
    "what can you do",
    "what's the weather in Leeds",
    "will it rain on Saturday",
    "write me a poem about spring",
)


@pytest.fixture(scope="module")
def focuses() -> list[Focus]:
    return [_focus(turns) for turns in BEGUN]


def _focus(turns: list[tuple[str, str]]) -> Focus:
    conversation = Conversation()
    for text, shows in turns:
        conversation.say(text, shows.split())
    return conversation.focus


def understood(text: str) -> Understood:
    return asyncio.run(understand(text, lexicon(), Focus()))


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_whole_by_itself_is_not_changed(text: str, focuses: list[Focus]) -> None:
    alone = understood(text)
    assert [completed(alone, focus, lexicon()) for focus in focuses] == [alone] * len(focuses)


def test_nothing_is_changed_of_a_name_that_nobody_bears(focuses: list[Focus]) -> None:
    """The worst of all guesses: something done to the record before in place of one that is not known."""
    orders = (
        "mark Saddlebrook as lost, they chose someone else",
        "Harborview is now contract sent",
        "move Wexley to won",
    )
    for text in orders:
        for focus in focuses:
            requests = completed(understood(text), focus, lexicon()).requests
            assert [request.action.record for request in requests if request.action] == [None] * len(requests)


WORDS = st.sampled_from(
    (
        *(
            "and",
            "the",
            "second",
            "one",
            "it",
            "them",
            "that",
            "no",
            "not",
            "other",
            "Larkspur",
            "Kenya",
            "deal",
            "company",
        ),
        *(
            "last",
            "next",
            "only",
            "open",
            "mine",
            "2",
            "both",
            "over",
            "50k",
            "same",
            "for",
            "back",
            "to",
            "deals",
            "move",
        ),
        *("close", "remind", "me", "about", "yes", "never", "mind", "by", "stage", "what", "who", "owns", "when", "I"),
        *("meant", "Friday", "?", ",", "("),
    )
)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, max_size=9), begun=st.integers(0, len(BEGUN) - 1))
def test_no_words_make_it_raise(words: list[str], begun: int, focuses: list[Focus]) -> None:
    focus = focuses[begun]
    for text in (" ".join(words), "".join(words)):
        found = completed(understood(text), focus, lexicon())
        assert found.requests
        assert next_focus(focus, found, (), 3).topics is not None


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=60))
def test_no_letters_make_it_raise(text: str, focuses: list[Focus]) -> None:
    alone = understood(text)
    assert all(completed(alone, focus, lexicon()).requests for focus in focuses)


def test_the_focus_stays_small_however_long_one_talks() -> None:
    conversation = Conversation()
    ids = (
        "55082",
        "55201",
        "77064",
        "77120",
        "61240",
        "62688",
        "103222",
        "103223",
        "40311",
        "40316",
        "106712",
        "55533",
    )
    shown = [f"deal:{id}" for id in ids]
    for turn in range(30):
        texts = (
            "open deals over 20k owned by Kenya",
            f"the {('first', 'second', 'third')[turn % 3]} one",
            "same for Danny",
        )
        for text in texts:
            conversation.say(text, shown if "one" not in text else ())
        conversation.say(f"log that we spoke with Lodestar about {'the roll-out of the portal, ' * 40}")
        stored = JsonPlusSerializer().dumps_typed(conversation.focus)[1]
        assert len(stored) <= 3_200
        assert len(conversation.focus.topics) <= 8
        assert max(len(topic.results) for topic in conversation.focus.topics) <= 10


def test_a_stored_focus_is_the_same_focus() -> None:
    focus = _focus(
        [
            ("deals with Larkspur", ""),
            ("only show me 5", ""),
            ("deals closing this month", "deal:55201"),
            ("deals with Marcus", ""),
        ]
    )
    allowed = JsonPlusSerializer(allowed_msgpack_modules=[(Focus.__module__, "Focus")])
    assert allowed.loads_typed(allowed.dumps_typed(focus)) == focus
    assert focus.preferences == {"count": "5"}
    assert focus.open_doubt is not None
