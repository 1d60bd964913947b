"""What should stand in Sophia's own properties of leads and deals after a call, as changes like any other.

The later call has the last word: what an older one says of a record that tells of a newer one is not proposed. Nothing
is written of a lead of whom nothing was heard for certain, unless something stands there that is true no more.
"""

from collections.abc import Iterator, Sequence

from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.last_call import call_day, tells_of_later_call
from nodes.crm_sync.property_change import Basis, property_change
from nodes.lead_qualification.shape import Heard, LeadQualification
from nodes.lead_qualification.telling import bant_text, meddpicc_text, reasons_text
from nodes.showing import call_name
from nodes.state import Change
from tools.hubspot.port import Record
from tools.hubspot.properties import BANT, LEAD_BAND, LEAD_REASONS, LEAD_SCORE, MEDDPICC


def may_tell(grounds: Grounds, record: Record) -> bool:
    """Whether the call may say how the record stands now."""
    return call_day(grounds.call) is not None and not tells_of_later_call(record, grounds.call)


def lead_changes(grounds: Grounds, contact: Record, qualification: LeadQualification) -> Iterator[Change]:
    """The score of a lead with its reasons, and what is known and missing."""
    if not qualification.reasons and contact.get(LEAD_SCORE.name) is None:
        return
    values = {
        LEAD_SCORE: str(qualification.score),
        LEAD_BAND: qualification.band,
        BANT: bant_text(qualification),
        MEDDPICC: meddpicc_text(qualification),
        LEAD_REASONS: reasons_text(qualification, grounds.call.id),
    }
    basis = _basis(grounds, [reason.proof for reason in qualification.reasons])
    for definition, value in values.items():
        yield from property_change(grounds, contact, definition.name, value, basis)


def deal_changes(grounds: Grounds, deal: Record, qualification: LeadQualification) -> Iterator[Change]:
    """How complete MEDDPICC is for the deal."""
    heard = [standing.evidence[0] for standing in qualification.meddpicc if standing.heard]
    if heard or deal.get(MEDDPICC.name) is not None:
        yield from property_change(grounds, deal, MEDDPICC.name, meddpicc_text(qualification), _basis(grounds, heard))


def _basis(grounds: Grounds, heard: Sequence[Heard]) -> Basis:
    """What the values rest on: the least sure of it, and the first sentence of this very call."""
    own = next((each for each in heard if each.call_id == grounds.call.id), None)
    return Basis(
        quote=own.quote if own else "",
        evidence=own.evidence if own else (),
        confidence=min((each.confidence for each in heard), default=None),
        reason=f"what was heard up to “{call_name(grounds.call)}”",
    )
