"""Copies the CRM records of a data folder into the portal, as complete as HubSpot's API always returns them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sandbox.hubspot.associations import Associations
from sandbox.hubspot.object_types import ASSOCIATION_TYPES, OBJECT_TYPES, ObjectType, association_types, object_type
from sandbox.hubspot.values import as_text, iso
from sandbox.store import META, Document, Store
from sandbox.world import World

OWN_IDS_FROM = 300_000_000_000
"""Ids of what is made here begin above any in the data; HubSpot's are about as long."""

NAMED = {type.name: type for type in ASSOCIATION_TYPES.values()}


def seed_records(store: Store, world: World, now: datetime) -> None:
    """Copies the records of every type into a new state."""
    for type in OBJECT_TYPES.values():
        records = {record["id"]: _record(type, record, iso(now)) for record in world.crm.get(type.name, ())}
        store.seeded(table_name(type), records)
    owners = {owner["id"]: _owner(owner, iso(now)) for owner in world.crm.get("owners", ())}
    store.seeded("hubspot.owners", owners)


def seed_associations(store: Store, world: World, associations: Associations) -> list[str]:
    """Links the records of a new state as the data say; returns what was left out and why."""
    meta = store.table(META)
    if "linked" in meta:
        return []
    notes: list[str] = []
    with store.batch():
        for type in OBJECT_TYPES.values():
            for record in world.crm.get(type.name, ()):
                notes.extend(_link(store, associations, type, record))
        meta["linked"] = {}
    return notes


def table_name(type: ObjectType) -> str:
    """Where the records of a type are stored."""
    return f"hubspot.{type.name}"


def first_id(store: Store, type: ObjectType) -> int:
    """The first id that a record made here may have."""
    return max([OWN_IDS_FROM, *(int(id) + 1 for id in store.table(table_name(type)) if id.isdecimal())])


def _record(type: ObjectType, given: Document, now: str) -> Document:
    values = {name: as_text(value) for name, value in (given.get("properties") or {}).items()}
    created = given.get("createdAt") or values.get(type.created) or now
    updated = given.get("updatedAt") or values.get(type.modified) or created
    stamps = {type.created: created, type.modified: updated, "hs_object_id": given["id"]}
    properties = {**stamps, **{name: value for name, value in values.items() if value}}
    record = {"id": given["id"], "properties": properties, "createdAt": created, "updatedAt": updated}
    if given.get("archived"):
        return {**record, "archived": True, "archivedAt": given.get("archivedAt") or updated}
    return {**record, "archived": False}


def _owner(given: Document, now: str) -> Document:
    return {
        "email": None,
        "firstName": None,
        "lastName": None,
        "type": "PERSON",
        "userId": None,
        "createdAt": now,
        "updatedAt": now,
        "archived": False,
        **given,
    }


def _link(store: Store, associations: Associations, type: ObjectType, record: Document) -> Iterable[str]:
    for spelling, listed in (record.get("associations") or {}).items():
        target = object_type(spelling)
        if target is None or not association_types(type.name, target.name):
            yield f"{type.name} {record['id']}: associations with {spelling} are not modelled; left out"
            continue
        for entry in _entries(listed):
            other = str(entry.get("id"))
            if other not in store.table(table_name(target)):
                yield f"{type.name} {record['id']}: there is no {target.singular} {other}; association left out"
                continue
            named = NAMED.get(str(entry.get("type")))
            fits = named is not None and (named.source, named.target) == (type.name, target.name)
            plain = association_types(type.name, target.name)[0]
            associations.link(named if named is not None and fits else plain, record["id"], other)


def _entries(listed: Any) -> Sequence[Document]:
    found = listed.get("results") if isinstance(listed, dict) else listed
    return [entry for entry in found or [] if isinstance(entry, dict)]
