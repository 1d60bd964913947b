"""The score of a lead: points for what was heard, points off for what speaks against it, each with its sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nodes.lead_qualification.hearing import Against
from nodes.lead_qualification.shape import Band, BantField, Heard, Reason, Standing

BANT_POINTS: Final = 15
"""The four make 60 of 100: without money, somebody to sign, a need and a day nobody buys, whatever else is known."""
MEDDPICC_POINTS: Final = 5
"""The eight make the other 40: how well the purchase is understood."""
AGAINST_POINTS: Final = -30
"""Without money, or with somebody who cannot decide, 85 is the most that can be heard: so no such lead is hot."""
LOST_POINTS: Final = -100
"""They said no: whatever was heard before is worth nothing until they come back."""

HOT_FROM: Final = 60
"""As much as all of BANT, or three of it with five of MEDDPICC."""
WARM_FROM: Final = 30
"""As much as half of BANT."""
COLD_FROM: Final = 1
"""Something was heard for certain, and outweighs what speaks against it."""


def reasons_of(fields: Sequence[Standing], against: Mapping[Against, Heard], lost: Heard | None) -> tuple[Reason, ...]:
    """What adds to the score, in the order of the fields, then what takes away from it."""
    return tuple(_reasons(fields, against, lost))


def score_of(reasons: Sequence[Reason]) -> int:
    """The sum of the points, from 0 to 100."""
    return min(100, max(0, sum(reason.points for reason in reasons)))


def band_of(score: int) -> Band:
    """How warm a lead of this score is."""
    if score >= HOT_FROM:
        return "hot"
    if score >= WARM_FROM:
        return "warm"
    return "cold" if score >= COLD_FROM else "unqualified"


def _reasons(fields: Sequence[Standing], against: Mapping[Against, Heard], lost: Heard | None) -> Iterator[Reason]:
    for standing in fields:
        if standing.heard:
            points = BANT_POINTS if isinstance(standing.field, BantField) else MEDDPICC_POINTS
            yield Reason(points=points, what=standing.field.value.replace("_", " "), proof=standing.evidence[0])
    for what, proof in against.items():
        yield Reason(points=AGAINST_POINTS, what=what, proof=proof)
    if lost is not None:
        yield Reason(points=LOST_POINTS, what="lost", proof=lost)
