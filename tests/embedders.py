"""An embedder for tests about what is embedded: the hashing trick over words, which knows what it was asked."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from core.errors import Unavailable
from memory.embedding.port import Vectors


class HashedWords:
    """Texts of common words have vectors alike. `asked` are all texts so far; one that is `away` refuses."""

    model = "hashed-words-64"
    dimensions = 64

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.away:
            raise Unavailable("the embedder", "is away")
        self.asked += texts
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                row[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
        return unit

    async def close(self) -> None:
        """Holds nothing."""
