"""The words of an answer are told while its JSON is being written, and are the same in the end."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llm.told import ToldText, encodable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["answer", "a", '"', "\\"]), inner, max_size=3)
    ),
    max_leaves=6,
)
CHARACTERS = st.characters(codec="utf-8") | st.sampled_from('"\\/\n\t😀\u0000') | st.characters(categories=["Cs"])
OBJECTS = st.dictionaries(st.sampled_from(["tool", "answer", "arguments"]), JSON | st.text(CHARACTERS), max_size=3)


def told_in(text: str, cuts: list[int], name: str = "answer") -> str:
    reader = ToldText(name)
    edges = [0, *sorted(cuts), len(text)]
    return "".join(reader.add(text[start:end]) for start, end in pairwise(edges))


@given(OBJECTS, st.lists(st.integers(0, 120), max_size=12), st.booleans())
def test_pieces_are_the_string_whatever_it_holds_and_however_it_is_cut(
    value: dict[str, object], cuts: list[int], ascii_only: bool
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only or not _encodable(value))
    said = value.get("answer")
    assert told_in(text, cuts) == (encodable(said) if isinstance(said, str) else "")


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_what_is_no_json_does_no_harm(text: str, cuts: list[int]) -> None:
    told_in(text, cuts).encode()


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (['{"tool": "none", "ans', 'wer": "Tw', "o dea", 'ls"}'], ["", "Tw", "o dea", "ls"]),
        (['{"answer": "a\\', "nb\\", '"c"}'], ["a", "\nb", '"c']),
        (['{"answer": "\\u00', 'e9!"}'], ["", "é!"]),
        (['{"answer": "\\ud83d', "\\ude0", '0."}'], ["", "", "😀."]),
        (['{"answer": "\\ud83d', '."}'], ["", "\ufffd."]),
        (['{"tool": "x", "arguments": {"answer": "secret"}}'], [""]),
        (['["answer", "secret"]'], [""]),
        (['{"a": {"b": 1}, "answer" : "now"} '], ["now"]),
    ],
)
def test_a_piece_tells_what_is_sure(pieces: list[str], told: list[str]) -> None:
    reader = ToldText("answer")
    assert [reader.add(piece) for piece in pieces] == told


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
