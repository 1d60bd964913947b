"""How the search compares values: as numbers or moments where both sides are, else as text without case."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sandbox.hubspot.values import moment_of, number_of

TOKEN = re.compile(r"[^\s,;:<>()/@]+")
Key = tuple[int, float, str]


@dataclass(frozen=True)
class Comparison:
    """A filter's operator with its values."""

    operator: str
    value: str | None
    values: Sequence[str]
    high: str | None

    def holds(self, held: str | None) -> bool:
        """Whether a record's value meets it; an empty value meets only the negative operators."""
        match self.operator:
            case "HAS_PROPERTY":
                return bool(held)
            case "NOT_HAS_PROPERTY":
                return not held
            case "NEQ" | "NOT_IN" | "NOT_CONTAINS_TOKEN":
                return not held or not self._positive(held)
            case _:
                return bool(held) and self._positive(str(held))

    def _positive(self, held: str) -> bool:
        match self.operator:
            case "EQ" | "NEQ":
                return sort_key(held) == sort_key(self.value)
            case "IN" | "NOT_IN":
                return sort_key(held) in {sort_key(value) for value in self.values}
            case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
                return matches(held, self.value or "")
            case "LT":
                return sort_key(held) < sort_key(self.value)
            case "LTE":
                return sort_key(held) <= sort_key(self.value)
            case "GT":
                return sort_key(held) > sort_key(self.value)
            case "GTE":
                return sort_key(held) >= sort_key(self.value)
            case _:
                return sort_key(self.value) <= sort_key(held) <= sort_key(self.high)


def sort_key(text: str | None) -> Key:
    """A value's place among others: nothing first, then numbers and moments (in milliseconds), then text."""
    if not text:
        return (0, 0.0, "")
    number = number_of(text)
    if number is not None:
        return (1, number, "")
    moment = moment_of(text)
    if moment is not None:
        return (1, moment.timestamp() * 1000, "")
    return (2, 0.0, text.casefold())


def matches(text: str, wanted: str, prefix: bool = False) -> bool:
    """Whether the words wanted are among the text's; `*` stands for any characters, case does not matter."""
    words = [word.strip(".").casefold() for word in TOKEN.findall(text)]
    return all(_among(words, word.casefold(), prefix) for word in TOKEN.findall(wanted))


def _among(words: Sequence[str], wanted: str, prefix: bool) -> bool:
    if prefix:
        return any(word.startswith(wanted) for word in words)
    return any(fnmatchcase(word, wanted.replace("[", "[[]")) for word in words)
