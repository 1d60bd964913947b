"""Making notes and tasks exactly once, and finding them again by their key.

HubSpot has no idempotency key of its own, so every record carries Sophia's in one of three ways:
- *unique*: the property `sophia_key` is unique, so a second create is refused and the first is found by its key;
- *plain*: the portal takes no unique properties here: the same property, and before a create the records of the
  target are looked through, since nothing would refuse the second;
- *marked*: the portal takes no such property at all: a last line in the body names the beginning of the key.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import cast

from core.errors import Rejected, ServiceError, Unauthorized, Unavailable
from tools.batches import BATCH_SIZE, batches
from tools.hubspot.answers import BatchError, ObjectAnswer, ObjectBatch
from tools.hubspot.api import HubSpotApi
from tools.hubspot.associations import inline_associations
from tools.hubspot.errors import SERVICE, Conflict
from tools.hubspot.port import KEY_PROPERTY, NewRecord, ObjectType, Record
from tools.hubspot.portal import Portal
from tools.hubspot.properties import KEY
from tools.hubspot.records import Records, record

BODIES: Mapping[ObjectType, str] = {"notes": "hs_note_body", "tasks": "hs_task_body"}
MARK_LENGTH = 12
"""Hex digits of the key in a mark: 48 bits, to tell apart the few notes of one record."""
MARKS_A_SEARCH = 5
"""HubSpot takes at most five groups of filters in one search."""


class Keeping(Enum):
    """How records of one type carry their key in this portal."""

    UNIQUE = "unique"
    PLAIN = "plain"
    MARKED = "marked"


class KeyedRecords:
    """Creates and finds the records that carry a key."""

    def __init__(self, api: HubSpotApi, portal: Portal, records: Records) -> None:
        self._api = api
        self._portal = portal
        self._records = records
        self._without_property: set[ObjectType] = set()

    async def create(self, type: ObjectType, new: Sequence[NewRecord]) -> Mapping[str, str]:
        """Makes what does not exist yet, up to a hundred in a request; key -> id of all of them."""
        keeping = await self._keeping(type)
        wanted = {one.key: one for one in new}
        found: dict[str, str] = {}
        if keeping is not Keeping.UNIQUE:
            found |= await self._among_targets(type, keeping, list(wanted.values()))
        for keys in batches(key for key in wanted if key not in found):
            found |= await self._make(type, keeping, [wanted[key] for key in keys])
        return found

    async def find(self, type: ObjectType, keys: Sequence[str]) -> Mapping[str, str]:
        """Key -> id of the records that carry these keys. Where keys are not unique this is a search, which lags."""
        return await self._find(type, await self._keeping(type), keys)

    async def _find(self, type: ObjectType, keeping: Keeping, keys: Sequence[str]) -> dict[str, str]:
        if keeping is Keeping.UNIQUE:
            return _matched(type, keys, await self._records.by(type, KEY_PROPERTY, keys, [KEY_PROPERTY]))
        found: dict[str, str] = {}
        for some in batches(keys, BATCH_SIZE if keeping is Keeping.PLAIN else MARKS_A_SEARCH):
            filters = _filters_by_property(some) if keeping is Keeping.PLAIN else _filters_by_mark(type, some)
            body = {"filterGroups": filters, "properties": [KEY_PROPERTY, BODIES[type]], "limit": BATCH_SIZE}
            answer = await self._api.call(ObjectBatch, self._api.search.do_search, type, body)
            found |= _matched(type, some, [record(type, one) for one in answer.results])
        return found

    async def _make(self, type: ObjectType, keeping: Keeping, new: Sequence[NewRecord]) -> dict[str, str]:
        """Makes at most a hundred; what turns out to exist is found, and what is left is tried on without it."""
        try:
            answer = await self._send(type, keeping, new)
        except Conflict as conflict:
            made, problem = dict[str, str](), cast("ServiceError", conflict)
        else:
            made, problem = _made(type, new, answer.results), _problem(answer.refused)
        missing = [one for one in new if one.key not in made]
        if not missing:
            return made
        found = made | await self._find(type, keeping, [one.key for one in missing])
        left = [one for one in missing if one.key not in found]
        if not left:
            return found
        again = isinstance(problem, Conflict) or (isinstance(problem, Unavailable) and keeping is Keeping.UNIQUE)
        if len(left) == len(new) or not again:
            raise problem
        return found | await self._make(type, keeping, left)

    async def _send(self, type: ObjectType, keeping: Keeping, new: Sequence[NewRecord]) -> ObjectBatch:
        body = {
            "inputs": [
                {
                    "properties": _properties(type, keeping, one),
                    "associations": inline_associations(type, one),
                    "objectWriteTraceId": one.key,
                }
                for one in new
            ]
        }
        # A unique key makes a second create void, so only then may one that was not answered be sent again.
        return await self._api.call(
            ObjectBatch, self._api.batch.create, type, body, write=True, repeatable=keeping is Keeping.UNIQUE
        )

    async def _keeping(self, type: ObjectType) -> Keeping:
        """How this portal keeps keys on this type; makes the property when it is not there yet."""
        if type in self._without_property:
            return Keeping.MARKED
        known = await self._portal.properties(type)
        if KEY_PROPERTY not in known:
            try:
                await self._portal.ensure_properties(type, [KEY])
                known = await self._portal.properties(type)
            except (Rejected, Unauthorized):
                self._without_property.add(type)
                return Keeping.MARKED
        if KEY_PROPERTY not in known:
            raise Unavailable("HubSpot", f"its property {KEY_PROPERTY} on {type} was made but is not there yet")
        return Keeping.UNIQUE if known[KEY_PROPERTY].unique else Keeping.PLAIN

    async def _among_targets(self, type: ObjectType, keeping: Keeping, new: Sequence[NewRecord]) -> Mapping[str, str]:
        """Those that exist already, looked for among the records of their first target: this does not lag."""
        by_target: dict[tuple[ObjectType, str], list[str]] = {}
        loose: list[str] = []
        for one in new:
            (by_target.setdefault(one.associations[0], []) if one.associations else loose).append(one.key)
        found = dict(await self._find(type, keeping, loose)) if loose else {}
        for (target, id), keys in by_target.items():
            linked = (await self._records.associated(target, [id], type)).get(id, ())
            newest_first = sorted(linked, key=lambda other: (len(other), other), reverse=True)
            for some in batches(newest_first):
                if all(key in found for key in keys):
                    break
                records = await self._records.by(type, None, some, _carriers(type, keeping))
                found |= _matched(type, keys, records)
        return found


def _mark(key: str) -> str:
    return f"Sophia ref {key[:MARK_LENGTH]}"


def _properties(type: ObjectType, keeping: Keeping, new: NewRecord) -> Mapping[str, str]:
    if keeping is not Keeping.MARKED:
        return new.properties | {KEY_PROPERTY: new.key}
    body = new.properties.get(BODIES[type], "")
    return new.properties | {BODIES[type]: f"{body}<br>{_mark(new.key)}" if body else _mark(new.key)}


def _carriers(type: ObjectType, keeping: Keeping) -> list[str]:
    return [BODIES[type]] if keeping is Keeping.MARKED else [KEY_PROPERTY]


def _matched(type: ObjectType, keys: Iterable[str], records: Iterable[Record]) -> dict[str, str]:
    """Key -> id of those records that carry one of these keys, in the property or as a mark."""
    found: dict[str, str] = {}
    by_key = {key: key for key in keys}
    for one in records:
        body = one.get(BODIES[type]) or ""
        key = by_key.get(one.get(KEY_PROPERTY) or "") or next((k for k in by_key if _mark(k) in body), None)
        if key is not None:
            found[key] = one.id
    return found


def _made(type: ObjectType, new: Sequence[NewRecord], results: Sequence[ObjectAnswer]) -> dict[str, str]:
    """Key -> id of what an answer says was made: by the trace id that came back, else by the key it carries."""
    keys = {one.key for one in new}
    if len(new) == 1 and len(results) == 1:
        return {new[0].key: results[0].id}
    made = _matched(type, keys, [record(type, one) for one in results])
    return made | {one.trace_id: one.id for one in results if one.trace_id in keys and one.trace_id is not None}


def _problem(errors: Sequence[BatchError]) -> ServiceError:
    """Why records of a batch were not made, or are not known to be."""
    said = "; ".join(error.message or error.category for error in errors)[:500]
    if any(error.transient for error in errors) or not errors:
        return Unavailable(SERVICE, said or "did not say what it made", maybe_done=True, status=207)
    taken = all(error.taken for error in errors)
    return (Conflict if taken else Rejected)(SERVICE, said, status=207)


Filters = list[Mapping[str, list[Mapping[str, object]]]]


def _filters_by_property(keys: Sequence[str]) -> Filters:
    return [{"filters": [{"propertyName": KEY_PROPERTY, "operator": "IN", "values": list(keys)}]}]


def _filters_by_mark(type: ObjectType, keys: Sequence[str]) -> Filters:
    return [
        {"filters": [{"propertyName": BODIES[type], "operator": "CONTAINS_TOKEN", "value": key[:MARK_LENGTH]}]}
        for key in keys
    ]
