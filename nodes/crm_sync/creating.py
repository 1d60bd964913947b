"""Makes notes and tasks, each once, whatever happens between the plan and the answer.

A record's key is planned in the ledger, goes into HubSpot with the record, and is looked for there before anything
that may have been sent is sent again. All of it happens in one turn at the call: where HubSpot takes no unique keys,
two processes at one call would not see each other's records. One bad record does not keep back the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import NotFound, Rejected
from memory.ledger import Effect, EffectStatus, Ledger
from nodes.context import Context
from nodes.crm_sync.effects import new_record
from nodes.crm_sync.gone import Reference, gone
from nodes.turns import Turn
from tools.hubspot.port import CrmGateway, NewRecord, ObjectType
from tools.hubspot.properties import DEFINITIONS

OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})


@dataclass(frozen=True)
class Made:
    """What became of new records: key -> id, key -> why HubSpot refused it, and keys of those with nowhere to belong.

    `gone` are associated records that HubSpot no longer has.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    homeless: frozenset[str] = frozenset()
    gone: frozenset[Reference] = frozenset()


async def create_once(context: Context, type: ObjectType, effects: Sequence[Effect]) -> frozenset[Reference]:
    """Makes the records of these effects that are not made yet; returns associated records that are gone.

    Unavailable leaves the rows at `sent`: the next time they are looked for before they are sent again.
    """
    async with context.turns.hold(f"calls/{effect.call_id}" for effect in effects) as turn:
        ledger, crm = context.records.ledger, context.crm
        rows = await ledger.plan(effects)
        found = await _found_after_all(ledger, crm, type, rows)
        todo = [row for row in rows if row.status in OPEN and row.key not in found]
        if not todo:
            return frozenset()
        await ledger.mark_sent([row.key for row in todo])
        await turn.keep()
        made = await _make(crm, type, [new_record(row) for row in todo], turn)
        await _settle(ledger, todo, made)
        return made.gone


async def _settle(ledger: Ledger, rows: Sequence[Effect], made: Made) -> None:
    await ledger.confirm_many(made.ids)
    for row in rows:
        if row.key in made.homeless:
            await ledger.fail(row.key, "every record it belongs to was deleted meanwhile")
        elif row.key not in made.ids:
            await ledger.refuse(row.key, made.refused.get(row.key, "HubSpot did not say that it was made"))


async def _found_after_all(
    ledger: Ledger, crm: CrmGateway, type: ObjectType, rows: Sequence[Effect]
) -> Mapping[str, str]:
    doubtful = [row.key for row in rows if row.status is EffectStatus.SENT]
    if not doubtful:
        return {}
    found = await crm.find_by_key(type, doubtful)
    await ledger.confirm_many(found)
    return found


async def _make(crm: CrmGateway, type: ObjectType, new: Sequence[NewRecord], turn: Turn) -> Made:
    """All in one request where HubSpot takes them; else it is found out what it minds."""
    try:
        return Made(ids=await crm.create(type, new))
    except (Rejected, NotFound):
        return await _make_what_can_be(crm, type, new, turn)


async def _make_what_can_be(crm: CrmGateway, type: ObjectType, new: Sequence[NewRecord], turn: Turn) -> Made:
    await crm.ensure_properties(type, DEFINITIONS.get(type, ()))
    missing = await gone(crm, (association for record in new for association in record.associations))
    made = Made(gone=missing)
    for record in new:
        await turn.keep()
        made = await _make_one(crm, type, record, made)
    return made


async def _make_one(crm: CrmGateway, type: ObjectType, record: NewRecord, made: Made) -> Made:
    left = tuple(association for association in record.associations if association not in made.gone)
    if record.associations and not left:
        return replace(made, homeless=made.homeless | {record.key})
    try:
        ids = await crm.create(type, [record.model_copy(update={"associations": left})])
    except (Rejected, NotFound) as error:
        return replace(made, refused={**made.refused, record.key: str(error)})
    return replace(made, ids={**made.ids, **ids})
