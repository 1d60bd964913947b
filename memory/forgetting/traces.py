"""By what somebody is recognised in a text: their addresses and names, and how a text reads without them."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from core.analysis import Frozen

FORGOTTEN: Final = "[forgotten]"
"""What stands in the place of what was forgotten; it cannot come from a transcript by chance."""

SHORTEST_PIECE: Final = 3
"""Letters in a row by which rows are looked for in SQL: fewer are in every row."""

SHORTEST_NAME: Final = 2
"""Letters of a given name that is looked for alone."""

IDENTIFYING: Final = frozenset({"id", "type", "object_type", "speaker_id", "affiliation"})
"""Keys of a person's record whose values are needed to read the record, and say nothing of the person."""

ANSWERED: Final = frozenset({"by", "reason"})
"""What a person's answer to a request says of them."""

_ASCII: Final = re.compile(r"[a-z0-9]+")


class Traces(Frozen):
    """How somebody is recognised. `emails` are in small letters, `names` full ones of at least two words.

    `given` are single words of their name, to be used only where it is certain that they are meant. A `Traces` of
    nothing is found nowhere.
    """

    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def are_in(self, text: str) -> bool:
        """Whether a text names them."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def are_in_any(self, value: Any) -> bool:
        """Whether anything of a JSON value names them, keys included."""
        return any(self.are_in(text) for text in strings_in(value))

    def out_of(self, text: str) -> str:
        """The text with `[forgotten]` in their place."""
        return text if self._pattern is None else self._pattern.sub(FORGOTTEN, text)

    def out_of_any(self, value: Any) -> Any:
        """A JSON value with `[forgotten]` in their place; of a record that is theirs nothing is left but its id."""
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, list | tuple):
            return [self.out_of_any(item) for item in value]
        if isinstance(value, dict):
            own = self.own_keys(value)
            return {
                self.out_of(str(key)): FORGOTTEN if key in own else self.out_of_any(item) for key, item in value.items()
            }
        return value

    def own_keys(self, value: dict[str, Any]) -> frozenset[str]:
        """The keys of a JSON object whose texts are theirs, whatever they say: it is their record, or their answer."""
        email, by = value.get("email"), value.get("by")
        texts = {key for key, item in value.items() if isinstance(item, str)}
        if isinstance(email, str) and email.strip().lower() in self.emails:
            return frozenset(texts - IDENTIFYING)
        return frozenset(texts & ANSWERED) if isinstance(by, str) and self.are_in(by) else frozenset()

    def with_given(self, own: Iterable[str], others: Iterable[str]) -> "Traces":
        """With each word of their own names that is in none of the others'."""
        theirs = {word.casefold() for name in others for word in words_of(name)}
        words = {word for name in own for word in words_of(name) if len(word) >= SHORTEST_NAME}
        given = frozenset(word for word in words if word.casefold() not in theirs)
        return Traces(emails=self.emails, names=self.names, given=given)

    @cached_property
    def fragments(self) -> tuple[tuple[str, ...], ...]:
        """Pieces of text in small letters: all of one group at least are in every text that names them.

        An empty group is in every text.
        """
        return tuple(dict.fromkeys(_pieces(text) for text in sorted({*self.emails, *self.names})))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [
            *(_email_pattern(email) for email in sorted(self.emails)),
            *(_name_pattern(name) for name in sorted(self.names, key=len, reverse=True)),
            *(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(self.given, key=len, reverse=True)),
        ]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def full_names(names: Iterable[str | None]) -> frozenset[str]:
    """Those of the names that have two words or more, in one spelling: one word may be anybody's."""
    spelled = (" ".join(name.split()) for name in names if name)
    return frozenset(name for name in spelled if len(words_of(name)) > 1 and "@" not in name)


def words_of(name: str) -> Sequence[str]:
    """The words of a name."""
    return re.findall(r"[^\W\d_]+", name)


def strings_in(value: Any) -> Iterable[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from strings_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_in(item)


def _email_pattern(email: str) -> str:
    """The address as such, not as the end or the beginning of another one; also as a link has it."""
    local, _, domain = email.partition("@")
    return rf"(?<![\w.+-]){re.escape(local)}(?:@|%40){re.escape(domain)}(?![\w-]|\.\w)"


def _name_pattern(name: str) -> str:
    """The name as it is said, or as a list has it: Ana Silva; Silva, Ana."""
    words = [re.escape(word) for word in name.split()]
    plain, before = r"\s+".join(words), r"\s+".join(words[:-1])
    return rf"(?<!\w)(?:{plain}|{words[-1]},\s*{before})(?!\w)"


def _pieces(text: str) -> tuple[str, ...]:
    """Pieces that are in a text however it is spelled or escaped: ASCII letters and digits in a row."""
    return tuple(piece for piece in _ASCII.findall(text.lower()) if len(piece) >= SHORTEST_PIECE)
