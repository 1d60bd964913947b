"""What Sophia asks of HubSpot. No SDK class, path or type id is seen outside tools/hubspot."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from core.analysis import Frozen

ObjectType = Literal["contacts", "companies", "deals", "notes", "tasks"]

KEY_PROPERTY = "sophia_key"
"""The unique property that carries the deterministic key of a note or task Sophia made."""


class Record(Frozen):
    """A CRM record: property values are strings on the wire, None when empty or not asked for."""

    type: ObjectType
    id: str
    properties: dict[str, str | None] = {}
    associations: dict[ObjectType, tuple[str, ...]] = {}
    updated_at: datetime | None = None
    archived: bool = False

    def get(self, name: str) -> str | None:
        """A property's value, None when it is empty or unknown."""
        return self.properties.get(name) or None


class PropertyVersion(Frozen):
    """A value that a property had from `at` on, until the next one; `source` is what set it (CRM_UI, INTEGRATION…)."""

    value: str | None = None
    at: datetime
    source: str | None = None


class NewRecord(Frozen):
    """A note or task to be made once: `key` is its deterministic key (goes into KEY_PROPERTY)."""

    key: str
    properties: dict[str, str]
    associations: tuple[tuple[ObjectType, str], ...] = ()


class OwnerTeam(Frozen):
    """A team that an owner is in; `primary` is their main one. Who has left is in none, as far as HubSpot tells."""

    id: str
    name: str | None = None
    primary: bool = False


class Owner(Frozen):
    """A HubSpot user who can own records; one that is archived has left, and may own some still."""

    id: str
    email: str | None = None
    name: str | None = None
    archived: bool = False
    teams: tuple[OwnerTeam, ...] = ()


class Stage(Frozen):
    """A deal stage of a pipeline; `probability` is 0 to 1, and a closed stage is won at 1 and lost at 0."""

    id: str
    label: str
    order: int
    closed: bool = False
    probability: float | None = None


class Pipeline(Frozen):
    """A deal pipeline with its stages in order."""

    id: str
    label: str
    stages: tuple[Stage, ...]

    def stage(self, stage_id: str | None) -> Stage | None:
        return next((stage for stage in self.stages if stage.id == stage_id), None)


class PropertyDefinition(Frozen):
    """A property Sophia wants on an object: wire names of HubSpot's property API."""

    name: str
    label: str
    type: Literal["string", "number", "date", "datetime", "enumeration", "bool"]
    field_type: Literal["text", "textarea", "number", "date", "select", "booleancheckbox"]
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()
    unique: bool = False


class FieldSpec(Frozen):
    """A property as the portal has it; `type` is its wire type (string, number, date, datetime, enumeration, bool).

    `options` are the (value, label) pairs that people can choose from, none where they are kept elsewhere (owners).
    `read_only` is one whose value only HubSpot itself sets.
    """

    name: str
    label: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False


SearchOperator = Literal[
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]


class SearchFilter(Frozen):
    """One condition of a search. `property` is a property's name, or "associations.company" and the like for ids.

    `values` is for IN and NOT_IN, `high` the upper end of BETWEEN. Moments are written in milliseconds.
    """

    property: str
    operator: SearchOperator
    value: str | None = None
    values: tuple[str, ...] = ()
    high: str | None = None


class CrmSearch(Frozen):
    """Records that meet all filters of any of the `groups`; one page of them, from `after` on, at most 200."""

    groups: tuple[tuple[SearchFilter, ...], ...] = ()
    properties: tuple[str, ...] = ()
    sort: str | None = None
    descending: bool = False
    limit: int = 200
    after: str | None = None


class CrmPage(Frozen):
    """A page of a search: `total` is how many there are in all, `after` where the next page begins, if there is one."""

    records: tuple[Record, ...] = ()
    total: int = 0
    after: str | None = None


class Account(Frozen):
    """The portal behind the token: its id and the host of its web pages are what links are made of."""

    portal_id: str
    ui_domain: str = "app.hubspot.com"
    time_zone: str | None = None
    currency: str | None = None


