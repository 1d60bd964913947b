"""What both ways of speaking to Chroma share: how points go in, and how what is found comes out."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import numpy as np

from memory.embedding.port import Vectors
from memory.vectors.port import Near, Point

T = TypeVar("T")

COSINE: Final[Any] = {"hnsw": {"space": "cosine"}}
"""How a collection measures; without it Chroma takes the squared distance."""


def batches(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The things in order, at most `size` at once. Chroma takes 5,461 at the most."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def last_of_each(points: Sequence[Point]) -> list[Point]:
    """The points with the last one of each id: Chroma refuses to be given an id twice."""
    return list({point.id: point for point in points}.values())


def written(points: Sequence[Point]) -> dict[str, Any]:
    """Points as `upsert` takes them."""
    return {
        "ids": [point.id for point in points],
        "embeddings": np.asarray([point.vector for point in points], np.float32),
        "metadatas": [dict(point.metadata) for point in points],
    }


def found(answer: Any) -> list[Near]:
    """What `query` answered to one vector; Chroma's cosine distance is 1 minus the similarity."""
    distances = answer["distances"] or [[]]
    return [Near(id, 1 - distance) for id, distance in zip(answer["ids"][0], distances[0], strict=True)]


def vectors_of(answer: Any) -> dict[str, Vectors]:
    """What `get` answered, by id."""
    return dict(zip(answer["ids"], np.asarray(answer["embeddings"], np.float32), strict=True))
