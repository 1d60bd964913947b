"""Conversations turn by turn (conversations.txt): what each message comes to in the light of those before it."""

import asyncio
from pathlib import Path

import pytest

from nodes.understanding.shape import Focus
from nodes.understanding.understanding import understand
from tests.nodes.understanding.following.conversing import Conversation, line

AS_SAID = "as said: "
"""Before what is expected of a message that is whole by itself: nothing of it may be changed."""


def conversations() -> dict[str, list[tuple[str, str]]]:
    """By their titles, what is said ("> message => records shown") and what it comes to ("< …")."""
    found: dict[str, list[tuple[str, str]]] = {}
    title = said = ""
    for text in (Path(__file__).parent / "conversations.txt").read_text(encoding="utf-8").splitlines():
        mark, _, rest = text.partition(" ")
        if mark == "#":
            title = rest
            found[title] = []
        elif mark == ">":
            said = rest
        elif mark == "<":
            found[title].append((said, rest))
    return found


@pytest.mark.parametrize("title", conversations())
def test_a_conversation_goes_on_as_people_mean_it(title: str) -> None:
    conversation = Conversation()
    for said, expected in conversations()[title]:
        text, _, shows = said.partition(" => ")
        found = conversation.say(text, shows.split())
        if expected.startswith(AS_SAID):
            assert found == asyncio.run(understand(text, conversation.names, Focus())), text
        assert (text, " && ".join(map(line, found.requests))) == (text, expected.removeprefix(AS_SAID))


def test_there_are_enough_turns() -> None:
    assert sum(map(len, conversations().values())) >= 200
