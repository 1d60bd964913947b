"""HubSpot's ids for the kinds of association that Sophia makes when it makes a note or a task."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.hubspot.port import NewRecord, ObjectType

TYPE_IDS: Mapping[ObjectType, Mapping[ObjectType, int]] = {
    "notes": {"contacts": 202, "companies": 190, "deals": 214},
    "tasks": {"contacts": 204, "companies": 192, "deals": 216},
}
"""From -> to -> id, all of category HUBSPOT_DEFINED: the same in every portal."""


def inline_associations(type: ObjectType, new: NewRecord) -> Sequence[Mapping[str, Any]]:
    """The `associations` of a create request; raises KeyError for a pair that Sophia never associates."""
    return [
        {
            "to": {"id": id},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TYPE_IDS[type][to]}],
        }
        for to, id in new.associations
    ]
