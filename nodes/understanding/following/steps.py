"""The ways in which a request may go on from the turns before, in the order in which they are tried."""

from collections.abc import Callable
from typing import Final

from nodes.understanding.following.about import about_pointed
from nodes.understanding.following.acting import acted_on, answered_approval, asked_which, done_again
from nodes.understanding.following.choosing import dropped
from nodes.understanding.following.correcting import corrected
from nodes.understanding.following.figures import figured, narrowed_or_widened
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.reasking import reasked
from nodes.understanding.following.returning import narrowed, returned, turned_to
from nodes.understanding.following.stepping import stepped
from nodes.understanding.following.varying import varied
from nodes.understanding.shape import Request

WAYS: Final[tuple[Callable[[Heard], Request | None], ...]] = (
    dropped,
    answered_approval,
    stepped,
    figured,
    narrowed_or_widened,
    corrected,
    returned,
    acted_on,
    done_again,
    narrowed,
    about_pointed,
    reasked,
    varied,
    asked_which,
)


def followed(heard: Heard) -> Request | None:
    """The request with what it leaves to the turns before; None for one that leaves nothing."""
    heard = turned_to(heard) or heard
    return next((found for way in WAYS if (found := way(heard)) is not None), None)
