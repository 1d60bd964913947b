"""Handles what HubSpot told of: the records are read again, whatever the events say, so their order is no matter.

Events are done with only after everything that follows from them is stored. A crash before that has it all done once
more, and nothing of it does harm when it is done twice.
"""

from collections.abc import Iterable, Sequence
from typing import Final, get_args

import structlog

from core.errors import ServiceError, Unauthorized
from memory.cache.tags import any_tag, made_tag, record_tags, tags_told
from memory.crm_events import StoredEvent
from memory.ledger import EffectStatus
from nodes.audiences import SUBJECTS, record_subject
from nodes.business_view.keeping import forget_views
from nodes.context import Context
from nodes.crm_changes.asking import Review
from nodes.crm_changes.drifting import Place, Told, settle_drift
from nodes.crm_changes.handing_over import hand_over
from nodes.crm_changes.handled import Handled
from nodes.crm_changes.looking import keep, known_record, look_at
from nodes.crm_changes.portal import drop_if_outdated
from tools.batches import batches
from tools.hubspot.port import ObjectType, Record

TYPES: Final[tuple[ObjectType, ...]] = get_args(ObjectType)

log = structlog.get_logger(__name__)


async def handle_changes(context: Context, limit: int) -> Handled:
    """Handles the oldest events that wait, at most `limit` of each type; returns what became of them.

    Where a service is away or refuses, the events of that type are left for the next time, and the log says why.
    """
    handled = Handled()
    for type in TYPES:
        events = await context.records.crm_events.unhandled(limit, [type])
        try:
            handled += await _handle(context, type, events)
        except ServiceError as error:
            level = log.error if isinstance(error, Unauthorized) else log.warning
            level("changes.left", type=type, events=len(events), detail=str(error), next_step=error.next_step)
            handled += Handled(left=len(events))
    return handled


async def handle_records(context: Context, type: ObjectType, ids: Iterable[str], told: Told | None = None) -> Handled:
    """Reads these records and does what follows; `told` are the events on their properties, where there were any."""
    handled = Handled()
    for some in batches(ids):
        handled += await _look_and_settle(context, type, some, told or {})
    return handled


async def handle_found(context: Context, type: ObjectType, records: Sequence[Record]) -> Handled:
    """Does what follows from records that a search showed as changed.

    The search lags behind, so whatever Sophia had to do with is read again; the others are kept as they were found.
    """
    ids = [record.id for record in records]
    await context.changed([*record_tags(type, ids), made_tag(type), any_tag(type)])
    known = await context.records.business_context.get_many(type, ids)
    concerned = await _concerned(context, type, ids) | {id for id, record in known.items() if record.archived}
    handled = await handle_records(context, type, sorted(concerned))
    others = [record for record in records if record.id not in concerned]
    outdated = await drop_if_outdated(context, others, known)
    await hand_over(context, type, {record.id: record for record in others}, known)
    now = context.clock.now()
    await context.records.business_context.keep([known_record(record, now) for record in others])
    # Once more, as below.
    await hand_over(context, type, {record.id: record for record in others}, known)
    return handled + Handled(records=len(others), outdated=int(outdated))


async def _handle(context: Context, type: ObjectType, events: Sequence[StoredEvent]) -> Handled:
    if not events:
        return Handled()
    ids = dict.fromkeys(id for event in events for id in (event.object_id, *event.merged_ids))
    await context.changed(tags_told(events))
    handled = await handle_records(context, type, ids, _by_property(events))
    await _forget(context, type, events)
    await context.records.crm_events.handled([event.id for event in events if event.id is not None])
    return handled + Handled(events=len(events))


async def _look_and_settle(context: Context, type: ObjectType, ids: Sequence[str], told: Told) -> Handled:
    look = await look_at(context, type, ids)
    if not look.asked:
        return Handled()
    outdated = await drop_if_outdated(context, look.records.values(), look.known)
    await hand_over(context, type, {**look.records, **look.survivors}, look.known, look.gone)
    await keep(context, look)
    # Once more: until now it was the former owner that was known to who kept something meanwhile.
    await hand_over(context, type, {**look.records, **look.survivors}, look.known)
    handled = await Review(context, look).all()
    drifted, agreed = await settle_drift(context, look, told)
    return handled + Handled(
        records=len(look.records),
        gone=len(look.gone),
        merged=len(look.survivors),
        drifted=drifted,
        agreed=agreed,
        outdated=int(outdated),
    )


async def _concerned(context: Context, type: ObjectType, ids: Sequence[str]) -> set[str]:
    """Those of the records that Sophia wrote to, or asks a person about."""
    records = context.records
    written = await records.ledger.of_records(type, ids)
    asked = await records.approvals.of_records(type, ids)
    return {
        *(effect.object_id for effect in written if effect.object_id and effect.status is not EffectStatus.FAILED),
        *(approval.object_id for approval in asked if approval.closed_at is None),
    }


async def _forget(context: Context, type: ObjectType, events: Sequence[StoredEvent]) -> None:
    """Erases what is known of records that were deleted for good because somebody asked to be forgotten."""
    ids = sorted({event.object_id for event in events if event.kind == "privacy_deletion"})
    if ids:
        await context.records.business_context.erase(type, ids, context.clock.now())
        await context.records.crm_events.erase_values(type, ids)
        await _forget_remembered(context, type, ids)
        if context.cache is not None:
            await context.cache.forget(record_tags(type, ids))


async def _forget_remembered(context: Context, type: ObjectType, ids: Sequence[str]) -> None:
    """Removes the views that tell of these records, whosever view it is, and what people stated about them."""
    if context.memory is None or type not in SUBJECTS:
        return
    subjects = [record_subject(type, id) for id in ids]
    await forget_views(context.memory, subjects)
    await context.memory.facts.forget_about(subjects)


def _by_property(events: Sequence[StoredEvent]) -> Told:
    """The events on properties, by record and property, in the order in which they happened."""
    told: dict[Place, list[StoredEvent]] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        if event.property is not None:
            told.setdefault((event.object_id, event.property), []).append(event)
    return told
