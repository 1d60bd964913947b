"""A database that is away, full or busy, told as Unavailable in words a person can act on, whichever driver says it.

Errors of the statement itself (a broken constraint, an unknown column) are no outage and stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from core.errors import Unavailable

SERVICE = "database"


@dataclass(frozen=True)
class Outage:
    """What is wrong and what to do about it; `maybe_done` when a write may have been carried out all the same."""

    words: str
    maybe_done: bool = False


Explain = Callable[[BaseException], Outage | None]
"""What a driver's error says about the database; None when the error is the statement's own."""


def driver_error(error: BaseException) -> BaseException | None:
    """The driver's own error within SQLAlchemy's, or the error itself."""
    return error.orig if isinstance(error, DBAPIError) else error


@contextmanager
def outages_told(explain: Explain, *, writing: bool = False) -> Iterator[None]:
    """Raises Unavailable for an outage within; any other error passes through."""
    try:
        yield
    except Exception as error:
        outage = explain(error)
        if outage is None:
            raise
        raise Unavailable(SERVICE, outage.words, maybe_done=writing and outage.maybe_done) from error
