"""Drift: a property that Sophia wrote last and that holds another value now.

What counts is the last word Sophia had on a property. Where it was taken back, or is still on its way, there is nothing
to compare with; and where the ledger moved while HubSpot was asked, the next look judges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from memory.crm_events import StoredEvent
from memory.drift import WHOLE_RECORD, Drift
from memory.ledger import Effect, EffectStatus, is_of_chat
from nodes.context import Context
from nodes.crm_changes.looking import Look, effects_on
from nodes.crm_sync.last_call import is_later
from nodes.crm_sync.moments import same_value
from nodes.undo.cases import stands
from nodes.undo.sameness import same_property

Place = tuple[str, str]
"""A record's id and a property of it, or WHOLE_RECORD."""

Told = Mapping[Place, Sequence[StoredEvent]]
"""What HubSpot told of each property, the latest last."""

ON_ITS_WAY = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Compared:
    """What differs from what was written, and which effects cannot be judged for now."""

    differing: tuple[Drift, ...]
    undecided: frozenset[str]


async def settle_drift(context: Context, look: Look, told: Told) -> tuple[int, int]:
    """Enters what differs and closes what does not any more; returns how many of each are news.

    `told` are the events on properties, by which it is known what made a change.
    """
    drifts = context.records.drifts
    compared = await _compare(context, look, told)
    news = await drifts.notice(compared.differing)
    for drift in news:
        log.warning(
            "drift.noticed", record=f"{drift.object_type}/{drift.object_id}", field=drift.field, by=drift.source
        )
    standing = {drift.effect_key for drift in compared.differing} | compared.undecided
    open_now = await drifts.of_records(look.type, look.asked)
    return len(news), await drifts.close({drift.effect_key for drift in open_now} - standing)


async def _compare(context: Context, look: Look, told: Told) -> Compared:
    effects = await effects_on(context, look.type, look.asked)
    before, now = last_words(look.effects), last_words(effects)
    differing: list[Drift] = []
    undecided: set[str] = set()
    for place, effect in now.items():
        settled = place in before and _same(before[place], effect) and effect.status not in ON_ITS_WAY
        if not settled:
            undecided |= {row.key for row in effects if _place(row) == place}
        elif _claims(effect, effects) and await _differs(context, look, place, effect, effects):
            differing.append(_drift(context, look, place, effect, told.get(place, ())))
    return Compared(tuple(differing), frozenset(undecided))


def last_words(effects: Sequence[Effect]) -> dict[Place, Effect]:
    """The last effect on each property that was not given up, by the order in which they were planned."""
    return {place: row for row in effects if (place := _place(row)) and row.status is not EffectStatus.FAILED}


def _place(effect: Effect) -> Place | None:
    if effect.service != "hubspot":
        return None
    if effect.action == "update" and effect.object_id and effect.field:
        return effect.object_id, effect.field
    made = effect.remote_id if effect.action == "create" else effect.object_id
    return (made, WHOLE_RECORD) if made and effect.action in ("create", "archive") else None


def _same(one: Effect, other: Effect) -> bool:
    return (one.key, one.status) == (other.key, other.status)


def _claims(effect: Effect, effects: Sequence[Effect]) -> bool:
    """Whether Sophia stands for what it wrote: what was undone, and the undoing, are people's own again.

    So is what a person ordered in a conversation: whoever changes it later disagrees with a person, not with Sophia.
    """
    done = effect.status is EffectStatus.CONFIRMED and effect.action != "archive" and not is_of_chat(effect.call_id)
    return done and stands(effect, {row.key: row for row in effects})


async def _differs(context: Context, look: Look, place: Place, effect: Effect, effects: Sequence[Effect]) -> bool:
    id, field = place
    if field == WHOLE_RECORD:
        return id in look.gone
    record = look.records.get(id)
    if record is None or same_property(field, effect.after or "", found := record.get(field)):
        return False
    return not await _holds_later_call(context, effect, _others(effects, place, effect, found))


def _others(effects: Sequence[Effect], place: Place, effect: Effect, found: str | None) -> list[Effect]:
    """Other effects on the property that wrote what it holds now."""
    return [
        row
        for row in effects
        if _place(row) == place and row.key != effect.key and _claims(row, effects) and same_value(row.after, found)
    ]


async def _holds_later_call(context: Context, effect: Effect, others: Sequence[Effect]) -> bool:
    """Whether a call that was held later wrote the value: that one has the last word, whenever it was planned."""
    if not others:
        return False
    stored = await context.records.calls.all([effect.call_id, *(row.call_id for row in others)])
    calls = {each.call.id: each.call for each in stored}
    own = calls.get(effect.call_id)
    return own is not None and any(row.call_id in calls and is_later(calls[row.call_id], own) for row in others)


def _drift(context: Context, look: Look, place: Place, effect: Effect, told: Sequence[StoredEvent]) -> Drift:
    id, field = place
    record = look.records.get(id)
    found = record.get(field) if record else None
    return Drift(
        effect_key=effect.key,
        object_type=look.type,
        object_id=id,
        field=field,
        written=effect.after,
        found=found,
        source=_source(told, found),
        noticed_at=context.clock.now(),
    )


def _source(told: Sequence[StoredEvent], found: str | None) -> str | None:
    """What made the change to this value. One of another value is none of it: it may be Sophia's own, told late."""
    possible = (event for event in reversed(told) if event.value is None or same_value(event.value, found))
    return next((event.source for event in possible), None)
