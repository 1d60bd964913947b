"""What becomes of two records' properties when one is merged into the other."""

from collections.abc import Mapping

from sandbox.hubspot.object_types import ObjectType
from sandbox.store import Document

MERGEABLE = frozenset({"contacts", "companies", "deals"})
MERGED_IDS = "hs_merged_object_ids"
OTHER_EMAILS = "hs_additional_emails"


def merged_values(type: ObjectType, primary: Document, other: Document) -> dict[str, str]:
    """The values that the primary record takes over: those of properties where it has none itself."""
    held, given = primary["properties"], other["properties"]
    kept = {*type.always, MERGED_IDS}
    values = {name: value for name, value in given.items() if not held.get(name) and name not in kept}
    if type.name == "contacts" and "email" not in values and given.get("email"):
        emails = [*_listed(held, OTHER_EMAILS), given["email"], *_listed(given, OTHER_EMAILS)]
        values[OTHER_EMAILS] = ";".join(dict.fromkeys(emails))
    return values


def merged_before(*documents: Document) -> list[str]:
    """The ids that went into these records earlier."""
    return [id for document in documents for id in _listed(document["properties"], MERGED_IDS)]


def _listed(properties: Mapping[str, str | None], name: str) -> list[str]:
    return [part for part in (properties.get(name) or "").split(";") if part]
