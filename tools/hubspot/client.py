"""HubSpot behind the CrmGateway: the official SDK in threads, one retry policy, one set of errors, few requests."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from core.errors import ConfigurationError, NotFound, Rejected, ServiceError, Unavailable
from core.limiter import Limiter, ProcessWindows
from core.retry import RetryPolicy
from core.settings import Settings
from tools.batches import batches
from tools.hubspot.answers import Answer, Nothing, ObjectBatch, ObjectPage
from tools.hubspot.api import HubSpotApi
from tools.hubspot.changes import changed_since
from tools.hubspot.errors import SERVICE
from tools.hubspot.keyed import KeyedRecords
from tools.hubspot.port import (
    Account,
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
from tools.hubspot.portal import Portal
from tools.hubspot.records import Records, possible_ids
from tools.hubspot.searching import search as run_search

Changes = Mapping[str, Mapping[str, str]]
"""Property values by record id."""
EMAIL, OTHER_EMAILS = "email", "hs_additional_emails"
OBJECT_TYPES: tuple[ObjectType, ...] = ("contacts", "companies", "deals", "notes", "tasks")


class HubSpotClient:
    """The CrmGateway over hubspot-api-client. `timeout_s` bounds each answer; `connections` are threads and sockets."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: Limiter | None = None,
        requests_per_10s: int = 100,
        retry: RetryPolicy | None = None,
        timeout_s: float = 30.0,
        connections: int = 10,
    ) -> None:
        self._api = HubSpotApi(
            base_url,
            token,
            limiter=limiter or Limiter(SERVICE, ProcessWindows()),
            requests_per_10s=requests_per_10s,
            retry=retry or RetryPolicy(),
            timeout_s=timeout_s,
            connections=connections,
        )
        self._portal = Portal(self._api)
        self._records = Records(self._api)
        self._keyed = KeyedRecords(self._api, self._portal, self._records)

    @classmethod
    def from_settings(cls, settings: Settings, retry: RetryPolicy | None = None) -> Self:
        """The client of these settings; raises ConfigurationError when there is no token."""
        if settings.hubspot_access_token is None:
            raise ConfigurationError("HubSpot is not set up", next_step="Set SOPHIA_HUBSPOT_ACCESS_TOKEN.")
        return cls(
            str(settings.hubspot_base_url),
            settings.hubspot_access_token.get_secret_value(),
            limiter=Limiter.from_settings(SERVICE, settings),
            retry=retry,
            requests_per_10s=settings.hubspot_requests_per_10s,
        )

    async def read(
        self,
        type: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        associations: Sequence[ObjectType] = (),
    ) -> Mapping[str, Record]:
        """Records by the id asked for, with the ids of associated records where asked; without what does not exist."""
        return await self._records.read(type, ids, properties, associations)

    async def history(self, type: ObjectType, id: str, property: str) -> tuple[PropertyVersion, ...]:
        """The values that a property of one record had, the first one first, as far as HubSpot tells."""
        return await self._records.history(type, id, property)

    def changed_since(self, type: ObjectType, since: datetime, properties: Sequence[str]) -> AsyncIterator[Record]:
        """Records made or changed at or after `since`, as far as the index knows, in the order of their ids."""
        return changed_since(self._api, type, since, properties)

    async def search(self, type: ObjectType, search: CrmSearch) -> CrmPage:
        """A page of the records that the index finds, which lags some seconds behind."""
        return await run_search(self._api, type, search)

    async def contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Record]:
        """Contacts by e-mail address (lower case), also by the further addresses of a contact."""
        wanted = {address for email in emails if "@" in (address := email.strip().lower())}
        names = list(dict.fromkeys([*properties, EMAIL, OTHER_EMAILS]))
        found: dict[str, Record] = {}
        for contact in await self._records.by("contacts", EMAIL, sorted(wanted), names):
            addresses = [contact.get(EMAIL) or "", *(contact.get(OTHER_EMAILS) or "").split(";")]
            found |= {address: contact for each in addresses if (address := each.strip().lower()) in wanted}
        return found

    async def associated(self, type: ObjectType, ids: Sequence[str], to: ObjectType) -> Mapping[str, tuple[str, ...]]:
        """Ids of the `to` records associated with each of `ids`; one without any has an empty tuple."""
        found = await self._records.associated(type, ids, to)
        return {id: found.get(id, ()) for id in ids}

    async def find_by_key(self, type: ObjectType, keys: Sequence[str]) -> Mapping[str, str]:
        """Key -> id of the notes or tasks that carry these keys.

        In a portal that takes no unique property there, this is a search, which lags a few seconds behind; `create`
        with the same records does not, and makes nothing twice either.
        """
        return await self._keyed.find(type, keys)

    async def create(self, type: ObjectType, new: Sequence[NewRecord]) -> Mapping[str, str]:
        """Makes notes or tasks with their associations; key -> id, also of those that existed already."""
        return await self._keyed.create(type, new)

    async def update(self, type: ObjectType, changes: Changes) -> Mapping[str, str | None]:
        """Sets properties by record id; returns id -> None where it was done, or the reason where it was not."""
        outcome: dict[str, str | None] = {}
        for ids in batches(possible_ids(list(changes))):
            outcome |= await self._update(type, _of(changes, ids))
        return {id: outcome.get(id, "there is no such record") for id in changes}

    async def archive(self, type: ObjectType, ids: Sequence[str]) -> None:
        """Moves records to the recycling bin; one that is gone already is no error."""
        for some in batches(possible_ids(ids)):
            body = {"inputs": [{"id": id} for id in some]}
            try:
                await self._api.call(Nothing, self._api.batch.archive, type, body, write=True, repeatable=True)
            except NotFound:
                continue

    async def owners(self) -> tuple[Owner, ...]:
        """All owners, kept for some minutes; not those who have left."""
        return await self._portal.owners()

    async def former_owners(self) -> tuple[Owner, ...]:
        """The owners who have left (archived), kept for some minutes."""
        return await self._portal.former_owners()

    async def pipelines(self) -> tuple[Pipeline, ...]:
        """The deal pipelines, kept for some minutes."""
        return await self._portal.pipelines()

    async def account(self) -> Account:
        """The portal behind the token."""
        return await self._portal.account()

    async def property_names(self, type: ObjectType) -> frozenset[str]:
        """Names of the properties that exist on an object, kept for some minutes."""
        return frozenset(await self._portal.properties(type))

    async def fields(self, type: ObjectType) -> Mapping[str, FieldSpec]:
        """The properties that exist on an object, by name, with their options; kept for some minutes."""
        return await self._portal.fields(type)

    async def ensure_properties(self, type: ObjectType, definitions: Sequence[PropertyDefinition]) -> tuple[str, ...]:
        """Makes Sophia's property group and those of these properties that are missing; returns what was made."""
        return await self._portal.ensure_properties(type, definitions)

    async def check(self) -> Mapping[str, str]:
        """What the token can read: area -> "ok" or what is wrong. What it may write cannot be known without writing."""
        api = self._api
        found = {}
        for type in OBJECT_TYPES:
            found[f"read {type}"] = await self._tried(ObjectPage, api.basic.get_page, type, limit=1)
            found[f"read properties of {type}"] = await self._tried(Nothing, api.properties.get_all, type)
        found["read owners"] = await self._tried(Nothing, api.owners.get_page, limit=1)
        found["read deal pipelines"] = await self._tried(Nothing, api.pipelines.get_all, "deals")
        return found

    def forget(self) -> None:
        """Drops what is kept of pipelines, owners and properties."""
        self._portal.forget()

    async def close(self) -> None:
        await self._api.close()

    async def _update(self, type: ObjectType, changes: Changes) -> dict[str, str | None]:
        """At most a hundred. A batch refused as a whole is halved; what failed without fault is sent again."""
        try:
            answer = await self._send_update(type, changes)
        except (Rejected, NotFound) as error:
            if len(changes) == 1:
                return dict.fromkeys(changes, str(error))
            ids = list(changes)
            first, second = ids[: len(ids) // 2], ids[len(ids) // 2 :]
            return await self._update(type, _of(changes, first)) | await self._update(type, _of(changes, second))
        outcome = {id: _reason(id, answer) for id in changes}
        again = [id for id in changes if any(error.transient and error.about(id) for error in answer.errors)]
        if not again:
            return outcome
        if len(again) == len(changes):
            raise Unavailable(SERVICE, "could not update all of a batch", maybe_done=True, status=207)
        return outcome | await self._update(type, _of(changes, again))

    async def _send_update(self, type: ObjectType, changes: Changes) -> ObjectBatch:
        inputs = [
            {"id": id, "properties": dict(values), "objectWriteTraceId": id}  # for errors by input, not of the whole
            for id, values in changes.items()
        ]
        return await self._api.call(ObjectBatch, self._api.batch.update, type, {"inputs": inputs}, write=True)

    async def _tried(self, into: type[Answer], function: Callable[..., Any], *arguments: Any, **options: Any) -> str:
        try:
            await self._api.call(into, function, *arguments, **options)
        except ServiceError as error:
            return f"{error} {error.next_step or ''}".strip()
        return "ok"


def _of(changes: Changes, ids: Sequence[str]) -> Changes:
    return {id: changes[id] for id in ids}


def _reason(id: str, answer: ObjectBatch) -> str | None:
    """Why a batch did not update this record, None when it did."""
    if any(one.id == id for one in answer.results):
        return None
    about = [error.message or error.category for error in answer.errors if error.about(id)]
    if about:
        return "; ".join(about)
    if not answer.errors and not answer.num_errors:
        return None
    return "; ".join(error.message for error in answer.errors if error.message) or "refused without a reason"
