"""A probe: a process of its own that asks Chroma for known vectors (`python -m memory.vectors.probe`).

A damaged folder can end the process that reads it, or hold it up without end: then it is this one. It reads a Question
on stdin and writes a line of JSON once Chroma is open, and one with Findings for each collection. An alarm ends it even
within Chroma: whoever asked may have been killed, and the folder is held for as long as it runs.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from core.errors import ConfigurationError, ServiceError
from memory.embedding.port import Vectors
from memory.vectors.damage import Damaged
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.findings import BROKEN, OPENED, REFUSED, Findings, Known, Place, Question
from memory.vectors.lock import FolderLock
from memory.vectors.port import VectorIndex
from memory.vectors.server import ServerIndex

QUERIED: Final = 48
"""Known vectors that are searched for; all of them are asked for by id."""

NEIGHBOURS: Final = 10
MORE_NEIGHBOURS: Final = 200
"""How far down a vector may stand in a search for itself: others may be its equals, and the search is approximate."""

SAME: Final = 0.01
"""Difference in a coordinate that 16-bit floats explain."""

EQUAL: Final = 0.999
"""Similarity of vectors that cannot be told apart."""


async def examine(index: VectorIndex, known: Known) -> Findings:
    """What a collection has of what it should have."""
    name, vectors = known.collection, known.vectors()
    try:
        count = await index.count(name)
        held = await index.vectors(name, known.ids)
        unfound = [id for id, vector in _some(known.ids, vectors) if not await _finds(index, name, id, vector)]
        stored = [(held[id], vector) for id, vector in zip(known.ids, vectors, strict=True) if id in held]
        different = sum(not _alike(one, other) for one, other in stored)
    except ServiceError as error:
        problem = error.problem if isinstance(error, Damaged) else str(error)
        return Findings(collection=name, problem=problem, is_damage=isinstance(error, Damaged))
    except Exception as error:  # of an answer that makes no sense: the collection cannot be relied on
        return Findings(collection=name, problem=f"{type(error).__name__}: {error}"[:300], is_damage=True)
    missing = len(known.ids) - len(stored)
    return Findings(collection=name, count=count, missing=missing, different=different, unfound=len(unfound))


def _some(ids: Sequence[str], vectors: Vectors) -> list[tuple[str, Vectors]]:
    """Those to be searched for, from the first to the last; zeros have no direction and are never found."""
    findable = [(id, vector) for id, vector in zip(ids, vectors, strict=True) if vector.any()]
    places = np.linspace(0, len(findable) - 1, min(QUERIED, len(findable))).astype(int)
    return [findable[place] for place in places]


async def _finds(index: VectorIndex, name: str, id: str, vector: Vectors) -> bool:
    for count in (NEIGHBOURS, MORE_NEIGHBOURS):
        near = await index.nearest(name, vector.tolist(), count)
        if id in {each.id for each in near} or (len(near) == count and near[-1].similarity >= EQUAL):
            return True
    return False


def _alike(one: Vectors, other: Vectors) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=0, atol=SAME))


async def _open(place: Place) -> VectorIndex:
    if place.folder is None:
        return ServerIndex(place.url or "", place.name)
    lock = FolderLock(place.folder)
    lock.take()
    return await EmbeddedIndex.open(lock)


async def _answer(question: Question) -> int:
    signal.alarm(question.seconds)
    try:
        index = await _open(question.place)
    except ConfigurationError as error:
        _say(str(error))
        return REFUSED
    except ServiceError as error:
        _say(str(error))
        return BROKEN
    try:
        _say(OPENED)
        for known in question.known:
            _say((await examine(index, known)).model_dump_json())
    finally:
        with suppress(ServiceError):
            await index.close()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(_answer(Question.model_validate_json(sys.stdin.read()))))
