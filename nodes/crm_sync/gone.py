"""Records that somebody deleted while a call was being worked on."""

from collections.abc import Collection, Iterable

from nodes.crm_sync.deals import record_name
from nodes.state import Resolution
from tools.hubspot.port import CrmGateway, ObjectType, Record

Reference = tuple[ObjectType, str]


async def gone(crm: CrmGateway, references: Iterable[Reference]) -> frozenset[Reference]:
    """Those of these records that HubSpot does not have any more."""
    wanted = set(references)
    missing: set[Reference] = set()
    for type in sorted({type for type, _ in wanted}):
        ids = sorted(id for of_type, id in wanted if of_type == type)
        found = await crm.read(type, ids, ())
        missing.update((type, id) for id in ids if id not in found or found[id].archived)
    return frozenset(missing)


def without(resolution: Resolution, missing: Collection[Reference]) -> Resolution:
    """The resolution without these records, and with a remark on each: the rest goes on."""
    lost = [record for record in resolution.records if (record.type, record.id) in missing]
    if not lost:
        return resolution
    return resolution.model_copy(
        update={
            "deal": _kept(resolution.deal, lost),
            "company": _kept(resolution.company, lost),
            "contacts": tuple(contact for contact in resolution.contacts if contact not in lost),
            "remarks": (*resolution.remarks, *(f"{record_name(record)} was deleted meanwhile" for record in lost)),
        }
    )


def _kept(record: Record | None, lost: Collection[Record]) -> Record | None:
    return None if record in lost else record
