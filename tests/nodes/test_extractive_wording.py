"""How spoken sentences are written down: without stutters, and with the thing in place of a bare "it"."""

import pytest

from nodes.call_analysis.extractive.wording import cleaned, naming


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("I'd I'd sign that today.", "I'd sign that today."),
        ("There's a, there's an export for it.", "There's an export for it."),
        ("The, um, the board said no.", "The board said no."),
        ("We're always talking about leaving,", "We're always talking about leaving"),
        ("Send it by, let's say, Friday.", "Send it by Friday."),
        ("For what it's worth, our fiscal closes in June.", "Our fiscal closes in June."),
    ],
)
def test_a_sentence_is_written_without_what_speech_leaves_in_it(said: str, written: str) -> None:
    assert cleaned(said) == written


@pytest.mark.parametrize("said", ["I know that that is hard.", "He had had enough.", "It's very very slow."])
def test_a_word_said_twice_on_purpose_stays(said: str) -> None:
    assert cleaned(said) == said


@pytest.mark.parametrize(
    ("what", "before", "named"),
    [
        ("send it by Thursday", "Could you put that in a one-pager?", "send the one-pager by Thursday"),
        ("get it over by Friday", "I'll draft our security summary.", "get the security summary over by Friday"),
        ("send you that", "There's a contract and a price list.", "send you the price list"),
    ],
)
def test_a_bare_it_gives_way_to_the_thing_named_just_before(what: str, before: str, named: str) -> None:
    assert naming(what, before) == named


def test_it_stays_where_nothing_was_named() -> None:
    assert naming("send it by Thursday", "That sounds good to me.") == "send it by Thursday"
    assert naming("send that slide by Thursday", "Could you?") == "send that slide by Thursday"
