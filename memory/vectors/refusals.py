"""Texts of which the embedder refuses some: the others are embedded all the same."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import Rejected, Unavailable
from memory.embedding.port import Embedder

TOO_MANY: Final = 8
"""Texts refused one after another, and no other one taken: it is not the texts that are wrong, but the settings."""

NEXT_STEP: Final = "See that SOPHIA_EMBEDDING_NAME and SOPHIA_EMBEDDING_DIMENSIONS are those of the model served."


async def embedded(embedder: Embedder, texts: Mapping[str, str]) -> dict[str, NDArray[np.float32] | None]:
    """Vectors by id; None for a text that is refused alone too.

    Raises Unavailable when the embedder is away, or refuses every one of TOO_MANY texts or more.
    """
    try:
        return dict(zip(texts, await embedder.embed(list(texts.values())), strict=True))
    except Rejected as error:
        refusal = error
    vectors = {id: await _one(embedder, text) for id, text in texts.items()}
    if len(texts) >= TOO_MANY and all(vector is None for vector in vectors.values()):
        said = f"all of {len(texts)} texts are refused: {refusal}"
        raise Unavailable("embedding", said, next_step=refusal.next_step or NEXT_STEP) from refusal
    return vectors


async def _one(embedder: Embedder, text: str) -> NDArray[np.float32] | None:
    try:
        [vector] = await embedder.embed([text])
    except Rejected:
        return None
    found: NDArray[np.float32] = vector
    return found
