"""What HubSpot tells of changes to records, read from the body of a delivery.

Both spellings are known: `deal.propertyChange`, and `object.propertyChange` with the type's id beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.analysis import Frozen
from core.errors import Rejected
from tools.hubspot.port import ObjectType

SERVICE = "HubSpot webhook"
MOST_EVENTS = 1000
"""HubSpot sends at most a hundred in a delivery."""

Kind = Literal["creation", "change", "deletion", "privacy_deletion", "restore", "merge", "association"]
End = tuple[ObjectType, str]

KINDS: Mapping[str, Kind] = {
    "creation": "creation",
    "propertyChange": "change",
    "deletion": "deletion",
    "privacyDeletion": "privacy_deletion",
    "restore": "restore",
    "merge": "merge",
    "associationChange": "association",
}
TYPES: Mapping[str, ObjectType] = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-27": "tasks",
    "0-46": "notes",
}
"""HubSpot's names in `deal.propertyChange`, and its type ids beside `object.propertyChange`."""


class CrmEvent(Frozen):
    """Something that happened to a record; `occurred_at` is in UTC.

    `key` is the same whenever HubSpot tells of this event again. `value` is a hint only, and None where HubSpot calls
    it sensitive. `source` is what made the change (CRM_UI, INTEGRATION, …). After a merge `object_id` is the record
    that is left and `merged_ids` are those that went into it. `other` is the far end of an association. `portal_id`
    may be another portal than ours: the caller decides.
    """

    key: str
    kind: Kind
    type: ObjectType
    object_id: str
    property: str | None = None
    value: str | None = None
    occurred_at: datetime
    source: str | None = None
    merged_ids: tuple[str, ...] = ()
    other: End | None = None
    portal_id: str


def read_events(body: bytes) -> tuple[CrmEvent, ...]:
    """The events of a body, without those of kinds and types that are not known here; raises Rejected."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Rejected(SERVICE, "the body is not JSON", status=400) from error
    if not isinstance(content, list):
        raise Rejected(SERVICE, "the body is not a list of events", status=400)
    if len(content) > MOST_EVENTS:
        raise Rejected(SERVICE, f"the body has more than {MOST_EVENTS} events", status=400)
    return tuple(event for number, item in enumerate(content) if (event := _event(number, item)) is not None)


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Told(BaseModel):
    """One event as HubSpot writes it; ids are numbers or text, and fields that are not known are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    subscription: str = Field(alias="subscriptionType")
    subscription_id: Id | None = Field(None, alias="subscriptionId")
    event_id: Id = Field(alias="eventId")
    portal_id: Id = Field(alias="portalId")
    occurred_ms: int = Field(alias="occurredAt", ge=0, le=10**14)
    source: str | None = Field(None, alias="changeSource")
    object_type: str | None = Field(None, alias="objectTypeId")
    object_id: Id | None = Field(None, alias="objectId")
    property_name: str | None = Field(None, alias="propertyName")
    value: str | None = Field(None, alias="propertyValue")
    sensitive: bool | None = Field(None, alias="isSensitive")
    primary_id: Id | None = Field(None, alias="primaryObjectId")
    new_id: Id | None = Field(None, alias="newObjectId")
    merged_ids: tuple[Id, ...] | None = Field(None, alias="mergedObjectIds")
    association: str | None = Field(None, alias="associationType")
    removed: bool | None = Field(None, alias="associationRemoved")
    from_type: str | None = Field(None, alias="fromObjectTypeId")
    from_id: Id | None = Field(None, alias="fromObjectId")
    to_type: str | None = Field(None, alias="toObjectTypeId")
    to_id: Id | None = Field(None, alias="toObjectId")

    @property
    def ends(self) -> tuple[End, ...]:
        """The ends of an association that are records of a type known here."""
        near, _, far = (self.association or "").lower().partition("_to_")
        pairs = ((self.from_type or near, self.from_id), (self.to_type or far, self.to_id))
        return tuple((TYPES[type], id) for type, id in pairs if type in TYPES and id)

    @property
    def left_id(self) -> str | None:
        """The record that a merge leaves: HubSpot may have made a new one for it."""
        return next((id for id in (self.new_id, self.primary_id, self.object_id) if id and id != "0"), None)


REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    "change": ("object_id", "property_name"),
    "merge": ("left_id", "merged_ids"),
    "association": ("from_id", "to_id"),
}
"""What an event of these kinds must tell; any other must name its object."""


def _event(number: int, item: Any) -> CrmEvent | None:
    """One event; None for a kind of event or a type of record that is not known here."""
    subscription = item.get("subscriptionType") if isinstance(item, Mapping) else None
    if not isinstance(subscription, str):
        raise _malformed(number, "subscriptionType")
    name, _, what = subscription.partition(".")
    kind = KINDS.get(what)
    if kind is None or (name != "object" and name not in TYPES):
        return None
    told = _told(number, kind, item)
    if kind == "association":
        return _made(told, kind, *told.ends) if told.ends else None
    if name == "object" and told.object_type is None:
        raise _malformed(number, "objectTypeId")
    type = TYPES.get(told.object_type or "" if name == "object" else name)
    id = told.left_id if kind == "merge" else told.object_id
    return None if type is None or id is None else _made(told, kind, (type, id))


def _told(number: int, kind: Kind, item: Mapping[str, Any]) -> _Told:
    try:
        told = _Told.model_validate(item)
    except ValidationError as error:
        raise _malformed(number, str(error.errors()[0]["loc"][0])) from error
    missing = [name for name in REQUIRED.get(kind, ("object_id",)) if getattr(told, name) is None]
    if missing:
        raise _malformed(number, missing[0])
    return told


def _made(told: _Told, kind: Kind, about: End, other: End | None = None) -> CrmEvent:
    merged = dict.fromkeys([told.primary_id, *(told.merged_ids or ())]) if kind == "merge" else {}
    return CrmEvent(
        key=_key(told, about, other),
        kind=kind,
        type=about[0],
        object_id=about[1],
        property=told.property_name if kind == "change" else None,
        value=told.value if kind == "change" and not told.sensitive else None,
        occurred_at=datetime.fromtimestamp(told.occurred_ms / 1000, UTC),
        source=told.source,
        merged_ids=tuple(id for id in merged if id is not None and id != about[1]),
        other=other,
        portal_id=told.portal_id,
    )


def _key(told: _Told, about: End, other: End | None) -> str:
    """The same for every delivery of one event: HubSpot's own event id is not unique, so all that tells it apart."""
    parts = (
        told.portal_id,
        told.subscription_id,
        told.subscription,
        told.event_id,
        about,
        told.occurred_ms,
        told.property_name,
        told.merged_ids,
        other,
        told.removed,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _malformed(number: int, field: str) -> Rejected:
    return Rejected(SERVICE, f"event {number} of the body is malformed: {field}", status=400)
