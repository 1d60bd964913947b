"""Values kept in this process's memory, bounded in bytes; those used longest ago go first."""

import secrets
from collections.abc import Collection
from typing import Final

from cachetools import TLRUCache

from core.clock import Clock
from memory.cache.entry import Entry, Place
from memory.cache.store import Found, Mark

MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
ENTRY_BYTES: Final = 1024
"""What an entry takes beside its JSON, reckoned high: so there are never more than 65,536."""

MOST_TAGS: Final = 50_000
"""Tags whose last change is remembered. When there are more, all is forgotten and nothing that was kept is fresh."""

ALONE: Final = "alone"
"""Nobody else reads for this process: what is asked for at once is shared before it comes here."""


class Changes:
    """The last change of each tag, in the order in which this process was told."""

    def __init__(self, most: int = MOST_TAGS) -> None:
        self._most = most
        self._epoch = secrets.randbits(48)
        self._sequence = self._floor = 0
        self._changed: dict[str, int] = {}

    @property
    def mark(self) -> Mark:
        """This moment."""
        return Mark(self._epoch, self._sequence)

    def change(self, tags: Collection[str]) -> None:
        """Says that these have changed just now."""
        self._sequence += 1
        self._changed.update(dict.fromkeys(tags, self._sequence))
        if len(self._changed) > self._most:
            self._all_changed()

    def change_all(self) -> None:
        """Says that everything has."""
        self._sequence += 1
        self._all_changed()

    def since(self, mark: Mark, tags: Collection[str]) -> bool:
        """Whether one of the tags has changed after the mark, or may have."""
        last = max((self._changed.get(tag, 0) for tag in tags), default=0)
        return mark.epoch != self._epoch or mark.sequence < max(self._floor, last)

    def _all_changed(self) -> None:
        self._changed.clear()
        self._floor = self._sequence


class ProcessStore:
    """The Store of one process. It is gone with the process, and told only of what happens in it."""

    def __init__(self, clock: Clock, *, most_bytes: int = MOST_KEPT_BYTES, most_tags: int = MOST_TAGS) -> None:
        self._changes = Changes(most_tags)
        self._kept: TLRUCache[Place, tuple[Entry, Mark]] = TLRUCache(
            most_bytes,
            ttu=lambda _place, kept, _now: kept[0].kept_until.timestamp(),
            timer=lambda: clock.now().timestamp(),
            getsizeof=lambda kept: len(kept[0].body) + ENTRY_BYTES,
        )

    async def find(self, place: Place) -> Found:
        kept = self._kept.get(place)
        if kept is None:
            return Found(None, False, self._changes.mark)
        entry, mark = kept
        return Found(entry, self._changes.since(mark, entry.tags), self._changes.mark)

    async def put(self, place: Place, entry: Entry, mark: Mark) -> bool:
        if self._changes.since(mark, entry.tags):
            return False
        if entry.is_too_large:
            self._kept.pop(place, None)
        else:
            self._kept[place] = (entry, mark)
        return True

    async def drop(self, place: Place) -> None:
        self._kept.pop(place, None)

    async def change(self, tags: Collection[str]) -> None:
        self._changes.change(tags)

    async def change_all(self) -> None:
        self._changes.change_all()

    async def forget(self, tags: Collection[str]) -> None:
        self._changes.change(tags)
        gone = set(tags)
        for place, (entry, _mark) in list(self._kept.items()):
            if not gone.isdisjoint(entry.tags):
                self._kept.pop(place, None)

    async def claim(self, place: Place) -> str | None:
        return ALONE

    async def release(self, place: Place, token: str) -> None:
        return

    async def clear(self) -> None:
        """Removes everything, and keeps nothing that is still being read."""
        self._changes.change_all()
        self._kept.clear()

    async def close(self) -> None:
        self._kept.clear()
