"""A record that has another owner: what is remembered of it is the new owner's to see, and not the former one's."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from core.scope import owned_by
from memory.business_context import KnownRecord
from memory.call_memory import subject_of
from memory.remembering import Memory
from nodes.audiences import SUBJECTS, Owners, call_audience, record_subject
from nodes.business_view.keeping import forget_views
from nodes.business_view.record import ids_of_record
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
    of a merged record leads to the one that is left. No view is kept that tells of one of these, or of their calls, nor
    of a record that is `gone`: whose it is may be another than whose that is.
    """
    if context.memory is None or type not in SUBJECTS:
        return 0
    moved = 0
    for id, record in records.items():
        before = known.get(id)
        if before is None or (before.properties.get(OWNER) or None) != record.get(OWNER):
            moved += await _hand_over(context, context.memory, [id, *ids_of_record(record)], record)
    await forget_views(context.memory, {record_subject(type, id) for id in gone})
    return moved


async def _hand_over(context: Context, memory: Memory, ids: Sequence[str], record: Record) -> int:
    """Hands over what is remembered under these ids of the record."""
    type, owner = record.type, record.get(OWNER)
    subjects = {record_subject(type, id) for id in ids}
    moved = sum([await memory.facts.readdress(subject, owned_by(owner)) for subject in subjects])
    calls = set() if type == "contacts" else await _calls_about(memory, subjects)
    moved += await _calls(context, memory, sorted(calls), {(type, id): owner for id in ids})
    await forget_views(memory, subjects | {subject_of(call_id) for call_id in calls})
    if moved:
        log.info("memory.handed_over", record=record_subject(type, record.id), owner=owner, entries=moved)
    return moved


async def _calls_about(memory: Memory, subjects: Iterable[str]) -> set[str]:
    return {head.call_id for subject in subjects for head in await memory.calls.about(subject, MOST_CALLS)}


async def _calls(context: Context, memory: Memory, call_ids: Sequence[str], newer: Owners) -> int:
    moved = 0
    async for page in context.records.calls.pages(call_ids):
        for stored in page:
            resolution = None if stored.resolution is None else Resolution.model_validate(stored.resolution)
            audience = await call_audience(context, stored.call, resolution, newer)
            moved += await memory.calls.readdress(stored.call.id, audience)
    return moved
