"""One HubSpot account: everything its endpoints work on."""

from collections.abc import Mapping

from sandbox.frame import Frame
from sandbox.hubspot.associations import AssociationInput, Associations, Link, chosen_types, unknown_objects
from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.events import Events, Source
from sandbox.hubspot.merging import MERGEABLE
from sandbox.hubspot.object_types import OBJECT_TYPES, AssociationType, ObjectType, object_type
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.records import Records
from sandbox.hubspot.seed import first_id, seed_associations, seed_records, table_name
from sandbox.hubspot.values import iso
from sandbox.store import Document

NUMBER = 48_120_977
"""The portal's id, unless the data have an account record."""


class Portal:
    """The records, properties, pipelines, owners and associations of one account."""

    def __init__(self, frame: Frame) -> None:
        crm, store = frame.world.crm, frame.store
        self.frame = frame
        self.properties = Properties(store, crm)
        self.pipelines = Pipelines(store, crm.get("pipelines", ()), crm.get("deals", ()), self.now())
        seed_records(store, frame.world, frame.clock.now())
        frame.notes.extend(seed_associations(store, frame.world, Associations(store)))
        self.events = Events(store, frame.clock.now)
        self.associations = Associations(store, self.events)
        self.owners = store.table("hubspot.owners")
        self.records = {name: self._records(type) for name, type in OBJECT_TYPES.items()}

    def now(self) -> str:
        """The time as HubSpot writes it."""
        return iso(self.frame.clock.now())

    def account(self) -> Document:
        """The account's details."""
        given = next(iter(self.frame.world.crm.get("account", ())), {})
        return {
            "portalId": NUMBER,
            "accountType": "STANDARD",
            "timeZone": "US/Central",
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": "-06:00",
            "utcOffsetMilliseconds": -21_600_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
            **{name: value for name, value in given.items() if name != "id"},
        }

    def type(self, spelling: str) -> ObjectType:
        """The type a path names; 400 when there is none."""
        type = object_type(spelling)
        if type is None:
            raise HubSpotError(400, "VALIDATION_ERROR", f"Unable to infer object type from: {spelling}")
        return type

    def links(self, source: ObjectType, id: str, target: ObjectType) -> list[Link]:
        """The links of a record to records of another type that are not archived."""
        found = self.associations.of(source.name, id, target.name)
        return [link for link in found if self.records[target.name].find(link.target)]

    def planned_links(self, type: ObjectType, given: tuple[AssociationInput, ...]) -> list[tuple[AssociationType, str]]:
        """What is to be linked to a record that is about to be made; 400 when a type or a record is wrong."""
        planned: list[tuple[AssociationType, str]] = []
        for association in given:
            for kind in chosen_types(type.name, None, association.types):
                if self.records[kind.target].find(association.to.id) is None:
                    raise unknown_objects(kind.target, [association.to.id])
                planned.append((kind, association.to.id))
        return planned

    def merge(self, type: ObjectType, primary: str, other: str, source: Source, anew: bool = False) -> Document:
        """Makes one record of two, with the links of both; 400 for what cannot be merged, 404 for no record."""
        if type.name not in MERGEABLE:
            raise invalid(f"Records of type {type.name} cannot be merged.")
        if primary == other:
            raise invalid("A record cannot be merged with itself.")
        records = self.records[type.name]
        with self.frame.store.batch():
            merged = records.merge(records.get(primary), records.get(other), source, anew)
            for id in [primary, other] if anew else [other]:
                self.associations.move(type.name, id, merged["id"])
        return merged

    def _records(self, type: ObjectType) -> Records:
        store = self.frame.store
        table = store.table(table_name(type))
        first = first_id(store, type)
        return Records(
            type,
            table,
            self.properties,
            self._options,
            next_id=lambda: str(store.next_id(table.name, first)),
            now=self.now,
            pace=self.frame.pace,
            events=self.events,
            merged=store.table("hubspot.merged"),
        )

    def _options(self, type: ObjectType, name: str, values: Mapping[str, str | None]) -> set[str] | None:
        """The options that are kept elsewhere than in a property's definition."""
        if name == "hubspot_owner_id":
            return set(self.owners)
        if type.name == "deals" and name == "pipeline":
            return self.pipelines.ids()
        if type.name == "deals" and name == "dealstage":
            return self.pipelines.stages(values.get("pipeline"))
        return None
