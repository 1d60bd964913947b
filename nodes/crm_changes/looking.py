"""Reads records that changed: events and search answers only say where to look, and what is read is the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.approvals import Approval, ApprovalStatus
from memory.business_context import KnownRecord
from memory.ledger import Effect
from nodes.context import Context
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.fields import PROPERTIES_OF
from nodes.policy.offered import OWNER
from tools.hubspot.port import ObjectType, Record

MADE: frozenset[ObjectType] = frozenset({"notes", "tasks"})
"""Of these only the ones that Sophia made are looked at: the others are nothing to her."""


@dataclass(frozen=True)
class Look:
    """Records of one type as they stood at `read_at`, and what Sophia had to do with them just before.

    `asked` are the ids that were looked for. `records` has those that exist under their own id, `survivors` the record
    that is left by the id of each that went into it; the ids that are in neither do not exist any more.
    """

    type: ObjectType
    asked: tuple[str, ...]
    records: Mapping[str, Record]
    survivors: Mapping[str, Record]
    read_at: datetime
    known: Mapping[str, KnownRecord]
    effects: tuple[Effect, ...]
    waiting: tuple[Approval, ...]

    @property
    def gone(self) -> list[str]:
        """The ids of records that HubSpot does not have any more."""
        return [id for id in self.asked if id not in self.records and id not in self.survivors]


MERGED = "hs_merged_object_ids"
"""Which records went into this one: what was kept under their ids is handed over with it."""


def properties_of(type: ObjectType) -> tuple[str, ...]:
    """The properties that are kept of a record, beside those that Sophia wrote or asks about."""
    return tuple(dict.fromkeys((*PROPERTIES_OF.get(type, ()), *(() if type in MADE else (OWNER, MERGED)))))


async def look_at(context: Context, type: ObjectType, ids: Sequence[str]) -> Look:
    """Reads records, at most a hundred in a request; a note or task that Sophia did not make is left out."""
    effects = await effects_on(context, type, ids)
    own = {effect.remote_id for effect in effects if effect.action == "create"}
    wanted = tuple(id for id in dict.fromkeys(ids) if type not in MADE or id in own)
    asked = await context.records.approvals.of_records(type, wanted)
    waiting = tuple(approval for approval in asked if approval.status is ApprovalStatus.WAITING)
    fields = {effect.field for effect in effects if effect.action == "update"} | {each.field for each in waiting}
    properties = dict.fromkeys((*properties_of(type), *sorted(filter(None, fields))))
    read_at = context.clock.now()
    found = await context.crm.read(type, wanted, tuple(properties)) if wanted else {}
    there = {id: record for id, record in found.items() if not record.archived}
    return Look(
        type=type,
        asked=wanted,
        records={id: record for id, record in there.items() if record.id == id},
        survivors={id: record for id, record in there.items() if record.id != id},
        read_at=read_at,
        known=await context.records.business_context.get_many(type, wanted),
        effects=tuple(effects),
        waiting=waiting,
    )


async def effects_on(context: Context, type: ObjectType, ids: Sequence[str]) -> list[Effect]:
    """What Sophia did to these records, in the order it was planned; of notes and tasks also that it made them."""
    ledger = context.records.ledger
    done = await ledger.of_records(type, ids)
    return [*await ledger.made(type, ids), *done] if type in MADE else done


async def keep(context: Context, look: Look) -> None:
    """Keeps what was read, that records are gone, and which took their place."""
    known, left = context.records.business_context, {record.id: record for record in look.survivors.values()}
    await known.keep([known_record(record, look.read_at) for record in (left | dict(look.records)).values()])
    await known.gone(look.type, look.gone, look.read_at)
    await known.merged(look.type, {id: record.id for id, record in look.survivors.items()}, look.read_at)


def known_record(record: Record, read_at: datetime) -> KnownRecord:
    """A record as it is kept."""
    return KnownRecord(
        object_type=record.type,
        object_id=record.id,
        name=record_name(record),
        properties=record.properties,
        changed_at=record.updated_at,
        read_at=read_at,
    )
