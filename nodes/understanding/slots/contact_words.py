"""What only contacts have: their job. "The CFO at Pinecrest", "directors", "who runs finance"."""

from collections.abc import Iterator
from typing import Final

from core.query import Filter
from nodes.understanding.slots.part import Part, Text, pattern

AREAS: Final = (
    r"finance|operations|sales|marketing|compliance|accounting|property|asset|it|security|procurement|residents?|"
    r"leasing|lettings|collections|technology|revenue"
)
JOBS: Final = pattern(
    r"(?:the |an? )?(?P<job>c[efoti]os?|cisos?|cmos?|chief executive|chief operating officer|vice president|"
    r"[se]?vps?|"
    r"president|directors?|controllers?|(?:regional |project |office )?managers?|treasurers?|bookkeepers?|"
    r"accountants?|"
    rf"administrators?|general counsel|consultants?|head)(?:,? (?:of )?(?P<area>{AREAS}))?"
)
PEOPLE: Final = pattern(
    rf"(?:the |anyone in |somebody in )?(?P<area>{AREAS}) (?:people|contacts?|persons?|folks?|team|staff)"
)


def contact_parts(text: Text) -> Iterator[Part]:
    """Conditions on the job title: the rank, and what it is over."""
    for match in text.free(PEOPLE):
        yield Part(*match.span("area"), (Filter(field="jobtitle", op="contains", value=match["area"]),))
    for match in text.free(JOBS):
        words = (match["job"].removesuffix("s"), match["area"])
        filters = (Filter(field="jobtitle", op="contains", value=word) for word in words if word)
        yield Part(*match.span(), tuple(filters))


def names_a_job(text: Text) -> bool:
    """Whether somebody is asked for by their job."""
    return next(text.free(JOBS), None) is not None
