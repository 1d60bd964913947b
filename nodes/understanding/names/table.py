"""The index itself: entries by their words, kept up one by one, so that a change needs no new index."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from nodes.understanding.names.entry import BESIDE, Entry

Place = tuple[str, str]
"""Type and id."""

Group = tuple[str, str | None]
"""Type and audience: what may be told of one of them may be told of all."""

NOBODY: Final[frozenset[Place]] = frozenset()


class NameTable:
    """Entries by place, word, address and whole name; `changes` counts how often any came or went."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.changes = 0
        self._entries: dict[Place, Entry] = {}
        self._by_word: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._by_address: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._by_name: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._spelled: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        self._values: defaultdict[Group, Counter[tuple[str, str]]] = defaultdict(Counter)
        for entry in entries:
            self.put(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Takes an entry in, in place of the one it had."""
        place = (entry.named.type, entry.named.id)
        self.drop(*place)
        self.changes += 1
        self._entries[place] = entry
        for word in _words(entry):
            if word not in self._by_word:
                self._spelled[word[:1], len(word)].append(word)
            self._by_word[word][place] = None
        for address in entry.addresses:
            self._by_address[address][place] = None
        self._by_name[" ".join(entry.words)][place] = None
        self._values[entry.named.type, entry.audience].update(entry.values.items())

    def drop(self, type: str, id: str) -> None:
        """Forgets an entry; its words stay as empty ones, which name nobody."""
        place = (type, id)
        entry = self._entries.pop(place, None)
        if entry is None:
            return
        self.changes += 1
        for word in _words(entry):
            self._by_word[word].pop(place, None)
        for address in entry.addresses:
            self._by_address[address].pop(place, None)
        self._by_name[" ".join(entry.words)].pop(place, None)
        self._forget_values(entry)

    def entry(self, type: str, id: str) -> Entry | None:
        return self._entries.get((type, id))

    def values(self, type: str, allows: Callable[[str | None], bool]) -> Mapping[str, set[str]]:
        """What the describing fields of this type hold, by field, of entries whose audience is allowed."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for (of, audience), held in self._values.items():
            if of == type and held and allows(audience):
                for field, value in held:
                    found[field].add(value)
        return found

    def with_word(self, word: str) -> list[Entry]:
        """Those that this word may name."""
        return self._all(self._by_word.get(word, NOBODY))

    def with_address(self, address: str) -> list[Entry]:
        return self._all(self._by_address.get(address, NOBODY))

    def with_name(self, name: str) -> list[Entry]:
        """Those whose whole name is these words, parted by one space."""
        return self._all(self._by_name.get(name, NOBODY))

    def like(self, word: str, edits: int) -> list[tuple[str, int]]:
        """Words that begin alike and differ by at most so many edits, with how many."""
        near: list[str] = []
        for length in range(len(word) - edits, len(word) + edits + 1):
            near += self._spelled.get((word[:1], length), ())
        found = extract(word, near, scorer=OSA.distance, score_cutoff=edits, limit=None)
        return [(spelled, int(distance)) for spelled, distance, _ in found]

    def _forget_values(self, entry: Entry) -> None:
        """One fewer holds them; what nobody holds any more is told to nobody."""
        held = self._values[entry.named.type, entry.audience]
        held.subtract(entry.values.items())
        for pair in entry.values.items():
            if not held[pair]:
                del held[pair]

    def _all(self, places: Collection[Place]) -> list[Entry]:
        return [self._entries[place] for place in places]


def _words(entry: Entry) -> set[str]:
    """The words that may name it by themselves; the others are looked at once it is found."""
    return {word for word in entry.words if entry.strength[word] != BESIDE} | entry.aliases
