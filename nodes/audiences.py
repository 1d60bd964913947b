"""Who may be shown what is remembered of a call or record, and under which subjects it can be asked for.

A call belongs to whom its deal belongs to, else its company, else to our own person who held it. What belongs to no
record and to nobody whom HubSpot knows is for admins alone.
"""

from collections.abc import Mapping

from core.calls import Call
from core.scope import UNOWNED, held_by_nobody, owned_by
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
    """Who may be shown what is remembered of the call, by the owners of now.

    What was read of deal and company after the call was resolved counts more than the resolution, and `newer`, owners
    that are not kept as known yet, more than both. Asks for HubSpot's owners only where neither record has one; raises
    what CrmGateway raises.
    """
    owners = {**await _owners_since(context, resolution), **(newer or {})}
    for record in _deal_and_company(resolution):
        owner = owners.get((record.type, record.id), record.get(OWNER))
        if owner:
            return owned_by(owner)
    held_by = await _owner_of(context, call)
    if held_by is not None:
        return owned_by(held_by)
    return UNOWNED if resolution and resolution.records else held_by_nobody(call.id)


async def _owners_since(context: Context, resolution: Resolution | None) -> Owners:
    """The owners of the call's deal and company as they were read since the call was resolved."""
    found: dict[tuple[ObjectType, str], str | None] = {}
    for record in _deal_and_company(resolution):
        known = await context.records.business_context.get(record.type, record.id)
        if resolution is None or known is None or known.read_at < resolution.read_at:
            continue
        left = await _left_of(context, known)
        if left is not None:
            found[record.type, record.id] = left.properties.get(OWNER) or None
    return found


async def _left_of(context: Context, known: KnownRecord) -> KnownRecord | None:
    """The record itself, or the one that took its place; None where it is gone, or nothing is kept of it."""
    passed = {known.object_id}
    while known.merged_into is not None and known.merged_into not in passed:
        passed.add(known.merged_into)
        survivor = await context.records.business_context.get(known.object_type, known.merged_into)
        if survivor is None:
            return None
        known = survivor
    # A record that was forgotten on request has no properties, and says nothing of an owner.
    return known if known.properties and not known.archived else None


def _deal_and_company(resolution: Resolution | None) -> tuple[Record, ...]:
    found = (resolution.deal, resolution.company) if resolution else ()
    return tuple(record for record in found if record is not None)


async def _owner_of(context: Context, call: Call) -> str | None:
    """The HubSpot owner who is the call's own person at Gong."""
    held_by = call.primary()
    address = (held_by.email or "").strip().lower() if held_by else ""
    if not address:
        return None
    owners = await context.crm.owners()
    return next((owner.id for owner in owners if (owner.email or "").strip().lower() == address), None)
