"""What happened to records, kept until a webhook has told of it.

One write may make several events: they share an `eventId`, as HubSpot does not promise that these are unique.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from sandbox.hubspot.object_types import ASSOCIATION_TYPES, OBJECT_TYPES, AssociationType, ObjectType
from sandbox.store import Document, Store

TABLE = "hubspot.events"
KEPT = 50_000
"""The oldest go first: most sandboxes never send a webhook."""

Source = Literal["CRM_UI", "INTEGRATION"]
"""HubSpot's names for who changed something: a person on its pages, or an app over its API."""


class Events:
    """Events in the order in which they happened, in the spelling `object.*`. `now` tells when."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._table = store.table(TABLE)
        self._now = now

    def created(self, type: ObjectType, id: str, source: Source) -> None:
        """A record was made."""
        self._add([_about(type, id, "creation")], source)

    def changed(self, type: ObjectType, id: str, values: Mapping[str, str], source: Source) -> None:
        """Properties of a record have other values now."""
        about = _about(type, id, "propertyChange")
        self._add(
            [{**about, "propertyName": name, "propertyValue": value} for name, value in values.items()],
            source,
        )

    def archived(self, type: ObjectType, id: str, source: Source) -> None:
        """A record went to the bin."""
        self._add([_about(type, id, "deletion")], source)

    def merged(self, type: ObjectType, primary: str, merged: str, left: str, moved: int, source: Source) -> None:
        """One record went into another with `moved` of its properties; `left` is the id of what is there now."""
        merge = {
            "primaryObjectId": _number(primary),
            "mergedObjectIds": [_number(merged)],
            "newObjectId": _number(left),
            "numberOfPropertiesMoved": moved,
        }
        self._add([{**_about(type, left, "merge"), **merge}], source)

    def linked(self, type: AssociationType, start: str, end: str, source: Source, *, removed: bool = False) -> None:
        """Two records were associated, or parted; each end has its own event."""
        back = ASSOCIATION_TYPES[type.inverse]
        self._add([_link(type, start, end, removed), _link(back, end, start, removed)], source)

    def pending(self) -> list[tuple[str, Document]]:
        """What is yet to be told, with the key under which `told` and `failed` know it."""
        return list(self._table.items())

    def told(self, keys: Iterable[str]) -> None:
        """Forgets these events."""
        with self._store.batch():
            for key in keys:
                self._table.pop(key, None)

    def failed(self, keys: Iterable[str]) -> None:
        """Counts one more attempt for these."""
        with self._store.batch():
            for key in keys:
                if key in self._table:
                    self._table[key] = {**self._table[key], "attemptNumber": self._table[key]["attemptNumber"] + 1}

    def _add(self, events: Iterable[Document], source: Source) -> None:
        event_id, moment = None, int(self._now().timestamp() * 1000)
        with self._store.batch():
            for event in events:
                number = self._store.next_id(TABLE, 1)
                event_id = event_id or number
                frame = {"eventId": event_id, "occurredAt": moment, "changeSource": source, "attemptNumber": 0}
                self._table[str(number)] = {**frame, **event}
            while len(self._table) > KEPT:
                del self._table[next(iter(self._table))]


def _about(type: ObjectType, id: str, what: str) -> Document:
    return {"subscriptionType": f"object.{what}", "objectTypeId": type.id, "objectId": _number(id)}


def _link(type: AssociationType, start: str, end: str, removed: bool) -> Document:
    return {
        "subscriptionType": "object.associationChange",
        "fromObjectTypeId": OBJECT_TYPES[type.source].id,
        "fromObjectId": _number(start),
        "toObjectTypeId": OBJECT_TYPES[type.target].id,
        "toObjectId": _number(end),
        "associationTypeId": type.id,
        "associationCategory": "HUBSPOT_DEFINED",
        "associationRemoved": removed,
        "isPrimaryAssociation": type.label is not None,
    }


def _number(id: str) -> int | str:
    """An id as webhooks write it: a number, unlike in the rest of the API."""
    return int(id) if id.isdecimal() else id
