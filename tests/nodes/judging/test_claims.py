"""A text may be worded freely, but it brings no figure, day, name or address of its own."""

import pytest

from nodes.call_analysis.judging.claims import Sources, says_more, small_words

SAID = (
    "But $40,000 a year is too much for us, Wexford wants 12% less.",
    "I'll send it to ana@acme.example by Friday, maybe in two weeks.",
)
SOURCES = Sources(SAID, ("Ana Silva", "VP Operations"), small_words(["and cheaper tools came up"]))


@pytest.mark.parametrize(
    "text",
    [
        "finds it too expensive",
        "Ana finds $40,000 too much",
        "Silva's team compares with Wexford, which wants 12% less",
        "Concerned about the price; Wexford is less",
        "Cheaper tools exist",
        "send it to ana@acme.example by Friday",
        "I'll send it in two weeks",
    ],
)
def test_what_the_sentences_or_the_people_bear_out_may_be_said(text: str) -> None:
    assert not says_more(text, SOURCES)


@pytest.mark.parametrize(
    "text",
    [
        "finds 40,500 too much",
        "finds €40,000 too much",
        "finds 40k too much",
        "wants twenty percent less",
        "wants three weeks",
        "send it by Thursday",
        "send it tomorrow",
        "send it on 2026-03-13",
        "send it to ana@acme.test",
        "see www.evil.example",
        "Palisade is cheaper",
        "Wexford and Palisade want less",
        "Robert finds it too expensive",
        "finds it too expensive. Palisade wants less",
        "renew with ACME in Q4",
    ],
)
def test_what_is_in_no_sentence_may_not(text: str) -> None:
    assert says_more(text, SOURCES)
