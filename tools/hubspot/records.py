"""Reading CRM records and their associations in as few requests as HubSpot allows."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence

from core.errors import NotFound, Rejected
from tools.batches import batches
from tools.hubspot.answers import AssociationBatch, BatchError, ObjectAnswer, ObjectBatch, Paging
from tools.hubspot.api import HubSpotApi
from tools.hubspot.errors import SERVICE
from tools.hubspot.port import ObjectType, PropertyVersion, Record

ID = re.compile(r"[\w-]+", re.ASCII)


class Records:
    """Reads records by id or by a unique property."""

    def __init__(self, api: HubSpotApi) -> None:
        self._api = api

    async def read(
        self, type: ObjectType, ids: Sequence[str], properties: Sequence[str], associations: Sequence[ObjectType]
    ) -> Mapping[str, Record]:
        """Records by the id asked for, also where that one was merged into a record of another id.

        One at a time with their associations, or all and then theirs, whichever is fewer requests.
        """
        wanted = possible_ids(ids)
        if associations and len(wanted) <= len(associations):
            found = await asyncio.gather(*(self._one(type, id, properties, associations) for id in wanted))
            return {id: record for id, record in zip(wanted, found, strict=True) if record is not None}
        records = await self._by_id(type, wanted, properties)
        for to in associations:
            linked = await self.associated(type, [record.id for record in records.values()], to)
            for id, record in records.items():
                others = record.associations | {to: linked.get(record.id, ())}
                records[id] = record.model_copy(update={"associations": others})
        return records

    async def history(self, type: ObjectType, id: str, property: str) -> tuple[PropertyVersion, ...]:
        """The values that a property of one record had, the first one first; none where there is no such record."""
        for possible in possible_ids([id]):
            try:
                answer = await self._api.call(
                    ObjectAnswer,
                    self._api.basic.get_by_id,
                    type,
                    possible,
                    properties_with_history=[property],
                    archived=False,
                )
            except NotFound:
                return ()
            versions = (answer.history or {}).get(property, ())
            told = [PropertyVersion(value=one.value, at=one.timestamp, source=one.source_type) for one in versions]
            return tuple(sorted(told, key=lambda version: version.at))
        return ()

    async def by(
        self, type: ObjectType, id_property: str | None, values: Iterable[str], properties: Sequence[str]
    ) -> list[Record]:
        """Records whose unique property (None: whose id) has one of these values; without those that do not exist."""
        answers = [await self._batch(type, id_property, some, properties) for some in batches(values)]
        return [record(type, one) for answer in answers for one in answer.results]

    async def associated(self, type: ObjectType, ids: Sequence[str], to: ObjectType) -> Mapping[str, tuple[str, ...]]:
        """Ids of the `to` records of each of these records that has any, each once."""
        found: dict[str, dict[str, None]] = {}
        for some in batches(possible_ids(ids)):
            inputs = [{"id": id} for id in some]
            while inputs:
                answer = await self._associations(type, to, inputs)
                for one in answer.results:
                    found.setdefault(one.source.id, {}).update(dict.fromkeys(other.id for other in one.to))
                pages = ((one.source.id, Paging.after(one.paging)) for one in answer.results)
                inputs = [{"id": id, "after": after} for id, after in pages if after is not None]
        return {id: tuple(others) for id, others in found.items() if others}

    async def _by_id(self, type: ObjectType, ids: Iterable[str], properties: Sequence[str]) -> dict[str, Record]:
        """Records by the id asked for. One that is neither there nor missed was merged: it is asked for by itself."""
        found: dict[str, Record] = {}
        for some in batches(ids):
            answer = await self._batch(type, None, some, properties)
            there = {one.id: record(type, one) for one in answer.results}
            found |= {id: there[id] for id in some if id in there}
            if there:  # what a merged record went into is among the answers, so where there are none, none was merged
                missed = {id for id in some if any(error.about(id) for error in answer.errors)}
                merged = [id for id in some if id not in there and id not in missed]
                left = await asyncio.gather(*(self._one(type, id, properties, ()) for id in merged))
                found |= {id: one for id, one in zip(merged, left, strict=True) if one is not None}
        return found

    async def _batch(
        self, type: ObjectType, id_property: str | None, values: Sequence[str], properties: Sequence[str]
    ) -> ObjectBatch:
        """At most a hundred records; `errors` tells which of the values no record has."""
        body = {
            "inputs": [{"id": value} for value in values],
            "properties": list(properties),
            "propertiesWithHistory": [],
        } | ({"idProperty": id_property} if id_property else {})
        try:
            answer = await self._api.call(ObjectBatch, self._api.batch.read, type, body, archived=False)
        except NotFound:
            return ObjectBatch(results=(), errors=(BatchError(context={"ids": list(values)}),))
        refuse(answer.refused)
        return answer

    async def _associations(
        self, type: ObjectType, to: ObjectType, inputs: Sequence[Mapping[str, str]]
    ) -> AssociationBatch:
        """One page of associations; that a record has none is among the "errors" of a 207."""
        answer = await self._api.call(
            AssociationBatch, self._api.associations.get_page, type, to, {"inputs": list(inputs)}
        )
        refuse(answer.refused)
        return answer

    async def _one(
        self, type: ObjectType, id: str, properties: Sequence[str], associations: Sequence[ObjectType]
    ) -> Record | None:
        """One record with its associations in one request, save where these go over a page.

        That of a merged id is the record that is left; its associations are found under its own id only.
        """
        try:
            answer = await self._api.call(
                ObjectAnswer,
                self._api.basic.get_by_id,
                type,
                id,
                properties=list(properties),
                associations=list(associations),
                archived=False,
            )
        except NotFound:
            return None
        links = answer.associations or {}
        linked: dict[ObjectType, tuple[str, ...]] = {}
        for to in associations:
            if to in links and Paging.after(links[to].paging) is not None:
                linked[to] = (await self.associated(type, [answer.id], to)).get(answer.id, ())
            else:
                ids = links[to].results if to in links else ()
                linked[to] = tuple(dict.fromkeys(other.id for other in ids))
        return record(type, answer).model_copy(update={"associations": linked})


def possible_ids(ids: Iterable[str]) -> list[str]:
    """The ids once each. An empty one is a fault of the caller: HubSpot would answer with something else entirely.

    One that no record can have (from a system that is not HubSpot) is left out, as one that does not exist.
    """
    distinct = list(dict.fromkeys(ids))
    if any(not id for id in distinct):
        raise Rejected(SERVICE, "was asked for a record without an id")
    return [id for id in distinct if ID.fullmatch(id)]


def record(type: ObjectType, answer: ObjectAnswer) -> Record:
    """An answer's record, without its associations."""
    return Record(
        type=type,
        id=answer.id,
        properties=answer.properties,
        updated_at=answer.updated_at,
        archived=answer.archived,
    )


def refuse(errors: Sequence[BatchError]) -> None:
    """Raises Rejected for the errors of a 207 that say more than that something does not exist."""
    if errors:
        raise Rejected(SERVICE, "; ".join(error.message or error.category for error in errors)[:500], status=207)
