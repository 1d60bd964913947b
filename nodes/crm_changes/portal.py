"""What is kept of the portal is dropped when a record shows that it is out of date: an unknown stage or owner."""

from collections.abc import Iterable, Mapping

from memory.business_context import KnownRecord
from memory.cache.tags import PORTAL
from nodes.context import Context
from nodes.crm_sync.deals import stage_of
from nodes.policy.offered import OWNER, STAGE
from tools.hubspot.port import Record

PLACES = ("pipeline", STAGE)


async def drop_if_outdated(context: Context, records: Iterable[Record], known: Mapping[str, KnownRecord]) -> bool:
    """Has pipelines, owners and properties read anew if a record names one that is not known; returns whether.

    A record that named it the last time too says nothing new: a stage may be gone for good.
    """
    moved = [record for record in records if record.get(STAGE) and _new(record, known, PLACES)]
    owned = [record for record in records if record.get(OWNER) and _new(record, known, (OWNER,))]
    outdated = await _unknown_stage(context, moved) or await _unknown_owner(context, owned)
    if outdated:
        context.crm.forget()
        await context.changed([PORTAL])
    return outdated


async def _unknown_stage(context: Context, deals: list[Record]) -> bool:
    pipelines = await context.crm.pipelines() if deals else ()
    return any(stage_of(deal, pipelines) is None for deal in deals)


async def _unknown_owner(context: Context, records: list[Record]) -> bool:
    owners = {owner.id for owner in await context.crm.owners()} if records else set()
    return any(record.get(OWNER) not in owners for record in records)


def _new(record: Record, known: Mapping[str, KnownRecord], properties: Iterable[str]) -> bool:
    before = known.get(record.id)
    return before is None or any(before.properties.get(name) != record.properties.get(name) for name in properties)
