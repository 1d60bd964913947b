"""HubSpot as it is read to answer questions: through the cache, and with what was read long ago marked so.

Only for asking. A step that writes reads afresh, from the CrmGateway itself. What is kept is the same for whoever asks;
what they may see of it is for the caller to hold, afterwards.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from core.clock import Clock
from memory.cache.entry import Kind, Tagged
from memory.cache.port import Cache, Cached
from memory.cache.tags import PORTAL, any_tag, made_tag, record_tag, record_tags
from tools.batches import batches
from tools.hubspot.port import (
    Account,
    CrmGateway,
    CrmPage,
    CrmSearch,
    FieldSpec,
    ObjectType,
    Owner,
    Pipeline,
    Record,
)

VERSION: Final = 2
"""Of how values are written: another one is read anew. Raise it with every change of the models in the port."""

RECORDS: Final = TypeAdapter(dict[str, Record])
IDS: Final = TypeAdapter(dict[str, tuple[str, ...]])
OWNERS: Final = TypeAdapter(tuple[Owner, ...])
PIPELINES: Final = TypeAdapter(tuple[Pipeline, ...])
FIELDS: Final = TypeAdapter(dict[str, FieldSpec])
ACCOUNT: Final = TypeAdapter(Account)
PAGE: Final = TypeAdapter(CrmPage)

T = TypeVar("T")
TagsOf = Callable[[T], Iterable[str]]


@dataclass(frozen=True)
class Known(Generic[T]):
    """What HubSpot said at `read_at`; `stale` with the reason when it is known or feared to be otherwise now."""

    value: T
    read_at: datetime
    stale: bool = False
    reason: str | None = None


class CachedCrm:
    """The reads of a CrmGateway. Errors are the gateway's own, but for Unavailable where something old is kept."""

    def __init__(self, crm: CrmGateway, cache: Cache, clock: Clock) -> None:
        self._crm, self._cache, self._clock = crm, cache, clock
        self._portal: dict[str, tuple[str, Any]] = {}

    async def read(
        self,
        type: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        associations: Sequence[ObjectType] = (),
    ) -> Known[dict[str, Record]]:
        """Records by the id that was asked for, as `CrmGateway.read`; hundreds are kept by the hundred."""
        wanted, linked = sorted(set(properties)), sorted(set(associations))

        def asked(some: Sequence[str]) -> Awaitable[Known[dict[str, Record]]]:
            return self._get(
                ("read", type, some, wanted, linked),
                RECORDS,
                lambda: self._crm.read(type, some, wanted, linked),
                record_tags(type, some),
                _tags_of_records,
            )

        return _joined([await asked(some) for some in batches(sorted(ids))], self._clock.now())

    async def search(self, type: ObjectType, search: CrmSearch) -> Known[CrmPage]:
        """A page of what HubSpot's index finds, as `CrmGateway.search`; any change of such a record ends it."""
        return await self._get(
            ("search", type, search.model_dump(mode="json")),
            PAGE,
            lambda: self._crm.search(type, search),
            [made_tag(type), any_tag(type)],
            lambda page: record_tags(type, (record.id for record in page.records)),
            kind="search",
        )

    async def contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Known[dict[str, Record]]:
        """Contacts by e-mail address (lower case), as `CrmGateway.contacts_by_email`."""
        addresses = sorted({email.strip().lower() for email in emails})
        wanted = sorted(set(properties))
        return await self._get(
            ("contacts_by_email", addresses, wanted),
            RECORDS,
            lambda: self._crm.contacts_by_email(addresses, wanted),
            [made_tag("contacts"), *(f"person:{address}" for address in addresses)],
            _tags_of_records,
        )

    async def associated(
        self, type: ObjectType, ids: Sequence[str], to: ObjectType
    ) -> Known[dict[str, tuple[str, ...]]]:
        """Ids of the `to` records associated with each of `ids`."""

        def asked(some: Sequence[str]) -> Awaitable[Known[dict[str, tuple[str, ...]]]]:
            return self._get(
                ("associated", type, some, to),
                IDS,
                lambda: self._crm.associated(type, some, to),
                record_tags(type, some),
                lambda found: [record_tag(to, id) for others in found.values() for id in others],
            )

        return _joined([await asked(some) for some in batches(sorted(ids))], self._clock.now())

    async def owners(self) -> Known[tuple[Owner, ...]]:
        """All owners; not those who have left."""
        return await self._of_portal(("owners",), OWNERS, self._crm.owners)

    async def former_owners(self) -> Known[tuple[Owner, ...]]:
        """The owners who have left."""
        return await self._of_portal(("former_owners",), OWNERS, self._crm.former_owners)

    async def pipelines(self) -> Known[tuple[Pipeline, ...]]:
        """The deal pipelines."""
        return await self._of_portal(("pipelines",), PIPELINES, self._crm.pipelines)

    async def fields(self, type: ObjectType) -> Known[dict[str, FieldSpec]]:
        """The properties that exist on an object, by name, with their options."""
        return await self._of_portal(("fields", type), FIELDS, lambda: self._crm.fields(type))

    async def account(self) -> Known[Account]:
        """The portal behind the token."""
        return await self._of_portal(("account",), ACCOUNT, self._crm.account)

    async def _of_portal(
        self, asked: tuple[Any, ...], form: TypeAdapter[T], ask: Callable[[], Awaitable[Any]]
    ) -> Known[T]:
        """Made of its JSON once for each reading: every question needs it, and all fields take some milliseconds."""
        key = json.dumps([VERSION, *asked])
        cached = await self._cached(key, form, ask, [PORTAL])
        body, value = self._portal.get(key, ("", None))
        if body != cached.body:
            value = form.validate_python(cached.value)
            self._portal[key] = cached.body, value
        return Known(value, cached.read_at, cached.stale, cached.reason)

    async def _get(
        self,
        asked: tuple[Any, ...],
        form: TypeAdapter[T],
        ask: Callable[[], Awaitable[Any]],
        tags: Sequence[str],
        more_tags: TagsOf[T] = lambda _found: (),
        kind: Kind = "crm",
    ) -> Known[T]:
        """Kept under all that was asked, and under the tags of what was found, which only the answer tells."""
        cached = await self._cached(json.dumps([VERSION, *asked]), form, ask, tags, more_tags, kind)
        return Known(form.validate_python(cached.value), cached.read_at, cached.stale, cached.reason)

    async def _cached(
        self,
        key: str,
        form: TypeAdapter[T],
        ask: Callable[[], Awaitable[Any]],
        tags: Sequence[str],
        more_tags: TagsOf[T] = lambda _found: (),
        kind: Kind = "crm",
    ) -> Cached:
        async def read() -> Tagged:
            found = form.validate_python(await ask())
            return Tagged(form.dump_python(found, mode="json"), more_tags(found))

        return await self._cache.get(kind, key, read, tags=tags)


def _tags_of_records(found: Mapping[str, Record]) -> list[str]:
    """The records themselves, by the id they have now, and those that they are associated with."""
    own = [record_tag(record.type, record.id) for record in found.values()]
    theirs = [
        record_tag(type, id) for record in found.values() for type, ids in record.associations.items() for id in ids
    ]
    return [*own, *theirs]


def _joined(parts: Sequence[Known[dict[str, T]]], now: datetime) -> Known[dict[str, T]]:
    """Several answers as one, as old as the oldest."""
    value = {id: one for part in parts for id, one in part.value.items()}
    oldest = min((part.read_at for part in parts), default=now)
    reasons = [part.reason for part in parts if part.stale]
    return Known(value, oldest, bool(reasons), reasons[0] if reasons else None)
