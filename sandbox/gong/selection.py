"""What is sent of a call: its metadata always, everything else only when the content selector exposes it.

What the recorded call holds beyond the parts that can be selected (new fields, nulls) is sent as it is.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.gong.asked import ContentSelector, ExposedFields
from sandbox.store import Document

SELECTED = frozenset({"context", "parties", "media", "content", "interaction", "collaboration"})
WIRE_NAMES = {"person_interaction_stats": "interactionStats"}
"""What a selected part is called in the answer, where that differs from how it is asked for."""


def selected(call: Document, selector: ContentSelector | None) -> Document:
    """The call as this selector asks for it."""
    wanted = selector or ContentSelector()
    exposed = wanted.exposed_fields or ExposedFields()
    shown = {name: value for name, value in call.items() if name not in SELECTED}
    if wanted.context in ("Basic", "Extended"):
        shown["context"] = _context(call.get("context"), wanted)
    if exposed.parties and "parties" in call:
        shown["parties"] = _parties(call["parties"], wanted)
    if exposed.media:
        shown["media"] = call.get("media")
    for name, part in (
        ("content", exposed.content),
        ("interaction", exposed.interaction),
        ("collaboration", exposed.collaboration),
    ):
        names = [] if part is None else [field for field, chosen in part if chosen]
        if names:
            shown[name] = _part(call.get(name), names)
    return shown


def _parties(parties: Any, wanted: ContentSelector) -> Any:
    """The parties, with their own CRM context only when context is asked for; Gong sends null at times."""
    if not isinstance(parties, list):
        return parties
    return [
        {**party, "context": _context(party.get("context"), wanted)} if isinstance(party, dict) else party
        for party in parties
    ]


def _context(context: Any, wanted: ContentSelector) -> Any:
    if wanted.context in (None, "None"):
        return []
    if not isinstance(context, list):
        return context
    return [{**system, "objects": _objects(system.get("objects"), wanted)} for system in context]


def _objects(objects: Any, wanted: ContentSelector) -> Any:
    if not isinstance(objects, list):
        return objects
    return [_object(item, wanted) for item in objects if _timely(item, wanted)]


def _object(item: Any, wanted: ContentSelector) -> Any:
    """A CRM object: its kind and id, and its fields when context is Extended."""
    if wanted.context == "Extended" or not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name != "fields"}


def _timely(item: Any, wanted: ContentSelector) -> bool:
    timing = item.get("timing") if isinstance(item, Mapping) else None
    return not wanted.context_timing or timing is None or timing in wanted.context_timing


def _part(whole: Any, names: list[str]) -> Document:
    """The chosen parts; what the call lacks is null. Occurrences of trackers are sent only when they are chosen."""
    part = whole if isinstance(whole, dict) else {}
    chosen = {wire: part.get(wire) for wire in (_wire_name(name) for name in names) if wire != "trackerOccurrences"}
    trackers = chosen.get("trackers")
    if isinstance(trackers, list) and "tracker_occurrences" not in names:
        chosen["trackers"] = [{**tracker, "occurrences": []} for tracker in trackers if isinstance(tracker, dict)]
    return chosen


def _wire_name(name: str) -> str:
    first, *rest = name.split("_")
    return WIRE_NAMES.get(name, first + "".join(word.title() for word in rest))
