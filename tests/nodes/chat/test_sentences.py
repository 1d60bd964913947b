"""A text that is still being written is told in sentences, the same ones however it is cut."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links import LinkFilter, only_allowed
from nodes.chat.writing.holding import Holding
from nodes.chat.writing.sentences import Sentences

LINES = {1: "Dana pays 5 a month.", 2: "Kenya owns Larkspur.", 3: "It closes on 15 Dec 2026."}
QUESTION = "Who owns Larkspur?"
HOSTS = frozenset({"gong.io"})

WRITTEN = re.compile(r"[^\n]+?(?:[.!?…][\"”’)]*(?:\s*\[\d{1,3}\])*(?=\s|$)|$)")
"""A sentence of a whole line, said in one expression."""

PARTS = (
    "Dana pays 5",
    " a month",
    "Kenya owns it",
    "The sources do not say that",
    "They pay 99",
    "See https://evil.example/x",
    "[the page](https://evil.example)",
    "see [",
    "](",
    "<!channel>",
    *("[1]", "[2]", " [3]", " [1", "2]", "[9]", "[", "]", "[123"),
    *(
        ".",
        ". ",
        "!",
        "…",
        '."',
        ".) ",
        "1.5",
        "e.g.",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\u2028",
        "\n\n- ",
        "\t",
        "é",
        "\u200b",
    ),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=3)), max_size=25).map("".join)


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(places)]


def cut_at_once(text: str) -> list[str]:
    found = [match[0].strip() for line in text.splitlines() for match in WRITTEN.finditer(line)]
    return [sentence for sentence in found if sentence.strip(" -*•")]


def told(pieces: list[str]) -> list[str]:
    """What is told of an answer after each piece, and at its end."""
    links, holding = LinkFilter(HOSTS), Holding(LINES, QUESTION)
    heard = ["".join(holding.add(links.feed(piece))) for piece in pieces]
    return [*heard, "".join([*holding.add(links.flush()), *holding.end()])]


@given(TEXTS, st.lists(st.integers(min_value=0), max_size=30))
def test_a_text_has_the_same_sentences_however_it_comes(text: str, cuts: list[int]) -> None:
    sentences = Sentences()
    found = [sentence.words for piece in pieces_of(text, cuts) for sentence in sentences.add(piece)]
    assert [*found, *(sentence.words for sentence in sentences.end())] == cut_at_once(text)


@given(TEXTS, st.lists(st.integers(min_value=0), max_size=30))
def test_what_is_told_joined_is_what_of_the_whole_stands(text: str, cuts: list[int]) -> None:
    whole = Holding(LINES, QUESTION)
    stands = "".join([*whole.add(only_allowed(text, HOSTS)), *whole.end()])
    assert "".join(told(pieces_of(text, cuts))) == "".join(told(list(text))) == stands


@given(TEXTS, TEXTS)
def test_nothing_is_told_that_what_follows_could_undo(text: str, rest: str) -> None:
    before = told([text])[0]
    assert "".join(told([text + rest])).startswith(before)


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("Kenya owns it [2]. ", ""),
        ("Kenya owns it [2]. T", "Kenya owns it [2]."),
        ("Kenya owns it. [2", ""),
        ("Kenya owns it. [2] Th", "Kenya owns it. [2]"),
        ("Kenya owns it [2].\n", "Kenya owns it [2]."),
        ("Kenya owns it [2]", ""),
        ("Dana pays 1.", ""),
    ],
)
def test_a_sentence_is_whole_when_no_mark_can_follow(written: str, whole: str) -> None:
    assert "".join(sentence.words for sentence in Sentences().add(written)) == whole
