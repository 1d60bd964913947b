"""What is done with the points of one collection, the same in this process and at a server."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller
from typing import Any

import numpy as np

from memory.embedding.port import Vectors
from memory.vectors.batches import batches, found, vectors_of
from memory.vectors.port import Near


class Points(ABC):
    """The methods of a VectorIndex on points; `_most` ids go with one request."""

    _most: int

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Takes points out."""
        for batch in batches(list(dict.fromkeys(ids)), self._most):
            await self._in(collection, methodcaller("delete", ids=list(batch)))

    async def nearest(
        self, collection: str, vector: Sequence[float], count: int, where: Mapping[str, Any] | None = None
    ) -> list[Near]:
        """Up to `count` points, most alike first."""
        asked = {"query_embeddings": [np.asarray(vector, np.float32)], "n_results": count, "include": ["distances"]}
        return found(await self._in(collection, methodcaller("query", **asked, where=where)))

    async def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of these points by id."""
        known: dict[str, Vectors] = {}
        for batch in batches(list(dict.fromkeys(ids)), self._most):
            asked = {"ids": list(batch), "include": ["embeddings"]}
            known |= vectors_of(await self._in(collection, methodcaller("get", **asked)))
        return known

    async def count(self, collection: str) -> int:
        """How many points it says that it holds."""
        counted: int = await self._in(collection, methodcaller("count"))
        return counted

    @abstractmethod
    async def _in(self, collection: str, work: Callable[[Any], Any]) -> Any:
        """What Chroma's collection of this name answers to a call of one of its methods."""
