"""A record that has another owner: what is remembered of it is the new owner's to see, and not the former one's."""

from collections.abc import Iterable, Mapping

import structlog

from core.scope import owned_by
from memory.business_context import KnownRecord
from memory.remembering import Memory
from nodes.audiences import SUBJECTS, Owners, call_audience, record_subject
from nodes.business_view.keeping import forget_view
from nodes.context import Context
from nodes.policy.offered import OWNER
from nodes.state import Resolution
from tools.hubspot.port import ObjectType, Record

MOST_CALLS = 10_000
"""Calls about one record, far more than there are."""

log = structlog.get_logger(__name__)


async def hand_over(
    context: Context,
    type: ObjectType,
    records: Mapping[str, Record],
    known: Mapping[str, KnownRecord],
    gone: Iterable[str] = (),
) -> int:
    """Gives what is remembered of these records, by id, to their owner of now; returns how many entries moved.

    Only where the owner is another than `known`, or was never known: so before what was read is kept as known. The id
    of a merged record leads to the one that is left. Of records that are `gone` no view is kept.
    """
    if context.memory is None or type not in SUBJECTS:
        return 0
    moved = 0
    for id, record in records.items():
        before = known.get(id)
        if before is None or (before.properties.get(OWNER) or None) != record.get(OWNER):
            moved += await _hand_over(context, context.memory, type, id, record.get(OWNER))
    for id in gone:
        await forget_view(context.memory, type, id)
    return moved


async def _hand_over(context: Context, memory: Memory, type: ObjectType, id: str, owner: str | None) -> int:
    subject = record_subject(type, id)
    moved = await memory.facts.readdress(subject, owned_by(owner))
    if type != "contacts":
        moved += await _calls(context, memory, subject, {(type, id): owner})
    await forget_view(memory, type, id)
    if moved:
        log.info("memory.handed_over", record=subject, owner=owner, entries=moved)
    return moved


async def _calls(context: Context, memory: Memory, subject: str, newer: Owners) -> int:
    heads = await memory.calls.about(subject, MOST_CALLS)
    moved = 0
    async for page in context.records.calls.pages([head.call_id for head in heads]):
        for stored in page:
            resolution = None if stored.resolution is None else Resolution.model_validate(stored.resolution)
            owners = await _known_owners(context, resolution)
            audience = await call_audience(context, stored.call, resolution, {**owners, **newer})
            moved += await memory.calls.readdress(stored.call.id, audience)
    return moved


async def _known_owners(context: Context, resolution: Resolution | None) -> Owners:
    """The owners of the call's deal and company as they were last read, which is after the call was resolved."""
    found: dict[tuple[ObjectType, str], str | None] = {}
    for record in filter(None, (resolution.deal, resolution.company) if resolution else ()):
        known = await context.records.business_context.get(record.type, record.id)
        if known is not None and not known.archived:
            found[record.type, record.id] = known.properties.get(OWNER) or None
    return found
