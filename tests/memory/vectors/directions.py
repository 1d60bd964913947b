"""An embedder for tests about finding vectors again: no two texts are alike by chance."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from core.errors import Rejected, Unavailable
from memory.embedding.port import Vectors


class WordDirections:
    """Gives every word a direction of its own.

    `is_away` makes it unreachable; `refused` is a word that it does not take; `before` is awaited whenever it is asked.
    """

    def __init__(self, model: str = "directions-32", dimensions: int = 32) -> None:
        self.model = model
        self.dimensions = dimensions
        self.is_away = False
        self.refused: str | None = None
        self.before: Callable[[], Awaitable[None]] | None = None
        self.asked = 0
        self.embedded: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        if self.before is not None:
            await self.before()
        if self.is_away:
            raise Unavailable("embedder", "is away")
        if any(self.refused in text for text in texts if self.refused):
            raise Rejected("embedder", "a text is too long")
        self.embedded += texts
        vectors = np.stack([sum(map(self._word, text.split()), np.zeros(self.dimensions)) for text in texts])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
        return unit

    async def close(self) -> None:
        pass

    def _word(self, word: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(f"{self.model} {word}".encode()).digest()[:8], "big")
        return np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)
