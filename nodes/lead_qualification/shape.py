"""What is known of a lead: each field with the sentences that prove it or the question to ask, and the score.

Made by qualifying.py from the stored analyses of calls; told by telling.py in HubSpot, and by chat.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from core.analysis import Frozen, MeddpiccField, Proved

Band = Literal["hot", "warm", "cold", "unqualified"]


class BantField(StrEnum):
    """The four fields without which nobody buys (BANT)."""

    BUDGET = "budget"
    AUTHORITY = "authority"
    NEED = "need"
    TIMING = "timing"


class Heard(Proved):
    """Something that was heard in a call: where, when (`at`, the call's beginning), and the way there (`link`)."""

    call_id: str
    call_name: str
    at: datetime | None = None
    link: str | None = None


class Standing(Frozen):
    """How one field stands: heard for certain, the newest first, or missing.

    A missing one has the `question` worth asking next, and what was heard of it that is only `possible`.
    """

    field: BantField | MeddpiccField
    evidence: tuple[Heard, ...] = ()
    possible: tuple[Heard, ...] = ()
    question: str | None = None

    @property
    def heard(self) -> bool:
        """Whether it was heard for certain."""
        return bool(self.evidence)


class Reason(Frozen):
    """What gave or took away how many points of the score, and the sentence it rests on."""

    points: int
    what: str
    proof: Heard

    @property
    def text(self) -> str:
        """In words, without the quote: `+15 budget`."""
        return f"{self.points:+d} {self.what}"


class LeadQualification(Frozen):
    """How far a lead is qualified. `score` runs from 0 to 100; `calls` are the ids it rests on, the latest first."""

    bant: tuple[Standing, ...]
    meddpicc: tuple[Standing, ...]
    score: int
    band: Band
    reasons: tuple[Reason, ...]
    calls: tuple[str, ...]

    @property
    def bant_completeness(self) -> float:
        """The share of BANT that was heard, 0 to 1."""
        return _share(self.bant)

    @property
    def meddpicc_completeness(self) -> float:
        """The share of MEDDPICC that was heard, 0 to 1."""
        return _share(self.meddpicc)

    @property
    def missing(self) -> tuple[Standing, ...]:
        """The fields that were not heard, in the order in which they are worth asking for."""
        return tuple(standing for standing in (*self.bant, *self.meddpicc) if not standing.heard)


def _share(fields: Sequence[Standing]) -> float:
    return sum(standing.heard for standing in fields) / len(fields)
