"""Cuts a text that is still being written into sentences, each with the marks of its sources that follow its end.

A sentence is given on when nothing that may follow could still belong to it: so a text is cut at the same places
however it came. What is left at the end of a line is a sentence, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ENDS: Final = ".!?…"
END: Final = re.compile(rf"[{ENDS}][\"”’)]*(?:\s*\[\d{{1,3}}\])*(?=\s|\Z)")
"""The end of a sentence within a line, with its marks."""
MORE_MARKS: Final = re.compile(r"(?:\s*\[\d{1,3}\])*\s*(?:\[\d{0,3})?")
"""What may yet become another mark of the sentence before."""
BULLETS: Final = " -*•"


@dataclass(frozen=True)
class Sentence:
    """A sentence and the line it stands on."""

    words: str
    line: int


class Sentences:
    """The sentences of a text that comes in pieces."""

    def __init__(self) -> None:
        self._left = ""
        self._line = 0
        self._searched = 1
        """Where the end of the next sentence may be: its first letter is none."""

    def add(self, piece: str) -> Iterator[Sentence]:
        """The sentences that are whole with this piece."""
        for part in piece.splitlines(keepends=True):
            (line,) = part.splitlines()
            self._left += line
            if not line.isspace():  # white space alone decides nothing, and may be long
                yield from self._whole()
            if line != part:
                yield from self.end()

    def end(self) -> Iterator[Sentence]:
        """What is left at the end of a line, or of the text."""
        yield from self._whole()
        while end := END.search(self._left, 1):  # marks were waited for that did not come
            yield from self._cut(end.end())
        yield from self._cut(len(self._left))
        self._line += 1

    def _whole(self) -> Iterator[Sentence]:
        while (end := self._end()) is not None:
            yield from self._cut(end)

    def _end(self) -> int | None:
        """Where the first sentence ends, None when that is not decided yet."""
        found = END.search(self._left, self._searched)
        if found is not None and not MORE_MARKS.fullmatch(self._left, found.end()):
            return found.end()
        self._searched = max(1, *(self._left.rfind(sign) for sign in ENDS))  # no sign before it can become an end
        return None

    def _cut(self, end: int) -> Iterator[Sentence]:
        words, self._left = self._left[:end].strip(), self._left[end:]
        self._searched = 1
        if words.strip(BULLETS):
            yield Sentence(words, self._line)
