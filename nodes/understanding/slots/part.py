"""A part of a question that a slot has read: where it stands and which conditions it means."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from core.query import Filter
from nodes.understanding.shape import Doubt, Named

_SAME_LENGTH: Final = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " ", "\t": " ", "\n": " "}
)


@dataclass(frozen=True)
class Part:
    """Words from letter `start` to before `end` and the filters that they mean together.

    `implied` are filters that go with it unless the question says otherwise. `joined` is whether it may stand in a row
    of others with "or" and "not" before it.
    """

    start: int
    end: int
    filters: tuple[Filter, ...] = ()
    implied: tuple[Filter, ...] = ()
    named: tuple[Named, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    joined: bool = True


@dataclass(frozen=True)
class Text:
    """A question as the slots read it: `plain` in small letters, of the same length as `written`.

    `taken` are the letters that a slot has read already.
    """

    written: str
    plain: str
    taken: frozenset[int] = field(default=frozenset())

    @classmethod
    def of(cls, written: str) -> "Text":
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in written)
        return cls(written.translate(_SAME_LENGTH), lowered.translate(_SAME_LENGTH))

    def without(self, parts: Iterable[Part]) -> "Text":
        """The same text with the words of these parts taken."""
        letters = {at for part in parts for at in range(part.start, part.end)}
        return replace(self, taken=self.taken | letters)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no slot has read anything of these letters."""
        return self.taken.isdisjoint(range(start, end))

    def free(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """What the pattern finds in the words that are not taken."""
        return (match for match in pattern.finditer(self.plain) if self.is_free(*match.span()))

    def before(self, at: int) -> str:
        return self.plain[:at]

    def after(self, at: int) -> str:
        return self.plain[at:]


def pattern(source: str) -> re.Pattern[str]:
    """A pattern of whole words."""
    return re.compile(rf"(?:(?<![\w-])|(?<=non-))(?:{source})(?![\w-])")


def one_of(field_name: str, values: Iterable[str], name: str | None) -> Filter:
    """The filter for one value or for several."""
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) == 1:
        return Filter(field=field_name, op="eq", value=distinct[0], name=name)
    return Filter(field=field_name, op="in", value=distinct, name=name)
