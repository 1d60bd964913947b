"""The part of a passage that answers a question."""

from hypothesis import given
from hypothesis import strategies as st

from nodes.chat.tools.excerpt import excerpt

PASSAGE = (
    "Jake: There she is. Vera: Hot. Let's do this, I have twenty-two minutes. Jake: Love a specific number. "
    "Vera: What is the price for nine buildings? Jake: It is twelve hundred a month. Omar: I am here as well, guys."
)


def test_the_sentence_that_has_the_words_is_shown_with_what_follows() -> None:
    said = excerpt(PASSAGE, "what did they say about pricing", 90)
    assert "What is the price for nine buildings? Jake: It is twelve hundred a month." in said
    assert said.startswith("… ")


def test_what_fits_is_shown_whole() -> None:
    assert excerpt("It is twelve.", "price", 90) == "It is twelve."


def test_the_beginning_is_shown_where_nothing_has_the_words() -> None:
    assert excerpt(PASSAGE, "zebra", 60).startswith("Jake: There she is.")


@given(st.text(max_size=400), st.text(max_size=40), st.integers(min_value=1, max_value=300))
def test_every_word_of_it_stands_in_the_passage(text: str, question: str, longest: int) -> None:
    words = text.split()
    assert all(word in words or word == "…" for word in excerpt(text, question, longest).split())
