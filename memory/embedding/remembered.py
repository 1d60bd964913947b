"""The vectors of what was asked lately: the same question comes again and again, from people and from steps."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from memory.embedding.port import Embedder, Vectors

MOST: Final = 2048
"""Vectors that are remembered: 3 MB of 384 dimensions."""


class Remembered:
    """An embedder for questions. What is written in bulk goes to `embedder` itself, and drives none of them out."""

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self.model = embedder.model
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._known: LRUCache[str, NDArray[np.float32]] = LRUCache(most)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the embedder does it, asked only for what is not remembered."""
        found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= zip(missing, await self._embedder.embed(missing), strict=True)
            self._known.update({text: found[text] for text in missing})
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dimensions)

    async def close(self) -> None:
        """Closes the embedder."""
        self._known.clear()
        await self._embedder.close()
