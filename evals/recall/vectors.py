"""An embedder that remembers across runs: a passage that has not changed need not be embedded for every measurement."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.embedding.port import Embedder, Vectors


class OnDisk:
    """`embedder`, with the vectors it made kept in a file of `folder` once `close` is called."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self.model = embedder.model
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._file = folder / f"{embedder.model}.npz"
        self._known = _read(self._file)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the embedder does it, asked only for what it was never asked before."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            vectors = await self._embedder.embed(list(new.values()))
            self._known |= dict(zip(new, vectors, strict=True))
        rows = [self._known[key] for key in keys]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)

    async def close(self) -> None:
        """Writes what is remembered, and closes the embedder."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        vectors = np.array(list(self._known.values()), dtype=np.float32)
        np.savez(self._file, keys=np.array(list(self._known)), vectors=vectors)
        await self._embedder.close()


def _read(file: Path) -> dict[str, NDArray[np.float32]]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as kept:
        return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
