"""The part of a passage that answers a question best: whole sentences, as many as there is room for."""

import re
from collections.abc import Sequence
from typing import Final

from memory.recall.words import words_of

SENTENCE: Final = re.compile(r"\S.*?(?:[.!?…]+[\"”’)]*(?=\s)|$)", re.DOTALL)
STEM: Final = 4
"""Letters by which two words count as one: price and pricing, renew and renewal."""


def excerpt(text: str, question: str, longest: int) -> str:
    """The sentences around the one that has most of the question's words, in at most `longest` letters.

    The beginning where none has any. A text that fits is given whole.
    """
    if len(text) <= longest:
        return text
    sentences = [match[0] for match in SENTENCE.finditer(text)]
    wanted = {word[:STEM] for word in words_of(question)}
    best = max(range(len(sentences)), key=lambda at: (_shared(sentences[at], wanted), -at), default=0)
    first, last = _widened(sentences, best, longest)
    chosen = " ".join(sentences[first : last + 1])
    return f"{'… ' if first else ''}{chosen}{' …' if last + 1 < len(sentences) else ''}"


def _shared(sentence: str, wanted: set[str]) -> int:
    return len(wanted & {word[:STEM] for word in words_of(sentence)})


def _widened(sentences: Sequence[str], at: int, longest: int) -> tuple[int, int]:
    """From the sentence onwards, then backwards, as far as there is room."""
    first = last = at
    room = longest - len(sentences[at]) if sentences else 0
    while last + 1 < len(sentences) and len(sentences[last + 1]) < room:
        last += 1
        room -= len(sentences[last]) + 1
    while first > 0 and len(sentences[first - 1]) < room:
        first -= 1
        room -= len(sentences[first]) + 1
    return first, last
