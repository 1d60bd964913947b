"""How far a lead or deal is qualified, for somebody who asks: from the stored calls that they may be shown."""

from collections.abc import Sequence

from core.errors import ServiceError
from core.scope import Scope
from memory.calls import StoredCall
from nodes.audiences import record_audience, record_subject
from nodes.business_view.record import READ, as_record, known_record, subjects_of_record
from nodes.business_view.shape import ObjectKind
from nodes.context import Context
from nodes.lead_qualification.history import calls_about, heard_calls
from nodes.lead_qualification.leads import is_lead
from nodes.lead_qualification.qualifying import qualified
from nodes.lead_qualification.shape import LeadQualification
from nodes.state import Resolution
from tools.hubspot.port import Record


async def qualification_of(context: Context, type: ObjectKind, id: str, scope: Scope) -> LeadQualification | None:
    """What the calls about a record that may be shown within the scope say of it; of a contact, also those of its deal.

    None where there is no such record or no such call, where they may not be shown, and for a contact who is no lead.
    While HubSpot is away the record counts as it was last known; raises what CrmGateway raises when it is not known.
    """
    record = await _record(context, type, id, scope)
    if record is None or record.archived or not scope.allows(record_audience(record)):
        return None
    if type == "contacts" and not is_lead(record):
        return None
    subjects = subjects_of_record(record)
    stored = await calls_about(context, subjects, scope)
    if type == "contacts" and (deal := _deal_of(stored)) is not None:
        stored = await calls_about(context, (*subjects, record_subject("deals", deal.id)), scope)
    return qualified(heard_calls(stored)) if stored else None


async def _record(context: Context, type: ObjectKind, id: str, scope: Scope) -> Record | None:
    """The record as it stands in HubSpot, or as it was last known while HubSpot is away."""
    try:
        return (await context.crm.read(type, [id], READ[type])).get(id)
    except ServiceError:
        known = await known_record(context, type, id)
        if known is None or not scope.allows(record_audience(known)):
            raise
        return as_record(known, type)


def _deal_of(latest: Sequence[StoredCall]) -> Record | None:
    """The deal that the latest of these calls was about, as it would be counted when that call was qualified."""
    stored = latest[0].resolution if latest else None
    resolution = Resolution.model_validate(stored) if stored else None
    return resolution.deal if resolution and resolution.question is None else None
