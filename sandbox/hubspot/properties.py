"""The properties of each type of record: HubSpot's own, the data's, and those a client makes."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.hubspot.errors import HubSpotError, conflict, invalid, not_found
from sandbox.hubspot.object_types import OBJECT_TYPES, ObjectType
from sandbox.hubspot.standard import custom_property, standard_group, standard_properties
from sandbox.store import Document, Store, Table


class OptionInput(BaseModel):
    """One option of an enumeration that a client makes."""

    model_config = ConfigDict(frozen=True)

    label: str
    value: str
    hidden: bool = False
    displayOrder: int = -1
    description: str = ""


class PropertyInput(BaseModel):
    """A property that a client makes."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    label: str = Field(min_length=1)
    type: Literal["string", "number", "date", "datetime", "enumeration", "bool"]
    fieldType: Literal["textarea", "text", "date", "file", "number", "select", "radio", "checkbox", "booleancheckbox"]
    groupName: str
    description: str = ""
    options: tuple[OptionInput, ...] = ()
    hasUniqueValue: bool = False
    hidden: bool = False
    formField: bool = False
    displayOrder: int = -1
    externalOptions: bool = False


class GroupInput(BaseModel):
    """A property group that a client makes."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    label: str = Field(min_length=1)
    displayOrder: int = -1


class Properties:
    """Property definitions and groups by type, as the properties API returns them."""

    def __init__(self, store: Store, records: Mapping[str, Iterable[Document]]) -> None:
        """Seeds the standard properties, and one of plain text for each that only the data's records have."""
        self._of: dict[str, Table] = {}
        self._groups: dict[str, Table] = {}
        for type in OBJECT_TYPES:
            definitions = standard_properties(type)
            named = {name for record in records.get(type, ()) for name in record.get("properties") or {}}
            definitions |= {name: custom_property(type, name) for name in sorted(named - definitions.keys())}
            group = standard_group(type)
            groups = {group: {"name": group, "label": group, "displayOrder": 0, "archived": False}}
            self._of[type] = store.seeded(f"hubspot.properties.{type}", definitions)
            self._groups[type] = store.seeded(f"hubspot.property_groups.{type}", groups)

    def all(self, type: ObjectType, archived: bool = False) -> list[Document]:
        """The definitions of a type."""
        return [definition for definition in self._of[type.name].values() if definition["archived"] == archived]

    def find(self, type: ObjectType, name: str) -> Document | None:
        """The definition under this name, None when there is none or it was archived."""
        definition = self._of[type.name].get(name)
        return None if definition is None or definition["archived"] else definition

    def unique(self, type: ObjectType) -> list[str]:
        """The names of the properties of which no two records may have the same value."""
        return [definition["name"] for definition in self.all(type) if definition["hasUniqueValue"]]

    def create(self, type: ObjectType, given: PropertyInput, now: str) -> Document:
        """Makes a property; 409 when there is one of this name, 400 when its group is missing or options do not fit."""
        if self.find(type, given.name):
            raise conflict(f"A property named {given.name} already exists.")
        if given.groupName not in self._groups[type.name]:
            raise invalid(f"There is no property group named {given.groupName}.", context={"group": [given.groupName]})
        if given.hasUniqueValue and given.type not in {"string", "number"}:
            raise invalid("Only text and number properties can have unique values.")
        if given.type == "bool" and not given.options:
            raise invalid("A property of type bool needs the options true and false.")
        definition: Document = {
            **given.model_dump(mode="json"),
            "hubspotDefined": False,
            "calculated": False,
            "archived": False,
            "createdAt": now,
            "updatedAt": now,
            "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False},
        }
        self._of[type.name][given.name] = definition
        return definition

    def archive(self, type: ObjectType, name: str, now: str) -> None:
        """Moves a custom property to the bin; 400 for one of HubSpot's own."""
        definition = self.find(type, name)
        if definition is None:
            raise not_found("PROPERTY", name)
        if definition["hubspotDefined"]:
            raise invalid(f"{name} is HubSpot's own and cannot be archived.")
        self._of[type.name][name] = {**definition, "archived": True, "archivedAt": now}

    def groups(self, type: ObjectType) -> list[Document]:
        """The property groups of a type."""
        return list(self._groups[type.name].values())

    def group(self, type: ObjectType, name: str) -> Document:
        """One group; 404 when there is none."""
        if name not in self._groups[type.name]:
            raise not_found("PROPERTY_GROUP", name)
        return self._groups[type.name][name]

    def create_group(self, type: ObjectType, given: GroupInput) -> Document:
        """Makes a group; 409 when there is one of this name."""
        if given.name in self._groups[type.name]:
            raise conflict(f"A property group named {given.name} already exists.")
        group = {**given.model_dump(), "archived": False}
        self._groups[type.name][given.name] = group
        return group

    def archive_group(self, type: ObjectType, name: str) -> None:
        """Removes a group; 400 while it has properties."""
        self.group(type, name)
        if any(definition["groupName"] == name for definition in self.all(type)):
            raise HubSpotError(400, "VALIDATION_ERROR", f"The group {name} still has properties.")
        del self._groups[type.name][name]
