"""What of an analysis may be acted on without a person, and what is only shown to one who looks.

A candidate is not sure enough to be acted on. An instruction to software that somebody spoke in the call is told as a
warning: it is followed by nobody, and it is no risk of the deal.
"""

from core.analysis import CallAnalysis, Finding, Kind, Proved

ORDER_HEARD = "Somebody gave software an instruction in this call; it was not followed"


def sure(analysis: CallAnalysis, kind: Kind) -> tuple[Finding, ...]:
    """The findings of this kind that are sure and still stand, in the order of the call."""
    return tuple(item for item in analysis.sure(kind) if not item.withdrawn and not item.order)


def possible(analysis: CallAnalysis, kind: Kind) -> tuple[Finding, ...]:
    """The findings of this kind that are not sure and may still stand, in the order of the call."""
    return tuple(item for item in analysis.of(kind) if item.candidate and not item.withdrawn and not item.order)


def orders(analysis: CallAnalysis) -> tuple[Finding, ...]:
    """The instructions to software that were certainly given in the call."""
    return tuple(item for item in analysis.sure(Kind.RISK) if item.order)


def candidates(analysis: CallAnalysis) -> tuple[Proved, ...]:
    """Everything that is possible and not sure: findings in the order of the call, then MEDDPICC fields."""
    return tuple(found for found in (*analysis.items, *analysis.meddpicc) if found.candidate)
