"""Which records belong together: links of HubSpot's own association types, kept from both ends."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.events import Events
from sandbox.hubspot.object_types import ASSOCIATION_TYPES, OBJECT_TYPES, AssociationType, association_types
from sandbox.store import Document, Store

TABLE = "hubspot.associations"


class AssociationSpec(BaseModel):
    """The kind of an association, as a client names it."""

    model_config = ConfigDict(frozen=True)

    associationCategory: Literal["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"]
    associationTypeId: int


class ObjectId(BaseModel):
    """The id of a record."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)


class AssociationInput(BaseModel):
    """An association that is made together with a record."""

    model_config = ConfigDict(frozen=True)

    to: ObjectId
    types: tuple[AssociationSpec, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Link:
    """That one record belongs to another, in one or more ways."""

    target: str
    types: tuple[AssociationType, ...]


class Associations:
    """All links. The table's key is `type/id/other type/other id`; each link is there from both ends.

    `events` hears of what is linked and unlinked; without it nobody does.
    """

    def __init__(self, store: Store, events: Events | None = None) -> None:
        self._events = events
        self._table = store.table(TABLE)
        self._from: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
        for key in self._table:
            self._index(key)

    def of(self, source: str, id: str, target: str) -> list[Link]:
        """The links from one record to those of another type, oldest first."""
        return [
            Link(other, tuple(ASSOCIATION_TYPES[number] for number in self._table[key]["types"]))
            for other, key in self._from.get((source, id, target), {}).items()
        ]

    def link(self, type: AssociationType, source: str, target: str) -> None:
        """Makes a link from both ends; a primary one takes the place of the primary before it."""
        if type.label:
            self._demote(type, source)
            plain = association_types(type.source, type.target)[0]
            self._add(plain, source, target)
        if self._add(type, source, target) and self._events is not None:
            self._events.linked(type, source, target, "INTEGRATION")

    def unlink(self, source: str, id: str, target: str, other: str) -> None:
        """Removes every link between two records; none is no error."""
        key = _key(source, id, target, other)
        if key in self._table and self._events is not None:
            type = ASSOCIATION_TYPES[self._table[key]["types"][0]]
            self._events.linked(type, id, other, "INTEGRATION", removed=True)
        self._cut(source, id, target, other)

    def move(self, source: str, id: str, into: str) -> None:
        """Gives every link of a record to another of its type; a company that is the primary one there stays it."""
        for target in OBJECT_TYPES:
            linked = self.of(source, into, target)
            has_primary = source != "companies" and any(type.label for link in linked for type in link.types)
            for link in self.of(source, id, target):
                self._cut(source, id, target, link.target)
                for type in link.types:
                    if not (type.label and has_primary):
                        self._add(type, into, link.target)

    def _cut(self, source: str, id: str, target: str, other: str) -> None:
        for key in (_key(source, id, target, other), _key(target, other, source, id)):
            if key in self._table:
                del self._table[key]
        self._from[source, id, target].pop(other, None)
        self._from[target, other, source].pop(id, None)

    def _demote(self, type: AssociationType, source: str) -> None:
        """Takes the primary mark from the links of the record that can only have one: the side that is no company."""
        if type.source == "companies":
            return
        for link in self.of(type.source, source, type.target):
            if type in link.types:
                self._remove(type, source, link.target)

    def _add(self, type: AssociationType, source: str, target: str) -> bool:
        """Links both ends; returns whether they were not linked in this way before."""
        added = False
        for each, start, end in ((type, source, target), (ASSOCIATION_TYPES[type.inverse], target, source)):
            key = _key(each.source, start, each.target, end)
            held: list[int] = self._table[key]["types"] if key in self._table else []
            if each.id not in held:
                self._table[key] = {"types": [*held, each.id]}
                self._index(key)
                added = True
        return added

    def _remove(self, type: AssociationType, source: str, target: str) -> None:
        for each, start, end in ((type, source, target), (ASSOCIATION_TYPES[type.inverse], target, source)):
            key = _key(each.source, start, each.target, end)
            self._table[key] = {"types": [number for number in self._table[key]["types"] if number != each.id]}

    def _index(self, key: str) -> None:
        source, id, target, other = key.split("/")
        self._from[source, id, target][other] = key


def chosen_types(source: str, target: str | None, specs: Sequence[AssociationSpec]) -> list[AssociationType]:
    """The association types a client named; 400 for one that does not exist or does not lead there.

    `target` None means wherever the types lead, as when a record is made with its associations.
    """
    types = []
    for spec in specs:
        type = ASSOCIATION_TYPES.get(spec.associationTypeId)
        if spec.associationCategory != "HUBSPOT_DEFINED" or type is None:
            raise _wrong_type(spec, "is no association type of this account")
        if type.source != source or target not in (None, type.target):
            raise _wrong_type(spec, f"leads from {type.source} to {type.target}")
        types.append(type)
    return types


def default_type(source: str, target: str) -> AssociationType:
    """The plain association from one type to another; 400 when these cannot be associated."""
    types = association_types(source, target)
    if not types:
        raise invalid(f"No association type leads from {source} to {target}.")
    return types[0]


def unknown_objects(type: str, ids: Sequence[str]) -> HubSpotError:
    """400: an association names records that do not exist."""
    return invalid(
        "One or more associations are invalid",
        context={"INVALID_OBJECT_IDS": [f"{type.upper()}={id} is not valid" for id in ids], "objectId": list(ids)},
    )


def spec_of(type: AssociationType) -> Document:
    """An association type as v4 lists it on a link."""
    return {"category": "HUBSPOT_DEFINED", "typeId": type.id, "label": type.label}


def _wrong_type(spec: AssociationSpec, problem: str) -> HubSpotError:
    number = str(spec.associationTypeId)
    return invalid(
        f"{spec.associationCategory} association type {number} {problem}.",
        context={"associationTypeId": [number], "associationCategory": [spec.associationCategory]},
    )


def _key(source: str, id: str, target: str, other: str) -> str:
    return f"{source}/{id}/{target}/{other}"
