"""The records of one type: read, made, changed, archived, and seen by the search as late as HubSpot's index is."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from sandbox.clock import Pace
from sandbox.hubspot.errors import (
    HubSpotError,
    already_has,
    conflict,
    invalid,
    invalid_properties,
    not_found,
)
from sandbox.hubspot.events import Events, Source
from sandbox.hubspot.history import HISTORY, changed
from sandbox.hubspot.merging import MERGED_IDS, merged_before, merged_values
from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.values import Given, Refused, as_text, normal
from sandbox.store import Document, Table

INDEX_LAG_S = 8.0
"""How long the search does not see a write; HubSpot promises nothing, and people measured seconds to half a minute."""

Options = Callable[[ObjectType, str, Mapping[str, str | None]], set[str] | None]
"""The options of an enumeration, given the type, the property's name and the record's values; None for any."""


class Records:
    """One type's records. A document is never changed in place: each write puts a new one in the table."""

    def __init__(
        self,
        type: ObjectType,
        table: Table,
        properties: Properties,
        options: Options,
        next_id: Callable[[], str],
        now: Callable[[], str],
        pace: Pace,
        events: Events,
        merged: Table,
    ) -> None:
        """`merged` keeps which record each merged one went into, under `type/id`."""
        self.type = type
        self._table = table
        self._properties = properties
        self._options = options
        self._next_id = next_id
        self._now = now
        self._pace = pace
        self._events = events
        self._merged = merged
        self._unique: dict[str, dict[str, str]] = {}
        self._unseen: deque[tuple[float, str, Document | None]] = deque()

    def find(self, id: str, id_property: str | None = None, archived: bool = False) -> Document | None:
        """The record with this id, or this value of a unique property; None when there is none."""
        document = self._table.get(id if id_property is None else self._holders(id_property).get(id.casefold(), ""))
        return document if document is not None and document["archived"] == archived else None

    def seen(self, id: str, id_property: str | None = None, archived: bool = False) -> Document | None:
        """The same as a reader sees it: the id of a merged record leads to the one that is left."""
        while id_property is None and f"{self.type.name}/{id}" in self._merged:
            id = self._merged[f"{self.type.name}/{id}"]["into"]
        return self.find(id, id_property, archived)

    def get(self, id: str, id_property: str | None = None, archived: bool = False) -> Document:
        """The same, or 404."""
        document = self.find(id, id_property, archived)
        if document is None:
            raise not_found(self.type.name, id)
        return document

    def all(self, archived: bool = False) -> Iterator[Document]:
        """Every record, in the order in which they were made."""
        return (document for document in self._table.values() if document["archived"] == archived)

    def check_id_property(self, name: str | None) -> str | None:
        """The property to find records by, None for their own id; 400 for one whose values are not unique."""
        if name in (None, "", "hs_object_id"):
            return None
        if name not in self._properties.unique(self.type):
            raise invalid(
                f"Unable to find records by non-unique {self.type.id} property {name}",
                context={"idProperty": [str(name)]},
            )
        return name

    def checked(self, given: Mapping[str, Given], current: Document | None = None) -> dict[str, str]:
        """The values as HubSpot keeps them; 400 that names each wrong one. `current` is the record to be changed."""
        held: Mapping[str, str | None] = current["properties"] if current else {}
        merged = {**held, **{name: as_text(value) for name, value in given.items()}}
        values: dict[str, str] = {}
        problems: list[tuple[str, str, str]] = []
        for name, value in given.items():
            try:
                values[name] = self._checked_value(name, as_text(value), merged)
            except Refused as refusal:
                problems.append((name, refusal.code, refusal.message))
        if problems:
            raise invalid_properties(problems)
        missing = [name for name in self.type.required if current is None and not merged.get(name)]
        if missing:
            raise _missing(missing)
        self._check_unique(values, None if current is None else current["id"])
        return values

    def create(self, values: Mapping[str, str], source: Source = "INTEGRATION") -> Document:
        """Makes a record of values that were checked."""
        now = self._now()
        id = self._next_id()
        stamps = {self.type.created: now, self.type.modified: now, "hs_object_id": id}
        properties = {**{name: value for name, value in values.items() if value}, **stamps}
        if values.get(self.type.created):
            properties[self.type.created] = values[self.type.created]
        self._events.created(self.type, id, source)
        return self._put(
            {"id": id, "properties": properties, "createdAt": now, "updatedAt": now, "archived": False}, None
        )

    def change(self, document: Document, values: Mapping[str, str], source: Source = "INTEGRATION") -> Document:
        """Sets values that were checked; an empty one clears the property."""
        now = self._now()
        properties = {**document["properties"], **values, self.type.modified: now}
        kept = {name: value for name, value in properties.items() if value not in ("", None)}
        held = document["properties"]
        different = {name: value for name, value in values.items() if value != (held.get(name) or "")}
        self._events.changed(self.type, document["id"], different, source)
        history = changed(document, different, now, source)
        return self._put({**document, "properties": kept, "updatedAt": now, HISTORY: history}, document)

    def merge(self, primary: Document, other: Document, source: Source, anew: bool = False) -> Document:
        """Makes one record of two, in which the primary's values stay; from then on their ids lead there.

        It is the primary one, or with `anew` a record of a new id, as HubSpot makes it for some types.
        """
        id, now = self._next_id() if anew else primary["id"], self._now()
        values = merged_values(self.type, primary, other)
        gone = [primary, other] if anew else [other]
        merged_ids = dict.fromkeys([*(document["id"] for document in gone), *merged_before(primary, other)])
        for document in gone:
            self._drop(document)
            self._merged[f"{self.type.name}/{document['id']}"] = {"into": id}
        self._events.merged(self.type, primary["id"], other["id"], id, len(values), source)
        stamps = {"hs_object_id": id, self.type.modified: now, MERGED_IDS: ";".join(merged_ids)}
        properties = {**primary["properties"], **values, **stamps}
        return self._put({**primary, "id": id, "properties": properties, "updatedAt": now}, None if anew else primary)

    def archive(self, id: str, source: Source = "INTEGRATION") -> None:
        """Moves a record to the bin; one that is not there is no error, as with HubSpot."""
        document = self.find(id)
        if document is not None:
            now = self._now()
            self._events.archived(self.type, id, source)
            self._put({**document, "archived": True, "archivedAt": now, "updatedAt": now}, document)

    def indexed(self) -> list[Document]:
        """The records as the search sees them: without the writes of the last INDEX_LAG_S seconds."""
        self._index()
        seen: dict[str, Document | None] = dict(self._table)
        for _, id, before in reversed(self._unseen):
            seen[id] = before
        return [document for document in seen.values() if document is not None and not document["archived"]]

    def _checked_value(self, name: str, text: str, merged: Mapping[str, str | None]) -> str:
        definition = self._properties.find(self.type, name)
        if definition is None:
            raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if definition["modificationMetadata"]["readOnlyValue"]:
            raise Refused("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
        options = self._options(self.type, name, merged)
        if options is None and definition["options"]:
            options = {option["value"] for option in definition["options"]}
        return normal(definition, text, options)

    def _check_unique(self, values: Mapping[str, str], id: str | None) -> None:
        for name in self._properties.unique(self.type):
            value = values.get(name)
            holder = self._holders(name).get(value.casefold()) if value else None
            if holder is not None and holder != id:
                raise self._taken(name, values[name], holder)

    def _taken(self, name: str, value: str, holder: str) -> HubSpotError:
        if name in self.type.unique:
            return conflict(f"{self.type.singular.capitalize()} already exists. Existing ID: {holder}")
        return already_has(self.type.singular, name, value, holder)

    def _holders(self, name: str) -> dict[str, str]:
        """Value -> id of the record that has it, for a unique property; made when it is first needed."""
        if name not in self._unique:
            valued = ((document["properties"].get(name), document["id"]) for document in self.all())
            self._unique[name] = {value.casefold(): id for value, id in valued if value}
        return self._unique[name]

    def _index(self) -> None:
        """Forgets the writes that the index has caught up with."""
        horizon = self._pace.seconds() - INDEX_LAG_S
        while self._unseen and self._unseen[0][0] <= horizon:
            self._unseen.popleft()

    def _put(self, document: Document, before: Document | None) -> Document:
        self._index()
        self._table[document["id"]] = document
        self._unseen.append((self._pace.seconds(), document["id"], before))
        for name, holders in self._unique.items():
            new = None if document["archived"] else document["properties"].get(name)
            if before is not None and before["properties"].get(name) != new:
                self._release(before, name)
            if new:
                holders[new.casefold()] = document["id"]
        return document

    def _drop(self, document: Document) -> None:
        """Takes a record out of the table; the search sees it a while longer."""
        self._index()
        del self._table[document["id"]]
        self._unseen.append((self._pace.seconds(), document["id"], document))
        for name in self._unique:
            self._release(document, name)

    def _release(self, document: Document, name: str) -> None:
        """Gives the record's value of a unique property free."""
        self._unique[name].pop((document["properties"].get(name) or "").casefold(), None)


def _missing(names: list[str]) -> HubSpotError:
    listed = ", ".join(names)
    return invalid(
        f"Error creating the record. Some required properties were not set: [{listed}]",
        context={"properties": names},
        details=[
            {"message": f"{name} must be set.", "code": "REQUIRED_PROPERTY", "context": {"propertyName": [name]}}
            for name in names
        ],
    )
