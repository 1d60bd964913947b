"""The names as one asker may know them: a view on the index that drops what the scope does not allow.

How many names a word is in, which slips of the hand it may be, and what is asked back are all worked out over what the
asker may see: a record beyond their scope changes nothing.
"""

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from cachetools import LRUCache

from core.scope import Scope
from nodes.call_analysis.extractive.names import words
from nodes.understanding.lexicon import Mention
from nodes.understanding.names.entry import ALONE, IN_ITS_PLACE, Entry
from nodes.understanding.names.matching import Match, edits_allowed, match_from
from nodes.understanding.names.table import NameTable
from nodes.understanding.names.words import LEGAL_FORMS, English, Token, folded, tokens
from nodes.understanding.shape import Named
from tools.hubspot.port import ObjectType

DETERMINERS: Final = words("the a an our their this that its these my your")
NAMED_THINGS: Final = words(
    "account call calls company contract customer deal deals demo meeting meetings opportunity pilot project renewal"
)
"""What stands behind a name that has "the" before it."""

BEFORE_NAMES: Final = words("with for at about of from by versus vs")
ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w@.])(?:[a-z\d-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
LONGEST_NAME: Final = 8
STYLE_WITHIN: Final = 40
"""Words either side of one that tell how the text is written: all of a question, and not all of a pasted page."""

CANDIDATES: Final = 12
OF_TOO_MANY: Final = 400
"""A word that so many names bear names nobody by itself."""

TEXTS_READ: Final = 64
"""Texts whose names a view remembers: those of one question are looked through by several parsers."""

WORDS_KNOWN: Final = 4096
"""Words whose names a view remembers."""

SLIP: Final = 0.1
"""What an edit takes off the likeness of a word."""


class SeenNames:
    """A NameIndex over several tables for one scope."""

    def __init__(self, tables: Sequence[NameTable], scope: Scope, english: English) -> None:
        self._tables, self._scope, self._english = tables, scope, english
        self._changes = [table.changes for table in tables]
        self._known: LRUCache[str, list[Entry]] = LRUCache(WORDS_KNOWN)
        self._read: LRUCache[str, tuple[Mention, ...]] = LRUCache(TEXTS_READ)
        self._values: dict[ObjectType, Mapping[str, Sequence[str]]] = {}

    def is_of(self, tables: Sequence[NameTable]) -> bool:
        """Whether these are the tables it is a view on, and none has changed since."""
        same = len(tables) == len(self._tables) and all(map(operator.is_, tables, self._tables))
        return same and self._changes == [table.changes for table in tables]

    def mentions(self, text: str) -> Sequence[Mention]:
        """Names in a text, in order and not overlapping; the longest win."""
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = self._mentions(text)
        return found

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        addressed = [mention for match in ADDRESS.finditer(text) if (mention := self._addressed(match))]
        said = [token for token in tokens(text) if not _within(token, addressed)]
        matches = [match for at in range(len(said)) for match in self._matches(said, at)]
        return tuple(sorted([*addressed, *_longest(matches, said, text)], key=lambda mention: mention.start))

    def named(self, type: ObjectType, id: str) -> Named | None:
        """The record of this id, None where the asker may not see it or there is none."""
        found = (table.entry(type, id) for table in self._tables)
        return next((entry.named for entry in found if entry and self._allows(entry)), None)

    def values(self, type: ObjectType) -> Mapping[str, Sequence[str]]:
        """What the fields that describe records hold, of those that the asker may see."""
        if type not in self._values:
            self._values[type] = self._values_of(type)
        return self._values[type]

    def _values_of(self, type: ObjectType) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for table in self._tables:
            for field, values in table.values(type, self._may_know).items():
                found[field] |= values
        return {field: tuple(sorted(values)) for field, values in found.items()}

    def _addressed(self, match: re.Match[str]) -> Mention | None:
        """An e-mail address or domain; an address that nobody has may still name a company by its domain."""
        address = folded(match[0])
        whole = self._allowed(lambda table: table.with_address(address))
        found = whole or self._allowed(lambda table: table.with_address(address.rpartition("@")[2]))
        if not found:
            return None
        score = 1.0 if whole else 0.7
        named = tuple(entry.named for entry in found[:CANDIDATES])
        return Mention(
            start=match.start(), end=match.end(), text=match[0], candidates=named, scores=(score,) * len(named)
        )

    def _matches(self, said: Sequence[Token], at: int) -> Iterator[Match]:
        yield from self._whole_names(said, at)
        is_place = self._is_names_place(said, at)
        for word, quality, until in self._spellings(said, at, is_place):
            entries = self._with_word(word)
            if len(entries) > OF_TOO_MANY:
                continue
            for entry in entries:
                match = match_from(entry, said, at, word, quality, until=until)
                if (match.strength == ALONE and not self._is_thing(said, match)) or is_place or _is_enough(match):
                    yield match

    def _is_thing(self, said: Sequence[Token], match: Match) -> bool:
        """Whether an English word after "the" is meant as that: "the ledger is missing", not "the Ledger deal"."""
        token = said[match.first]
        if match.first != match.last or match.first == 0 or said[match.first - 1].plain not in DETERMINERS:
            return False
        if match.entry.named.type == "person" and said[match.first - 1].plain == "that":
            return False  # "deals that jake owns"
        behind = said[match.last + 1].plain if match.last + 1 < len(said) else ""
        return behind not in NAMED_THINGS and self._english.is_known(token.plain)

    def _is_names_place(self, said: Sequence[Token], at: int) -> bool:
        """Whether a word that is everyday English may be a name here: after "with" and such, or written as one."""
        token = said[at]
        if token.possessive or is_written_as_name(said, at):
            return True
        return at > 0 and said[at - 1].plain in BEFORE_NAMES and not self._english.is_everyday(token.plain)

    def _whole_names(self, said: Sequence[Token], at: int) -> Iterator[Match]:
        """Names of several everyday words, said in full."""
        for end in range(at + 2, min(at + LONGEST_NAME, len(said)) + 1):
            name = [token.plain for token in said[at:end]]
            for entry in self._allowed(lambda table, name=name: table.with_name(" ".join(name))):  # type: ignore[misc]
                yield Match(entry, at, end - 1, dict.fromkeys(entry.words, 1.0), IN_ITS_PLACE)

    def _spellings(self, said: Sequence[Token], at: int, is_place: bool) -> Iterator[tuple[str, float, int]]:
        """The words of names that the word at this place may be, how like it is, and of how many words it is made."""
        word = said[at].plain
        if at + 1 < len(said) and len(joined := word + said[at + 1].plain) > 6 and self._with_word(joined):
            yield joined, 0.95, 2
        if self._with_word(word):
            yield word, 1.0, 1
        elif word.endswith("s") and len(word) > 3 and self._with_word(word[:-1]):
            yield word[:-1], 0.97, 1
        elif self._may_be_a_slip(word, is_place):
            yield from self._like(word)

    def _may_be_a_slip(self, word: str, is_place: bool) -> bool:
        if word.isdecimal() or len(word) < (4 if is_place else 5):
            return False
        return not self._english.is_common(word) if is_place else not self._english.is_known(word)

    def _like(self, word: str) -> Iterator[tuple[str, float, int]]:
        """Words that differ by small errors; the nearest alone, where some are nearer than others."""
        near = [pair for table in self._tables for pair in table.like(word, edits_allowed(word))]
        seen = [(spelled, edits) for spelled, edits in near if self._names_alone(spelled)]
        fewest = min((edits for _, edits in seen), default=0)
        yield from ((spelled, 1 - SLIP * edits, 1) for spelled, edits in dict(seen).items() if edits == fewest)

    def _names_alone(self, word: str) -> bool:
        return len(word) > 3 and bool(self._with_word(word))

    def _with_word(self, word: str) -> list[Entry]:
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = self._allowed(lambda table: table.with_word(word))
        return found

    def _allowed(self, find: Callable[[NameTable], Iterable[Entry]]) -> list[Entry]:
        return [entry for table in self._tables for entry in find(table) if self._allows(entry)]

    def _allows(self, entry: Entry) -> bool:
        return self._may_know(entry.audience)

    def _may_know(self, audience: str | None) -> bool:
        return audience is None or self._scope.allows(audience)


def is_written_as_name(said: Sequence[Token], at: int) -> bool:
    """Whether a word has a capital that neither the beginning of the sentence nor a headline's style gives it."""
    if at == 0 or not said[at].capital:
        return False
    beside = said[max(0, at - STYLE_WITHIN) : at + STYLE_WITHIN + 1]
    return sum(other.capital for other in beside) * 2 <= len(beside) + 1


def _is_enough(match: Match) -> bool:
    """Several words of a name in its own order, the first among them, say who is meant even in small letters."""
    return match.last > match.first and len(match.matched) > 1 and match.entry.words[0] in match.matched


def _within(token: Token, mentions: Iterable[Mention]) -> bool:
    return any(mention.start <= token.start < mention.end for mention in mentions)


def _longest(matches: Iterable[Match], said: Sequence[Token], text: str) -> Iterator[Mention]:
    """Mentions of the longest matches, each with all that the same words may name."""
    by_span: defaultdict[tuple[int, int], list[Match]] = defaultdict(list)
    for match in matches:
        by_span[match.first, match.last].append(match)
    taken: set[int] = set()
    for (first, last), group in sorted(by_span.items(), key=lambda item: _worth(item[0], item[1], said)):
        if taken.isdisjoint(range(first, last + 1)):
            legal = said[last + 1].plain if last + 1 < len(said) else ""
            last += int(legal in LEGAL_FORMS)
            taken |= set(range(first, last + 1))
            yield _mention(group, said[first].start, said[last].end, text, legal)


def _worth(span: tuple[int, int], group: Sequence[Match], said: Sequence[Token]) -> tuple[int, float, int]:
    words_said = max(len(match.matched) for match in group)
    return (-words_said, -max(match.score for match in group), span[0])


def _mention(group: Sequence[Match], start: int, end: int, text: str, legal: str) -> Mention:
    """The candidates of one span; a legal form that was said is one's own before it is another's."""
    of_form = [match for match in group if legal in LEGAL_FORMS and legal in folded(match.entry.named.name).split()]
    group = of_form or group
    best: dict[tuple[str, str], Match] = {}
    for match in sorted(group, key=lambda match: -match.score):
        best.setdefault((match.entry.named.type, match.entry.named.id), match)
    kept = list(best.values())[:CANDIDATES]
    return Mention(
        start=start,
        end=end,
        text=text[start:end],
        candidates=tuple(match.entry.named for match in kept),
        scores=tuple(round(match.score, 4) for match in kept),
    )
