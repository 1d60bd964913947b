"""What Sophia says of herself: true for this installation, for who asks, and for where they ask."""

from typing import Any

import pytest

from core.people import TERMINAL, Person
from nodes.slack_interface.agent import HELP, NOT_MINE, said_to
from nodes.slack_interface.topics import topic_of
from tests.nodes.querying.conftest import House
from tests.nodes.slack_interface.conftest import CHANNEL, Says

GARLAND = "3351298813304244839"


@pytest.mark.parametrize(
    ("topic", "texts"),
    [
        ("rights", ["what can I see", "What am I allowed to do?", "what's my role", "who am I", "who am I to you"]),
        (
            "privacy",
            ["who can see this", "can other people see what I ask you", "is this private?", "who sees this chat"],
        ),
        ("freshness", ["how fresh is it", "how up to date are you", "is this live?", "when was this last updated"]),
        ("model", ["what model are you", "which LLM do you use", "do you use AI", "are you ChatGPT"]),
        (
            "data",
            [
                "which data do you have",
                "what systems are you connected to",
                "can you read my emails",
                "what do you know",
            ],
        ),
        (
            "bot",
            ["are you a bot", "Are you human?", "who are you", "what is your name", "who made you", "what is Sophia"],
        ),
        ("approvals", ["how does the approvals thing work", "how do I reject a proposal"]),
        ("undo", ["how do I undo something with you"]),
        ("remembers", ["can you remember things", "do you learn from our chats"]),
        ("languages", ["do you understand German", "which languages do you speak"]),
        ("safe", ["is my data safe with you"]),
        ("bant", ["what does BANT mean"]),
        ("meddpicc", ["what does MEDDPICC mean here"]),
        (
            None,
            [
                "what can you do",
                "what are your capabilities",
                "what are you able to do",
                "who won the match last night",
                "is Priya getting fired",
                "hello",
                "do you understand me",
                "which questions do you understand",
                f"who are you {'x' * 300}",
            ],
        ),
    ],
)
def test_a_question_about_sophia_is_known_by_its_words(topic: str | None, texts: list[str]) -> None:
    assert [(text, topic_of(text)) for text in texts] == [(text, topic) for text in texts]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello Sophia", "Hello."),
        ("good morning", "Hello."),
        ("thanks, that's all", "You are welcome."),
        ("that's rubbish", "I am sorry."),
        ("not what I asked", "I am sorry."),
        ("goodbye", "Until next time."),
        ("ok", "All right."),
        ("what can you do", HELP),
        ("thanks to you I now want to know what sorts of things there are to ask here", HELP),
    ],
)
def test_a_few_words_of_courtesy_get_a_few_back(text: str, said: str) -> None:
    assert said_to("chat", text).startswith(said)
    assert said_to("out_of_scope", text) == NOT_MINE


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (
            "ana",
            "You are Ana, a rep: you may read your own records and those that nobody owns, and have me change them",
        ),
        ("mia", "You are Mia, a manager: you may read the records of your team and those that nobody owns, and have"),
        ("vic", "You are Vic, a viewer: you may read records: those that nobody owns, and change none."),
        (TERMINAL, "You are the terminal, an admin: you may read every record, and have me change them"),
        (Person(name="Mallory", email="m@elsewhere.example"), "You are Mallory, whom I do not know"),
    ],
)
async def test_everybody_is_told_what_they_may_see(say: Says, who: Any, told: str) -> None:
    said = (await say("what can I see", who=who)).text
    assert said.startswith(told)
    assert "everybody who is here" not in said


async def test_at_a_place_of_several_people_it_is_said_what_is_shown_there(say: Says) -> None:
    assert "Here I show only what everybody who is here may read." in (await say("what can I see", venue=CHANNEL)).text
    assert (await say("who can see this", venue=CHANNEL)).text.startswith("Everybody who is here")
    assert (await say("who can see this")).text.startswith("Only you")


@pytest.mark.parametrize("kind", ["chat", "out_of_scope", "unclear"])
async def test_it_is_answered_whatever_the_question_was_taken_for(say: Says, kind: str) -> None:
    reply = await say("are you a bot", kind)
    assert reply.text.startswith("I am Sophia, a program and not a person.")
    assert reply.doubt is None


async def test_whether_there_is_a_model_is_told(say: Says) -> None:
    assert "no language model here" in (await say("what model are you")).text
    writer: Any = object()
    assert "A language model that was set up here" in (await say("what model are you", writer=writer)).text


async def test_without_calls_it_is_said_that_there_are_none(say: Says) -> None:
    for question in ("which data do you have", "how fresh is it"):
        assert "No call has been analysed yet that you may see" in (await say(question)).text


async def test_calls_are_counted_for_who_may_see_them(say: Says, house: House) -> None:
    await house.keep_call(GARLAND, "owner:71240118")
    assert "I know 1 call that you may see." in (await say("which data do you have", who=TERMINAL)).text
    assert "No call has been analysed yet that you may see" in (await say("which data do you have")).text
    assert "The newest call that I know and you may see is" in (await say("how fresh is it", who=TERMINAL)).text


async def test_an_unclear_word_is_asked_about(say: Says) -> None:
    assert "Which deal, company, call or task" in ((await say("asdf", "unclear")).doubt or "")
