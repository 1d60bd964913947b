"""What a probe is asked, what it finds, and what that means: the words that pass between two processes, as JSON."""

from base64 import b64decode
from pathlib import Path
from typing import Final

import numpy as np

from core.analysis import Frozen
from memory.embedding.port import Vectors
from memory.store.entry import Kind
from memory.store.packing import unpack_all

OPENED: Final = "opened"
"""The probe's first line, once it has Chroma open."""

REFUSED: Final = 3
"""Its exit code when another process has the folder."""

BROKEN: Final = 4
"""Its exit code when the folder cannot be opened at all."""


class Place(Frozen):
    """Where Chroma is: a folder, or a server and the name under which our collections are there."""

    folder: Path | None = None
    url: str | None = None
    name: str = ""


class Known(Frozen):
    """What the database knows of a collection: some vectors that it must have, and how many there are.

    `packed` is the vectors of `ids` as base64 of 16-bit floats. It holds `least` points, and up to `most` as far as
    waiting changes have been told already.
    """

    collection: str
    kind: Kind
    ids: tuple[str, ...]
    packed: tuple[str, ...]
    least: int
    most: int

    def vectors(self) -> Vectors:
        """The vectors, one row for each id."""
        raw = [b64decode(each) for each in self.packed]
        return unpack_all(raw, len(raw[0]) // 2) if raw else np.zeros((0, 0), np.float32)


class Question(Frozen):
    """What a probe is to find out. It ends by itself after so many seconds, also when nobody waits for it any more."""

    place: Place
    known: tuple[Known, ...]
    seconds: int


class Findings(Frozen):
    """What a probe found in a collection: how many known vectors are missing, others than they should be, or not found.

    `problem` is an error that ended it; `is_damage` when that was the collection's own, not an absent server's.
    """

    collection: str
    count: int = 0
    missing: int = 0
    different: int = 0
    unfound: int = 0
    problem: str | None = None
    is_damage: bool = False


class Verdict(Frozen):
    """Whether a collection can be relied on; None when it could not be told."""

    collection: str
    kind: Kind
    sound: bool | None
    reason: str | None = None
    points: int = 0


def judged(known: Known, found: Findings) -> Verdict:
    """What the findings mean."""
    sound: bool | None = False
    if found.problem is not None:
        sound, reason = False if found.is_damage else None, found.problem
    elif found.missing or found.different or found.unfound:
        parts = {"missing": found.missing, "other than they were": found.different, "not found": found.unfound}
        shown = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
        reason = f"of {len(known.ids)} known vectors: {shown}"
    elif not known.least <= found.count <= known.most:
        reason = f"it says that it holds {found.count} vectors, and there are {known.least}"
    else:
        return Verdict(collection=known.collection, kind=known.kind, sound=True, points=found.count)
    return Verdict(collection=known.collection, kind=known.kind, sound=sound, reason=reason, points=found.count)
