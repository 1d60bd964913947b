"""What is given of what was found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from memory.recall.choosing import Candidate, Choice, chosen

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    found = [_found(1), _found(2), _found(3)]

    assert _ids(chosen(found, {1: 0.5, 2: 0.9, 3: 0.7}, NOW, 2)) == [2, 3]


def test_of_near_equals_the_newer_wins_and_of_others_the_better() -> None:
    old, new = _found(1, days=400), _found(2)

    assert _ids(chosen([old, new], {1: 0.505, 2: 0.50}, NOW, 2)) == [2, 1]
    assert _ids(chosen([old, new], {1: 0.60, 2: 0.50}, NOW, 2)) == [1, 2]


def test_of_equals_the_one_that_was_named_first_is_first() -> None:
    found = [_found(each) for each in (1, 2, 3)]

    assert _ids(chosen(found, dict.fromkeys((2, 3, 1), 0.5), NOW, 3)) == [2, 3, 1]


def test_one_content_is_given_once_and_takes_one_place() -> None:
    found = [replace(_found(each), content="same") for each in (1, 2)]

    assert _ids(chosen([*found, _found(3)], {1: 0.5, 2: 0.6, 3: 0.1}, NOW, 2)) == [2, 3]


def test_turns_beside_each_other_are_choices_of_their_own() -> None:
    turns = [_turn(id=id, position=id) for id in (10, 11)]

    choices = chosen(turns, {10: 0.1, 11: 0.2}, NOW, 8)

    assert _ids(choices) == [11, 10]
    assert choices[0].span(1) == (10, 12)


def test_only_what_was_said_in_a_row_has_something_around_it() -> None:
    assert Choice(_found(1), 1).span(2) == (-2, 2)
    assert Choice(replace(_found(1), kind="call_findings"), 1).span(2) is None
    assert Choice(replace(_found(1), source=""), 1).span(2) is None


def _found(id: int, *, days: float = 0) -> Candidate:
    return Candidate(id, "call:1", "call_passages", 0, f"content {id}", NOW - timedelta(days=days))


def _turn(*, id: int, position: int) -> Candidate:
    return replace(_found(id), source="thread:1", kind="conversation", position=position)


def _ids(choices: list[Choice]) -> list[int]:
    return [choice.best.id for choice in choices]
