"""Who may be shown a task or note: whose own it is decides, and for what nobody owns the records it belongs to.

What Sophia made of a call is for whom the call is for: a note always, a task where it is nobody's own. The record that
a task or note belongs to is named only to who may see that record itself.
"""

from collections.abc import Mapping, Sequence

from core.query import OWNER
from nodes.audiences import record_audience
from nodes.querying.items import Linked
from nodes.querying.reading import LINKED, Key, Reader
from tools.hubspot.port import KEY_PROPERTY, Account, ObjectType, Record


async def allowed_records(
    reader: Reader, type: ObjectType, records: Sequence[Record], account: Account
) -> list[Record]:
    """Those of the records that the asker may see, in their order."""
    own = [record for record in records if reader.scope.allows(record_audience(record))]
    if type not in ("tasks", "notes"):
        return own
    made = await _allowed_by_call(reader, type, own)
    free = [record for record in own if record.get(OWNER) is None and record.id not in made]
    hanging = await _allowed_by_records(reader, type, free, account)
    return [record for record in own if made.get(record.id, record.id in hanging or record.get(OWNER) is not None)]


async def _allowed_by_call(reader: Reader, type: ObjectType, records: Sequence[Record]) -> dict[str, bool]:
    """Whether the call may be shown, for each note that was made of one, and each task that is nobody's own."""
    ours = [one.id for one in records if one.get(KEY_PROPERTY) and (type == "notes" or one.get(OWNER) is None)]
    if not ours:
        return {}
    house = reader.context.house
    calls = {made.remote_id: made.call_id for made in await house.records.ledger.made(type, ours)}
    audiences = await house.memory.calls.audiences(sorted(set(calls.values()))) if house.memory else {}
    return {id: reader.scope.allows(audiences.get(calls.get(id, ""))) for id in ours}


async def _allowed_by_records(
    reader: Reader, type: ObjectType, records: Sequence[Record], account: Account
) -> frozenset[str]:
    """The ids of those that belong to nothing but what the asker may see."""
    ids = [record.id for record in records]
    belonging: dict[str, list[Key]] = {id: [] for id in ids}
    for to in LINKED:
        for id, others in (await reader.linked_ids(type, ids, to)).items():
            belonging[id] += [(to, other) for other in others]
    seen: Mapping[Key, Linked] = await reader.linked({key for keys in belonging.values() for key in keys}, account)
    return frozenset(id for id, keys in belonging.items() if all(key in seen for key in keys))
