"""How far the words of a question agree with one name: from where to where, by which words, and how well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from nodes.call_analysis.extractive.names import words
from nodes.understanding.names.entry import ALONE, BESIDE, WEIGHTS, Entry
from nodes.understanding.names.words import Token

JOINTS: Final = words("and of the n")
NEVER_BESIDE: Final = words(
    """
    a all any are by closed deal deals do for has have in is lost me more my new not on open or our that to what who
    with won you
    """
)
"""Words that say something of their own beside a name, and are taken as part of one only where they end or fill it."""

ABBREVIATED: Final = 4
"""Letters from which on the beginning of a word stands for it: assoc, prop."""

TYPES: Final[Mapping[str, float]] = {"companies": 1.0, "person": 0.95, "contacts": 0.85, "deals": 0.75}
"""What a part of a name is worth: people say part of a company's name and mean it, seldom so of a deal's."""


@dataclass(frozen=True)
class Match:
    """Words `first` to `last` of the question name `entry`. `strength` is that of the strongest of its words."""

    entry: Entry
    first: int
    last: int
    matched: Mapping[str, float]
    strength: int

    @property
    def is_whole(self) -> bool:
        """Whether every word of the name was said."""
        return set(self.entry.words) <= self.matched.keys()

    @property
    def score(self) -> float:
        """From 0 to 1: how much of the name was said, and how exactly."""
        quality = sum(self.matched.values()) / len(self.matched)
        if self.is_whole:
            return quality
        said = sum(WEIGHTS[self.entry.strength.get(word, ALONE)] for word in self.matched)
        covered = min(said / (self.entry.weight or 1.0), 1.0)
        return quality * (0.6 + 0.4 * covered) * TYPES.get(self.entry.named.type, 1.0)


def edits_allowed(word: str) -> int:
    """Slips of the hand in a word of this length: none below four letters, one up to seven, two beyond."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def match_from(entry: Entry, said: Sequence[Token], at: int, word: str, quality: float, *, until: int = 1) -> Match:
    """The longest match around word `at` of the question, which stands for `word` of the name.

    `until` is how many words of the question that one is made of.
    """
    matched = {word: quality}
    first, last = at, at + until - 1
    while (step := _next(entry, said, last + 1, 1, matched)) is not None:
        last = step
    while (step := _next(entry, said, first - 1, -1, matched)) is not None:
        first = step
    strength = max(entry.strength.get(word, ALONE) for word in matched)
    return Match(entry, first, last, matched, strength)


def _next(entry: Entry, said: Sequence[Token], at: int, way: int, matched: dict[str, float]) -> int | None:
    """The next place that goes on with the name, over a joint if need be; notes the word in `matched`."""
    for place in (at, at + way):
        if not 0 <= place < len(said):
            return None
        found = _word_of(entry, said[place].plain, matched)
        if found is not None:
            matched[found[0]] = found[1]
            return place
        if said[place].plain not in JOINTS or place != at:
            return None
    return None


def _word_of(entry: Entry, said: str, matched: Mapping[str, float]) -> tuple[str, float] | None:
    if said in NEVER_BESIDE and not (said in entry.words and entry.named.type != "deals"):
        return None
    best: tuple[str, float] | None = None
    for word in entry.words:
        likeness = 0.0 if word in matched else _likeness(word, said, entry.strength.get(word, BESIDE))
        if likeness > (best[1] if best else 0.0):
            best = (word, likeness)
    return best


def _likeness(word: str, said: str, strength: int) -> float:
    if word == said:
        return 1.0
    if said == word + "s" or word == said + "s":
        return 0.97 if strength != BESIDE else 0.0
    short, long = sorted((word, said), key=len)
    if len(short) >= ABBREVIATED and long.startswith(short) and strength == BESIDE:
        return 0.85
    edits = edits_allowed(said)
    if not edits or word[:1] != said[:1] or word.isdecimal():
        return 0.0
    distance = OSA.distance(word, said, score_cutoff=edits)
    return 1 - 0.1 * distance if distance <= edits else 0.0
