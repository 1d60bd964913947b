"""What was heard before is known again in other words, and what is new is not taken for it."""

import pytest

from nodes.heard import Heard, matches


def said(quote: str, **about: object) -> Heard:
    return Heard.model_validate({"text": quote, "quote": quote, "owner": "Dana Reyes", **about})


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("I'll send you the price list by Friday.", "I'll send you the price lists by Friday.", True),
        ("I'll send you the price list by Friday.", "So I will send the price list over on Friday.", True),
        ("I'll send you the price list by Friday.", "I'll send you the price list by Monday.", True),
        ("I'll send the plan.", "I'll send the deck.", False),
        ("I'll send you the price list by Friday.", "I'll ask Erik to set up the sandbox.", False),
        ("We'll do that.", "We'll do that.", True),
    ],
)
def test_words_tell_whether_it_is_the_same_from_one_transcript_to_another(old: str, new: str, same: bool) -> None:
    assert bool(matches([said(old, transcript="a")], [said(new, transcript="b")])) is same


def test_within_one_transcript_the_same_sentence_is_the_same_promise() -> None:
    old = said("I'll get that over to you.", transcript="a", evidence=[(3, 1)])
    new = said("Send the price list", transcript="a", evidence=[(3, 1), (3, 2)], owner=None)
    assert matches([old], [new]) == {0: 0}
    assert matches([old], [new.model_copy(update={"transcript": "b"})]) == {}


def test_what_another_promised_in_the_same_words_is_another_promise() -> None:
    assert matches([said("I'll send the price list.")], [said("I'll send the price list.", owner="Erik Holm")]) == {}


def test_each_is_known_by_one_other_and_the_likest_first() -> None:
    old = [said("I'll send the price list.")]
    new = [said("I'll send the reference list."), said("I'll send the price list.")]
    assert matches(old, new) == {1: 0}


def test_of_a_task_whose_owner_nobody_remembers_the_title_counts() -> None:
    title = Heard(text="Send you the price list by Friday")
    assert matches([title], [said("I'll send you the price list by Friday.")]) == {0: 0}
