"""Cuts a text where no link can go on: at white space outside of brackets, and at every end of a line.

Each cut is decided by what stands before it, so it is at the same place however the text came. Letters that nobody
sees, with which a link can be hidden, are dropped before.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

LONGEST_HELD: Final = 1000
"""Characters after which an open bracket no longer holds back the words after it."""

OPENS_ANGLE: Final = frozenset("/!?@#")
"""What may stand after `<` in a tag or in a link of Slack, beside letters."""


def visible(text: str) -> str:
    """The text without control and format characters (zero-width ones, directions, tags), lines and tabs kept."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf"))


class Segments:
    """A text that comes in pieces, given on in segments."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._squares = 0
        self._rounds = 0
        self._angle = False

    def add(self, piece: str) -> Iterator[str]:
        """The segments that this piece ends."""
        for letter in visible(piece):
            self._follow(letter)
            self._held.append(letter)
            if self._ends(letter):
                yield self.rest()

    def rest(self) -> str:
        """What no segment has ended yet; everything begins anew after it."""
        held = "".join(self._held)
        self._held.clear()
        self._squares = self._rounds = 0
        self._angle = False
        return held

    def _ends(self, letter: str) -> bool:
        if letter == "\n":
            return True
        is_open = self._squares or self._rounds or self._angle
        return letter.isspace() and (not is_open or len(self._held) > LONGEST_HELD)

    def _follow(self, letter: str) -> None:
        """Keeps count of what is open."""
        before = self._held[-1] if self._held else ""
        if before == "<" and not (letter.isalpha() or letter in OPENS_ANGLE):
            self._angle = False
        if letter in "<>":
            self._angle = letter == "<"
        elif self._rounds or (letter == "(" and before == "]"):
            self._rounds += {"(": 1, ")": -1}.get(letter, 0)
        elif letter in "[]":
            self._squares = max(0, self._squares + (1 if letter == "[" else -1))
