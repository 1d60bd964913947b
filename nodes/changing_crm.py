"""HubSpot with every write of ours told to the cache, so that no answer shows what Sophia herself has changed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from memory.cache.port import Cache
from memory.cache.tags import PORTAL, any_tag, made_tag, record_tag, record_tags
from tools.hubspot.port import (
    Account,
    CrmGateway,
    CrmPage,
    CrmSearch,
    FieldSpec,
    NewRecord,
    ObjectType,
    Owner,
    Pipeline,
    PropertyDefinition,
    PropertyVersion,
    Record,
)


class ChangingCrm:
    """The CrmGateway of steps: reads go straight through, and after each write its records' tags are invalidated.

    Also after one that failed: it may have been carried out all the same.
    """

    def __init__(self, crm: CrmGateway, cache: Cache) -> None:
        self._crm, self._cache = crm, cache

    async def create(self, type: ObjectType, new: Sequence[NewRecord]) -> Mapping[str, str]:
        touched = [
            made_tag(type),
            any_tag(type),
            *(record_tag(*other) for record in new for other in record.associations),
        ]
        made: Mapping[str, str] = {}
        try:
            made = await self._crm.create(type, new)
        finally:
            await self._cache.invalidate([*touched, *record_tags(type, made.values())])
        return made

    async def update(self, type: ObjectType, changes: Mapping[str, Mapping[str, str]]) -> Mapping[str, str | None]:
        try:
            return await self._crm.update(type, changes)
        finally:
            await self._cache.invalidate([any_tag(type), *record_tags(type, changes)])

    async def archive(self, type: ObjectType, ids: Sequence[str]) -> None:
        try:
            await self._crm.archive(type, ids)
        finally:
            await self._cache.invalidate([any_tag(type), *record_tags(type, ids)])

    async def ensure_properties(self, type: ObjectType, definitions: Sequence[PropertyDefinition]) -> tuple[str, ...]:
        try:
            return await self._crm.ensure_properties(type, definitions)
        finally:
            await self._cache.invalidate([PORTAL])

    async def read(
        self,
        type: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        associations: Sequence[ObjectType] = (),
    ) -> Mapping[str, Record]:
        return await self._crm.read(type, ids, properties, associations)

    async def history(self, type: ObjectType, id: str, property: str) -> tuple[PropertyVersion, ...]:
        return await self._crm.history(type, id, property)

    def changed_since(self, type: ObjectType, since: datetime, properties: Sequence[str]) -> AsyncIterator[Record]:
        return self._crm.changed_since(type, since, properties)

    async def search(self, type: ObjectType, search: CrmSearch) -> CrmPage:
        return await self._crm.search(type, search)

    async def contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Record]:
        return await self._crm.contacts_by_email(emails, properties)

    async def associated(self, type: ObjectType, ids: Sequence[str], to: ObjectType) -> Mapping[str, tuple[str, ...]]:
        return await self._crm.associated(type, ids, to)

    async def find_by_key(self, type: ObjectType, keys: Sequence[str]) -> Mapping[str, str]:
        return await self._crm.find_by_key(type, keys)

    async def owners(self) -> tuple[Owner, ...]:
        return await self._crm.owners()

    async def former_owners(self) -> tuple[Owner, ...]:
        return await self._crm.former_owners()

    async def pipelines(self) -> tuple[Pipeline, ...]:
        return await self._crm.pipelines()

    async def account(self) -> Account:
        return await self._crm.account()

    async def property_names(self, type: ObjectType) -> frozenset[str]:
        return await self._crm.property_names(type)

    async def fields(self, type: ObjectType) -> Mapping[str, FieldSpec]:
        return await self._crm.fields(type)

    async def check(self) -> Mapping[str, str]:
        return await self._crm.check()

    def forget(self) -> None:
        self._crm.forget()

    async def close(self) -> None:
        await self._crm.close()
