"""Vectors as bytes: 16-bit floats, half the size, and closer to the vector than any two texts are to each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.embedding.port import Vectors

FLOAT = np.dtype("<f2")


def pack(vector: NDArray[np.float32]) -> bytes:
    """A vector of unit length as bytes, two for each dimension."""
    return vector.astype(FLOAT).tobytes()


def unpack(packed: bytes, dimensions: int) -> NDArray[np.float32]:
    """The vector of these bytes; raises ValueError when it has another number of dimensions."""
    if len(packed) != dimensions * FLOAT.itemsize:
        raise ValueError(f"{len(packed)} bytes are no vector of {dimensions} dimensions")
    return np.frombuffer(packed, FLOAT).astype(np.float32)


def unpack_all(packed: Sequence[bytes], dimensions: int) -> Vectors:
    """The vectors of all these bytes, one row for each; raises ValueError as `unpack` does."""
    if any(len(each) != dimensions * FLOAT.itemsize for each in packed):
        raise ValueError(f"there are vectors of other than {dimensions} dimensions")
    return np.frombuffer(b"".join(packed), FLOAT).reshape(len(packed), dimensions).astype(np.float32)
