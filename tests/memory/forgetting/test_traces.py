"""Somebody is recognised by address and full name, however these are written, and nobody else is taken for them."""

import pytest

from memory.forgetting.spoken import Words
from memory.forgetting.traces import FORGOTTEN, Traces, full_names

ANA = Traces(emails=frozenset({"ana@acme.com"}), names=frozenset({"Ana Silva"}))


@pytest.mark.parametrize(
    "text",
    [
        "ana@acme.com",
        "<ANA@Acme.com>",
        "mailto:ana%40acme.com",
        "Ana Silva",
        "ANA  SILVA's",
        "Silva, Ana",
        "ana@acme.com.",
    ],
)
def test_they_are_found_in_every_spelling(text: str) -> None:
    assert ANA.are_in(text)
    assert not ANA.are_in(ANA.out_of(text))
    assert any(all(piece in text.lower() for piece in pieces) for pieces in ANA.fragments)


@pytest.mark.parametrize(
    "text",
    ["dana@acme.com", "ana@acme.com.br", "ana@acme.community", "Ana", "Silva", "Banana Silva", "Ana Silvana", ""],
)
def test_nobody_else_is_found(text: str) -> None:
    assert not ANA.are_in(text)
    assert ANA.out_of(text) == text


def test_nobody_is_found_nowhere() -> None:
    assert not Traces().are_in("anything")
    assert Traces().out_of("anything") == "anything"
    assert Traces().fragments == ()


def test_of_their_own_record_only_the_id_is_left() -> None:
    record = {"type": "contacts", "id": "5", "properties": {"email": "Ana@acme.com", "phone": "555"}}
    left = {"type": "contacts", "id": "5", "properties": {"email": FORGOTTEN, "phone": FORGOTTEN}}
    assert ANA.out_of_any([record, {"Ana Silva": 1, "n": None}]) == [left, {FORGOTTEN: 1, "n": None}]


def test_given_names_are_looked_for_only_where_they_are_nobody_elses() -> None:
    assert ANA.with_given(["Ana Silva"], ["Bob Marsh"]).are_in("Thanks, Ana!")
    assert not ANA.with_given(["Ana Silva"], ["Ana Ruiz"]).are_in("Thanks, Ana!")


def test_one_word_is_no_full_name() -> None:
    assert full_names(["Ana", None, "", "ana@acme.com", " Ana  Silva "]) == {"Ana Silva"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They mention Xylo in passing", True),
        ("a costs-us-forty thing", True),
        ("negotiations", True),
        ("the price is fine", False),
        ("closedwon", False),
        ("", False),
    ],
)
def test_their_words_are_found_in_what_was_made_of_them(text: str, found: bool) -> None:
    words = Words(["We use Xylo and it costs us forty", "Negotiations about the price"], ["What is the price?"])
    assert words.are_in(text) is found
