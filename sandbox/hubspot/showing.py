"""Records as HubSpot's answers show them."""

from collections.abc import Sequence

from sandbox.hubspot.history import HISTORY, versions
from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.portal import Portal
from sandbox.store import Document


def shown(portal: Portal, type: ObjectType, document: Document, properties: Sequence[str] = ()) -> Document:
    """A record with the properties asked for (null where empty), or the usual few when none were.

    Names that are no property of the type are left out without a word, as HubSpot does.
    """
    known = [name for name in properties or type.shown if portal.properties.find(type, name)]
    held = document["properties"]
    names = sorted({*known, *type.always})
    return {**_outside(document), "properties": {name: held.get(name) for name in names}}


def with_history(
    portal: Portal, type: ObjectType, document: Document, record: Document, names: Sequence[str]
) -> Document:
    """The shown record with all values its properties of these names had; the field is left out when none is asked."""
    known = [name for name in dict.fromkeys(names) if portal.properties.find(type, name)]
    return {**record, "propertiesWithHistory": {name: versions(document, name) for name in known}} if names else record


def written(document: Document) -> Document:
    """A record as a write answers with it: every property that has a value."""
    return {**_outside(document), "properties": dict(sorted(document["properties"].items()))}


def with_associations(
    portal: Portal, type: ObjectType, document: Document, record: Document, targets: Sequence[ObjectType]
) -> Document:
    """The shown record with its links to the types named; the field is left out when there are none."""
    found: Document = {}
    for target in targets:
        entries = [
            {"id": link.target, "type": kind.name}
            for link in portal.links(type, document["id"], target)
            for kind in link.types
        ]
        if entries:
            found[target.name] = {"results": entries}
    return {**record, "associations": found} if found else record


def _outside(document: Document) -> Document:
    """What stands beside the properties."""
    return {name: value for name, value in document.items() if name not in ("properties", HISTORY)}
