"""Who may be shown what is remembered of a call or record, and under which subjects it can be asked for.

A call belongs to whom its deal belongs to, else its company, else to our own person who held it. What belongs to no
record and to nobody whom HubSpot knows is for admins alone.
"""

from collections.abc import Mapping

from core.calls import Call
from core.scope import UNOWNED, owned_by, said_at
from memory.business_context import KnownRecord
from nodes.context import Context
from nodes.policy.offered import OWNER
from nodes.state import Resolution
from tools.hubspot.port import ObjectType, Record

SUBJECTS: Mapping[ObjectType, str] = {"contacts": "contact", "companies": "company", "deals": "deal"}
"""How a record's subject begins."""

Owners = Mapping[tuple[ObjectType, str], str | None]
"""The owner's id by the record's type and id."""


def record_subject(type: ObjectType, id: str) -> str:
    """A record as a subject: `deal:301`."""
    return f"{SUBJECTS[type]}:{id}"


def record_audience(record: Record | KnownRecord) -> str:
    """Who may be shown what belongs to the record."""
    return owned_by(record.properties.get(OWNER))


def subjects_of(resolution: Resolution | None) -> frozenset[str]:
    """The records that a call is about, as subjects."""
    records = resolution.records if resolution else ()
    return frozenset(record_subject(record.type, record.id) for record in records)


async def call_audience(
    context: Context, call: Call, resolution: Resolution | None, newer: Owners | None = None
) -> str:
    """Who may be shown what is remembered of the call; `newer` are owners that the resolution does not know of yet.

    Asks for HubSpot's owners only where neither deal nor company has one; raises what CrmGateway raises.
    """
    deal_or_company = (resolution.deal, resolution.company) if resolution else ()
    for record in filter(None, deal_or_company):
        owner = (newer or {}).get((record.type, record.id), record.get(OWNER))
        if owner:
            return owned_by(owner)
    held_by = await _owner_of(context, call)
    if held_by is not None:
        return owned_by(held_by)
    return UNOWNED if resolution and resolution.records else _nobodys(call)


async def _owner_of(context: Context, call: Call) -> str | None:
    """The HubSpot owner who is the call's own person at Gong."""
    held_by = call.primary()
    address = (held_by.email or "").strip().lower() if held_by else ""
    if not address:
        return None
    owners = await context.crm.owners()
    return next((owner.id for owner in owners if (owner.email or "").strip().lower() == address), None)


def _nobodys(call: Call) -> str:
    """The audience of the call itself, which nobody but an admin is among."""
    return said_at("call-" + "".join(letter if letter.isalnum() else "-" for letter in call.id))
