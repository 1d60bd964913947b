"""What a finding is about, told by the words that people use for it."""

import pytest

from nodes.querying.subjects import speaks_of


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("We can't afford fourteen thousand a year.", "price"),
        ("That fee is too high.", "pricing"),
        ("It's $3 a unit.", "PRICE"),
        ("Is it SOC 2 certified?", "security"),
        ("The go-live slipped twice.", "implementation"),
        ("Our bank feed fell over.", "bank feed"),
    ],
)
def test_a_subject_is_spoken_of_in_other_words(text: str, subject: str) -> None:
    assert speaks_of(text, subject)


@pytest.mark.parametrize(
    ("text", "subject"),
    [("I feel it is fine.", "fees"), ("Nobody is discounted here as a person.", "security"), ("A secretary", "sync")],
)
def test_words_that_only_look_alike_are_of_no_subject(text: str, subject: str) -> None:
    assert not speaks_of(text, subject)
