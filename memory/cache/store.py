"""What the cache asks of the place where values are kept: this process's memory, or Redis."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from memory.cache.entry import Entry, Place


@dataclass(frozen=True)
class Mark:
    """A moment in the order of all changes that a store was told of. Marks of two epochs cannot be compared."""

    epoch: int
    sequence: int


@dataclass(frozen=True)
class Found:
    """What is kept at a place, whether one of its tags changed since it was read, and the moment of looking.

    What is read after the look may be put there under `mark`.
    """

    entry: Entry | None
    changed: bool
    mark: Mark


class Store(Protocol):
    """Keeps entries by place. Every method raises Unavailable when the store cannot be reached."""

    async def find(self, place: Place) -> Found:
        """What is kept, looked at together with the changes of its tags."""
        ...

    async def put(self, place: Place, entry: Entry, mark: Mark) -> bool:
        """Keeps what was read after `mark`; False, and nothing is kept, when a tag of it has changed since then."""
        ...

    async def drop(self, place: Place) -> None:
        """Removes what is kept there."""
        ...

    async def change(self, tags: Collection[str]) -> None:
        """From now on nothing with one of these tags that was read before is fresh."""
        ...

    async def change_all(self) -> None:
        """From now on nothing that was read before is fresh."""
        ...

    async def forget(self, tags: Collection[str]) -> None:
        """Removes all that has one of these tags, and keeps nothing of it that is still being read."""
        ...

    async def claim(self, place: Place) -> str | None:
        """A token for who may read this value now, None while somebody else does; it lapses by itself."""
        ...

    async def release(self, place: Place, token: str) -> None:
        """Gives a token back."""
        ...

    async def close(self) -> None: ...
