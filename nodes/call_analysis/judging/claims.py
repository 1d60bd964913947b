"""Whether a text says more than its sources: a figure, a day, a name or an address that stands in none of them.

Wording is the model's, facts are not: what is a fact here is whatever carries a digit, counts, names a time, begins
with a capital letter or is an address. A word in doubt counts against the text, which costs good wording at worst.
Not seen are facts in plain small words, such as a name that is written without its capital.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from nodes.call_analysis.judging.everyday import AMOUNTS, OPENERS, TIMES

_TOKEN = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_ADDRESS = re.compile(r"\S+@\S+|\b(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
_SYMBOL = re.compile(r"[$€£¥%]")
_BEGINNING = re.compile(r"(?:^|[.!?:;]\s)[\s\"'“‘(]*$")


@dataclass(frozen=True)
class Sources:
    """What a text may draw on: the cited sentences, and the names that belong to the call.

    `names` (of parties, their companies, the call's title) may be named but lend no figures. `spoken` are the words
    that the whole call uses in small letters, which may begin a sentence without being names.
    """

    sentences: tuple[str, ...]
    names: tuple[str, ...] = ()
    spoken: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def said(self) -> frozenset[str]:
        return frozenset(stem(token) for text in self.sentences for token in _TOKEN.findall(text))

    @cached_property
    def named(self) -> frozenset[str]:
        return frozenset(stem(token) for text in self.names for token in _TOKEN.findall(text))

    @cached_property
    def text(self) -> str:
        return "\n".join((*self.sentences, *self.names)).casefold()


def says_more(text: str, sources: Sources) -> bool:
    """Whether the text has a fact that its sources do not have."""
    return (
        any(address[0].casefold().rstrip(".,;:)") not in sources.text for address in _ADDRESS.finditer(text))
        or any(symbol not in sources.text for symbol in _SYMBOL.findall(text))
        or any(_is_new(match, text, sources) for match in _TOKEN.finditer(text))
    )


def small_words(texts: Iterable[str]) -> frozenset[str]:
    """The words that begin with a small letter somewhere in these texts."""
    return frozenset(token for text in texts for token in _TOKEN.findall(text) if token[0].islower())


def stem(token: str) -> str:
    """A word without its capitals and plural, a figure without the commas between its thousands."""
    word = token.casefold().replace(",", "")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _is_new(match: re.Match[str], text: str, sources: Sources) -> bool:
    token, word = match[0], stem(match[0])
    if word in sources.said:
        return False
    if any(letter.isdigit() for letter in token) or word in AMOUNTS or word in TIMES:
        return True
    if token == token.lower() or word in sources.named or word == "i":
        return False
    begins = token[1:] == token[1:].lower() and _BEGINNING.search(text[: match.start()])
    return not (begins and (token.lower() in OPENERS or token.lower() in sources.spoken))
