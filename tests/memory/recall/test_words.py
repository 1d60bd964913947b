"""The words of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.recall.words import LONGEST_WORD, words_of


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did Acme say about the price?", ["acme", "price"]),
        ("price PRICE Price", ["price"]),
        ("Ana's e-mail: ana_b@acme.com", ["ana", "e", "mail", "b", "acme", "com"]),
        ("café CAFE\u0301", ["café"]),
        ("SOC2, 3.5 % of 40k", ["soc2", "3", "5", "40k"]),
        ("What was it?", ["what", "was", "it"]),
        ('"a" OR (b NEAR/2 c*) NOT text:{q} ^e', ["b", "near", "2", "c", "text", "q", "e"]),
        ("?! … — 🙂", []),
        ("", []),
        ("x" * (LONGEST_WORD + 1), []),
        ("a\x00b\ud800c", ["b", "c"]),
    ],
)
def test_words_are_letters_and_digits_without_those_that_say_nothing(question: str, words: list[str]) -> None:
    assert words_of(question) == words


@given(st.text())
def test_no_question_makes_a_word_of_anything_else(question: str) -> None:
    words = words_of(question)

    assert all(word.isalnum() and word.encode() for word in words)
    assert len(words) == len(set(words))
