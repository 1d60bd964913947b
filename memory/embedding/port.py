"""What turns text into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One row for each text, of unit length."""


class Embedder(Protocol):
    """Turns texts into vectors whose dot product says how alike they are in meaning.

    `model` names the model and its version in small letters, digits and hyphens ("minilm-l6-384"): vectors of two
    models are never compared, and every collection carries it in its name. The same text always gives the same vector.
    """

    model: str
    dimensions: int

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, dimensions) and unit length; zeros for a text without a word.

        Raises Unavailable when a server that does it is away, Rejected or Unauthorized when it refuses.
        """
        ...

    async def close(self) -> None:
        """Gives back what it holds."""
        ...