class CrmGateway(Protocol):
    """Reads and writes HubSpot.

    Errors of every method: Unavailable, Unauthorized, NotFound, Rejected (core.errors). Methods that take several
    ids send as few requests as the API allows (100 inputs each) and leave out what does not exist.
    """

    async def read(
        self,
        type: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        associations: Sequence[ObjectType] = (),
    ) -> Mapping[str, Record]:
        """Records by the id that was asked for, with the ids of associated records where asked.

        One that was merged into another is answered with that other record, which has an id of its own.
        """
        ...

    async def history(self, type: ObjectType, id: str, property: str) -> tuple[PropertyVersion, ...]:
        """The values that a property of one record had, the first one first, as far as HubSpot tells.

        Nothing of a record that does not exist; of a merged one, those of the record that is left.
        """
        ...

    def changed_since(self, type: ObjectType, since: datetime, properties: Sequence[str]) -> AsyncIterator[Record]:
        """Records made or changed at or after `since` (with a time zone), in the order of their ids, however many.

        Not those that were archived. They come from a search, whose index is some seconds to half a minute behind:
        let `since` overlap the look before.
        """
        ...

    async def search(self, type: ObjectType, search: CrmSearch) -> CrmPage:
        """A page of the records that HubSpot's index finds, which is some seconds to half a minute behind.

        Raises Rejected for more than HubSpot takes (`is_expressible` in tools/hubspot/searching.py tells) and beyond
        the 10,000th record: for those, search anew for ids above the last one seen, sorted by id.
        """
        ...

    async def contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Record]:
        """Contacts by e-mail address (lower case), read by idProperty, not by search: it does not lag."""
        ...

    async def associated(self, type: ObjectType, ids: Sequence[str], to: ObjectType) -> Mapping[str, tuple[str, ...]]:
        """Ids of the `to` records associated with each of `ids`."""
        ...

    async def find_by_key(self, type: ObjectType, keys: Sequence[str]) -> Mapping[str, str]:
        """Key -> id of the notes or tasks that carry these keys: how a write is looked for after a crash."""
        ...

    async def create(self, type: ObjectType, new: Sequence[NewRecord]) -> Mapping[str, str]:
        """Makes records with their associations and returns key -> id.

        One that exists already with the same key is returned, not made again. Raises Unavailable(maybe_done=True)
        when no answer came.
        """
        ...

    async def update(self, type: ObjectType, changes: Mapping[str, Mapping[str, str]]) -> Mapping[str, str | None]:
        """Sets properties by record id; returns id -> None where it was done, or the reason where it was not."""
        ...

    async def archive(self, type: ObjectType, ids: Sequence[str]) -> None:
        """Moves records to the recycling bin; one that is gone already is no error."""
        ...

    async def owners(self) -> tuple[Owner, ...]:
        """All owners, kept for some minutes; not those who have left."""
        ...

    async def former_owners(self) -> tuple[Owner, ...]:
        """The owners who have left (archived), kept for some minutes."""
        ...

    async def pipelines(self) -> tuple[Pipeline, ...]:
        """The deal pipelines, kept for some minutes."""
        ...

    async def account(self) -> Account:
        """The portal behind the token, kept for the life of the client."""
        ...

    async def property_names(self, type: ObjectType) -> frozenset[str]:
        """Names of the properties that exist on an object."""
        ...

    async def fields(self, type: ObjectType) -> Mapping[str, FieldSpec]:
        """The properties that exist on an object, by name, with their options; kept for some minutes."""
        ...

    async def ensure_properties(self, type: ObjectType, definitions: Sequence[PropertyDefinition]) -> tuple[str, ...]:
        """Makes Sophia's property group and those of these properties that are missing; returns what was made."""
        ...

    async def check(self) -> Mapping[str, str]:
        """What the token can do: scope -> "ok" or what is wrong with it. Never writes."""
        ...

    def forget(self) -> None:
        """Drops what is kept of pipelines, owners and properties: the next question is asked afresh."""
        ...

    async def close(self) -> None: ...
