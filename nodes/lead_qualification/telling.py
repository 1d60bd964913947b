"""A qualification in the words that Sophia's own HubSpot properties hold."""

from collections.abc import Sequence
from typing import Final

from nodes.lead_qualification.shape import LeadQualification, Reason, Standing
from nodes.showing import day, minute, shorten

QUOTE_LIMIT: Final = 200
NAME_LIMIT: Final = 60


def bant_text(qualification: LeadQualification) -> str:
    """`budget, need; missing: authority, timing`."""
    return _fields(qualification.bant)


def meddpicc_text(qualification: LeadQualification) -> str:
    """`2 of 8: metrics, competition; missing: economic buyer, …`."""
    fields = qualification.meddpicc
    return f"{sum(field.heard for field in fields)} of {len(fields)}: {_fields(fields)}"


def reasons_text(qualification: LeadQualification, call_id: str) -> str:
    """A line for each reason: with its quote where this call has it, else with the day of the call that does.

    What is written because of a call repeats no other call's words: they go when their own call is forgotten.
    """
    return "\n".join(_line(reason, call_id) for reason in qualification.reasons)


def _fields(fields: Sequence[Standing]) -> str:
    heard = ", ".join(_name(field) for field in fields if field.heard)
    missing = ", ".join(_name(field) for field in fields if not field.heard)
    return "; ".join(part for part in (heard, missing and f"missing: {missing}") if part)


def _name(standing: Standing) -> str:
    return standing.field.value.replace("_", " ")


def _line(reason: Reason, call_id: str) -> str:
    proof = reason.proof
    if proof.call_id != call_id:
        return f"{reason.text}: heard on {day(proof.at)}" if proof.at else f"{reason.text}: heard in an earlier call"
    speaker = shorten(proof.speaker or "Speaker unknown", NAME_LIMIT)
    return f"{reason.text}: “{shorten(proof.quote, QUOTE_LIMIT)}” – {speaker}, {minute(proof.start_ms)}"
