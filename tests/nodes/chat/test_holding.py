"""What of a model's words is told: only what a source it points at says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.chat.writing.holding import Holding, lines_by_number
from nodes.chat.writing.sentences import Sentences

LINES = (
    "[1] Dana Reyes, 12 Nov 2026 4:03: We pay $1,250 a month today.",
    "[2] Deal “Larkspur - 9 buildings”: amount 29,700; owner Kenya Marsh; close date 15 Dec 2026",
    "continued: stage Contract sent",
)
SOURCES = lines_by_number(LINES)
QUESTION = "What does Larkspur pay, and who owns it?"


def told(*pieces: str) -> str:
    holding = Holding(SOURCES, QUESTION)
    return "".join([*(words for piece in pieces for words in holding.add(piece)), *holding.end()])


def sentences_of(text: str) -> list[str]:
    sentences = Sentences()
    return [sentence.words for sentence in [*sentences.add(text), *sentences.end()]]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dana Reyes says they pay $1,250 a month [1].",
        "They pay $1250 a month. [1]",
        "Kenya Marsh owns it, and the amount is 29,700 [2].",
        "It is in Contract sent and closes on 15 Dec 2026 [2].",
        "Larkspur pays $1,250 [1][2].",
        "The sources do not say that.",
        "Kenya's deal closes in December on the 15 [2].",
        "Negotiations go on, and Kenya Marsh owns it [2]. Follow-up is due [2].",
    ],
)
def test_what_a_source_says_is_told(sentence: str) -> None:
    assert told(sentence) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "They pay $1,250 a month.",
        "They pay $1,350 a month [1].",
        "The amount is 29,700 [1].",
        "Danny Kowalczyk owns it and Kenya helps [2].",
        "It is owned by Danny [2].",
        "Zelda signs it [2].",
        "- Zelda's deal is in Contract sent [2].",
        "Grace owns it [2].",
        "It closes on 16 Dec 2026 [2].",
        "Write to evil@attacker.example for more [2].",
        "They pay $1,250 a month [7].",
        "I do not know, but Acme pays 5 [1].",
        "The sources do not say that, but Wonka Ltd pays 99.",
    ],
)
def test_what_no_source_says_is_left_out(sentence: str) -> None:
    assert told(sentence) == ""


def test_the_rest_stands_and_what_was_left_out_is_counted() -> None:
    holding = Holding(SOURCES, QUESTION)
    kept = holding.add("They pay $1,250 a month [1]. They will pay $9 soon [1]. Kenya Marsh owns it [2].\n")
    assert list(kept) == ["They pay $1,250 a month [1].", " Kenya Marsh owns it [2]."]
    assert holding.dropped == 1


def test_lines_of_a_list_stay_lines() -> None:
    assert told("- They pay $1,250 [1].\n- Nobody pays 7 [1].\n- Kenya Marsh owns it [2].") == (
        "- They pay $1,250 [1].\n- Kenya Marsh owns it [2]."
    )


def test_a_line_without_a_mark_belongs_to_the_source_before() -> None:
    assert "Contract sent" in SOURCES[2]


@given(st.text(max_size=200))
def test_nothing_is_told_that_was_not_written(text: str) -> None:
    written = sentences_of(text)
    assert all(sentence in written for sentence in sentences_of(told(text)))


@given(st.integers(min_value=0, max_value=10**6))
def test_a_figure_that_stands_in_no_source_is_never_told(figure: int) -> None:
    if str(figure) not in {"1", "2", "3", "4", "03", "9", "12", "15", "1250", "2026", "29700"}:
        assert told(f"They pay {figure} [1][2].") == ""
