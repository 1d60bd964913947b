"""What Chroma's own errors mean: that it is away, or that a collection is damaged and must be made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import Rejected, SophiaError, Unavailable

SERVICE: Final = "Chroma"
MEND: Final = "Nothing is lost: it is made anew from the database, by `sophia memory reindex` or by itself."
START: Final = "Start the server that SOPHIA_CHROMA_URL names (`chroma run`); recall goes by words until then."

REFUSALS: Final = frozenset({"InvalidArgumentError", "InvalidDimensionException", "DuplicateIDError"})
"""Chroma's errors about what was asked. All its others say that it could not do what it should."""

PASSING: Final = (
    "disk is full",
    "No space left",
    "database is locked",
    "Too many open files",
    "unable to open database",
)
"""What the machine lacks for a while; making the collection anew would not help."""

ABSENT: Final = frozenset({"NotFoundError", "InvalidUUIDError"})


class Damaged(Unavailable):
    """Chroma is there, but this collection cannot be used any more, or the whole folder when it is None."""

    def __init__(self, collection: str | None, problem: str) -> None:
        super().__init__(SERVICE, f"{collection or 'the folder'} is damaged: {problem}", next_step=MEND)
        self.collection = collection
        self.problem = problem


class Closed(Unavailable):
    """It was open in this process, and is no longer."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "it has been closed in this process", next_step="Open it again.")


@contextmanager
def errors_told(collection: str | None = None) -> Iterator[None]:
    """Raises Damaged, Unavailable or Rejected for any error of Chroma's within; an error of ours passes through."""
    try:
        yield
    except SophiaError:
        raise
    except Exception as error:
        raise _meant(error, collection) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's own, which is no Exception
            raise
        raise Damaged(collection, _first_line(error)) from error


def _meant(error: Exception, collection: str | None) -> SophiaError:
    from chromadb.errors import ChromaError

    name = type(error).__name__
    if name in REFUSALS:
        return Rejected(SERVICE, f"{collection}: {_first_line(error)}")
    if name in ABSENT and collection is not None:
        return Damaged(collection, "it is not there")
    if any(words in str(error) for words in PASSING):
        return Unavailable(SERVICE, _first_line(error), next_step="Free space on the disk of SOPHIA_DATA_DIR.")
    if isinstance(error, ChromaError):
        return Damaged(collection, _first_line(error))
    return Unavailable(SERVICE, f"no answer: {_first_line(error) or name}", next_step=START)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")[:300]
