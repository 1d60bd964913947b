"""What finds the vectors nearest to one: an index that can be made anew from the database at any time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from memory.embedding.port import Vectors


@dataclass(frozen=True)
class Point:
    """A vector under its id. `metadata` holds scalars only, the same keys for every point of a collection."""

    id: str
    vector: Sequence[float]
    metadata: Mapping[str, str | int | float | bool]


@dataclass(frozen=True)
class Near:
    """A point that was found; `similarity` is the cosine, 1 for the same direction."""

    id: str
    similarity: float


class VectorIndex(Protocol):
    """Collections of points. Every method raises Unavailable when the index is away or damaged, naming the next step.

    `where` is Chroma's own filter, exactly one operator at the top, and costs over a hundred milliseconds in a large
    collection: leave it out where the caller can filter what comes back.
    """

    async def create(self, collection: str) -> None:
        """Makes a collection for cosine similarity, unless it is there."""
        ...

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Puts points in, over those of the same id; any number of them."""
        ...

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Takes points out; an id that is not there changes nothing."""
        ...

    async def nearest(
        self, collection: str, vector: Sequence[float], count: int, where: Mapping[str, Any] | None = None
    ) -> list[Near]:
        """Up to `count` points, most alike first."""
        ...

    async def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of these points by id; what is not there is left out."""
        ...

    async def count(self, collection: str) -> int:
        """How many points a collection says that it holds, which after a crash may be wrong."""
        ...

    async def collections(self) -> list[str]:
        """The names of all collections."""
        ...

    async def drop(self, collection: str) -> None:
        """Removes a collection; one that is not there changes nothing."""
        ...

    async def close(self) -> None:
        """Closes the index, and lets another process have it."""
        ...
