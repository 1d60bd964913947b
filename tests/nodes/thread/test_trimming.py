"""Older turns leave the state whole, only once they are kept, and never more than is too much."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.graph.message import add_messages

from nodes.thread.state import joined
from nodes.thread.summarising import Extractive
from nodes.thread.trimming import Room, leaving, trimmed, turns_in
from nodes.thread.turns import calls_open, turns_of
from tests.nodes.thread.talk import looked_up, spoken, thread_of

SMALL = Room(most_tokens=1000, kept_tokens=500, least_turns=2)


def many(count: int) -> list[list[Any]]:
    return [looked_up(f"What is deal {n} worth?", f"Deal {n} is worth 4{n}00 dollars.", "x " * 20, n)
            for n in range(1, count + 1)]  # fmt: skip


def test_a_turn_is_what_a_person_says_and_all_that_follows() -> None:
    turns = turns_of([*spoken("Hello?", "Hi.", 1), *looked_up("Any deals?", "Two.", "deals", 2)], 7)
    assert [(turn.number, len(turn.messages)) for turn in turns] == [(7, 2), (8, 4)]
    assert (turns[1].asked, turns[1].answered) == ("Any deals?", "Two.")


def test_a_person_who_speaks_between_a_tool_call_and_its_answer_begins_no_turn() -> None:
    asked, called, found, answered = looked_up("Any deals?", "Two.", "deals", 1)
    meanwhile = HumanMessage("Are you there?", id="h2")
    turns = turns_of([asked, called, meanwhile, found, answered, *spoken("Thanks", "Sure.", 3)], 1)
    assert [len(turn.messages) for turn in turns] == [5, 2]


def test_nothing_leaves_while_there_is_room() -> None:
    assert leaving(thread_of(*many(2)), SMALL) == ()


async def test_what_is_too_much_leaves_the_state_itself_and_half_of_the_room_is_free_again() -> None:
    state = thread_of(*many(20))
    change = await trimmed(state, Extractive(), SMALL)
    left = joined(state["messages"], change["messages"])
    turns = turns_of(left, change["summary_to"] + 1)
    assert sum(turn.tokens for turn in turns) <= SMALL.kept_tokens
    assert turns[-1].number == 20
    assert leaving({"messages": left, "summary_to": change["summary_to"], "turns": 20}, SMALL) == ()


async def test_no_tool_call_is_left_without_its_answer() -> None:
    for count in range(3, 30):
        state = thread_of(*many(count))
        change = await trimmed(state, Extractive(), SMALL)
        left = joined(state["messages"], change.get("messages", []))
        assert calls_open(left) == frozenset()
        called = {call["id"] for message in left if isinstance(message, AIMessage) for call in message.tool_calls}
        assert {message.tool_call_id for message in left if isinstance(message, ToolMessage)} == called


def test_the_last_turns_stay_however_long_they_are() -> None:
    long = [looked_up("What?", "This.", "word " * 5000, number) for number in (1, 2, 3)]
    assert [turn.number for turn in leaving(thread_of(*long), SMALL)] == [1]


def test_a_turn_that_is_not_kept_yet_does_not_leave() -> None:
    state = thread_of(*many(20), kept=3)
    assert [turn.number for turn in leaving(state, SMALL)] == [1, 2, 3]
    assert leaving(thread_of(*many(20), kept=0), SMALL) == ()


def test_turns_are_counted_on_from_where_the_summary_ends() -> None:
    state = thread_of(*many(3), first=41)
    assert [turn.number for turn in turns_in(state)] == [41, 42, 43]


def test_the_system_message_is_no_state() -> None:
    messages = joined([], [SystemMessage("You are Sophia."), HumanMessage("Hello", id="1")])
    assert [message.type for message in messages] == ["human"]


@pytest.mark.parametrize("right", [HumanMessage("b", id="2"), [HumanMessage("new", id="1")], ("user", "c")])
def test_messages_are_joined_as_langgraph_joins_them(right: Any) -> None:
    left: list[Any] = [HumanMessage("a", id="1")]
    ours, theirs = joined(left, right), add_messages(list(left), right)
    assert [message.text for message in ours] == [message.text for message in theirs]  # type: ignore[union-attr]
