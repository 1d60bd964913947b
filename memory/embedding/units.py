"""What all embedders hold to: vectors of unit length, and zeros for a text in which there is no word."""

from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from memory.embedding.port import Vectors


async def of_those_with_words(
    texts: Sequence[str], dimensions: int, embed: Callable[[list[str]], Awaitable[NDArray[np.floating]]]
) -> Vectors:
    """Vectors of all texts, shape (texts, dimensions), of which `embed` is asked only for those that hold a word."""
    places = [place for place, text in enumerate(texts) if has_word(text)]
    found = np.zeros((len(texts), dimensions), dtype=np.float32)
    if places:
        found[places] = to_unit_length(await embed([texts[place] for place in places]))
    return found


def has_word(text: str) -> bool:
    """Whether there is a letter or a digit in it: spaces and signs alone mean nothing that could be compared."""
    return any(letter.isalnum() for letter in text)


def to_unit_length(vectors: NDArray[np.floating]) -> Vectors:
    """The same directions at length 1; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
