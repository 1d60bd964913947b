"""One text out of a JSON object while the object is still being written: the answer's words before its end is there."""

import re
from typing import Final

RUN: Final = re.compile(r'[^"\\]+')
ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
PAIR: Final = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
HALF_PAIR: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?")
"""The first half of a character outside the basic plane, the second not yet there or not whole."""
LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
LOST: Final = "\ufffd"
"""Stands for half of a character: such a text could be neither stored nor sent."""


def encodable(text: str) -> str:
    """The text with what is half of a character replaced, as ToldText tells it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class ToldText:
    """Tells the string that is the property `name` of an object (not of one inside it), given the object in pieces.

    It trusts nothing: what is not JSON tells less, and whoever has the whole text checks that.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = ""
        self._depth = 0
        self._in_string = False
        self._key: str | None = None
        self._reading_key = False

    def add(self, piece: str) -> str:
        """Takes the next piece of JSON, and returns what it adds to the text."""
        self._left += piece
        told: list[str] = []
        while self._left:
            read = self._string_part() if self._in_string else self._structure()
            if read is None:
                break
            told.append(read)
        return "".join(told)

    def _structure(self) -> str:
        letter, self._left = self._left[0], self._left[1:]
        if letter in "{[":
            self._depth += 1
        elif letter in "}]":
            self._depth -= 1
        if letter in "{,":
            self._key = None
        elif letter == '"':
            self._in_string = True
            self._reading_key = self._depth == 1 and self._key is None
            self._key = "" if self._reading_key else self._key
        return ""

    def _string_part(self) -> str | None:
        """What the next part of a string tells; None when its end is not there yet."""
        if self._left[0] == '"':
            self._left = self._left[1:]
            self._in_string = False
            return ""
        part = self._next_part()
        if part is None:
            return None
        text, length = part
        self._left = self._left[length:]
        if self._reading_key:
            self._key = (self._key or "") + text
            return ""
        return text if self._depth == 1 and self._key == self._name else ""

    def _next_part(self) -> tuple[str, int] | None:
        """The next letters of a string, and how long they are as written."""
        if run := RUN.match(self._left):
            return encodable(run[0]), run.end()
        if pair := PAIR.match(self._left):
            halves = (int(pair[1], 16), int(pair[2], 16))
            return encodable("".join(map(chr, halves))), pair.end()
        if HALF_PAIR.fullmatch(self._left):
            return None
        if escape := ESCAPE.match(self._left):
            return _meant(escape), escape.end()
        return None


def _meant(escape: re.Match[str]) -> str:
    if escape[1]:
        return encodable(chr(int(escape[1], 16)))
    return LETTERS.get(escape[2], escape[2])
