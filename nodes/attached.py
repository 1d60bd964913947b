"""Who may be shown a task or note: one rule for what is asked for, changed, and kept in a record's view.

Its own owner decides first, then the call that Sophia made it for, then all records it belongs to. A note of a call is
for whom the call is for, whoever's note it is. What a person asked for in a conversation is a person's own, as if it
were made by hand. What belongs to a record that is gone, or to a call that is not remembered, is for admins alone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from core.scope import UNOWNED, Scope
from memory.ledger import is_of_chat
from nodes.audiences import record_audience
from nodes.context import Context
from nodes.policy.offered import OWNER
from tools.hubspot.port import KEY_PROPERTY, ObjectType, Record

ATTACHED: Final[frozenset[ObjectType]] = frozenset({"tasks", "notes"})
BELONGS_TO: Final[tuple[ObjectType, ...]] = ("deals", "companies", "contacts")
"""What tasks and notes belong to, the one that says most first."""

Key = tuple[ObjectType, str]
Audiences = frozenset[str | None]
"""All audiences that something carries: who is shown it must be allowed each of them."""

NONE: Final = Audiences()


class Reads(Protocol):
    """Reads HubSpot: afresh where something is to be changed, through the cache for an answer."""

    async def read(self, type: ObjectType, ids: Sequence[str], properties: Sequence[str]) -> Mapping[str, Record]: ...

    async def associated(
        self, type: ObjectType, ids: Sequence[str], to: ObjectType
    ) -> Mapping[str, tuple[str, ...]]: ...


def allows_all(scope: Scope, audiences: Audiences) -> bool:
    """Whether what carries these audiences may be shown within the scope."""
    return all(scope.allows(audience) for audience in audiences)


async def audiences_of(
    context: Context, crm: Reads, type: ObjectType, records: Sequence[Record]
) -> dict[str, Audiences]:
    """The audiences of each of these records, by its id; any but a task or note is for whom its owner is."""
    if type not in ATTACHED:
        return {record.id: Audiences({record_audience(record)}) for record in records}
    owned = {record.id: Audiences({record_audience(record)}) for record in records if record.get(OWNER) is not None}
    calls = await calls_of(context, type, records)
    heard = await _of_calls(context, {id: call for id, call in calls.items() if type == "notes" or id not in owned})
    hanging = await _of_records(crm, type, [record.id for record in records if record.id not in {*owned, *heard}])
    return {id: owned.get(id, NONE) | heard.get(id, NONE) | hanging.get(id, NONE) for id in (one.id for one in records)}


async def audiences_of_id(context: Context, crm: Reads, type: ObjectType, id: str) -> Audiences:
    """The audiences of the record with this id, read now; one that is gone is for admins."""
    properties = [OWNER, *([KEY_PROPERTY] if type in ATTACHED else [])]
    record = (await crm.read(type, [id], properties)).get(id)
    if record is None or record.archived:
        return Audiences({None})
    return (await audiences_of(context, crm, type, [record]))[record.id]


async def calls_of(context: Context, type: ObjectType, records: Sequence[Record]) -> dict[str, str]:
    """The id of the call that each was made for, of those that Sophia made by herself; empty where it is not known."""
    ours = [record.id for record in records if record.get(KEY_PROPERTY)]
    found = await context.records.ledger.made(type, ours) if ours else []
    made = {effect.remote_id: effect.call_id for effect in found}
    return {id: call for id in ours if not is_of_chat(call := made.get(id, ""))}


async def owner_audiences(crm: Reads, keys: Sequence[Key]) -> dict[Key, str | None]:
    """Whom each of these records is for by its owner; None is for admins, and stands for what is gone."""
    found: dict[Key, str | None] = dict.fromkeys(keys)
    for type in dict.fromkeys(type for type, _ in keys):
        read = await crm.read(type, sorted({id for of, id in keys if of == type}), [OWNER])
        found |= {(type, id): record_audience(record) for id, record in read.items() if not record.archived}
    return found


async def _of_calls(context: Context, calls: Mapping[str, str]) -> dict[str, Audiences]:
    """Whom the call is for that each was made for, by the id of what was made."""
    known = await context.memory.calls.audiences(sorted(set(calls.values()))) if context.memory and calls else {}
    return {id: Audiences({known.get(call)}) for id, call in calls.items()}


async def _of_records(crm: Reads, type: ObjectType, ids: Sequence[str]) -> dict[str, Audiences]:
    """Whom all records are for that each of these belongs to; what belongs to none is nobody's."""
    belonging: dict[str, list[Key]] = {id: [] for id in ids}
    linked = await asyncio.gather(*(crm.associated(type, ids, to) for to in BELONGS_TO if ids))
    for to, found in zip(BELONGS_TO, linked, strict=False):  # of nothing nothing is asked
        for id, others in found.items():
            belonging[id] += [(to, other) for other in others]
    seen = await owner_audiences(crm, [key for keys in belonging.values() for key in keys])
    return {id: Audiences(seen[key] for key in keys) or Audiences({UNOWNED}) for id, keys in belonging.items()}
