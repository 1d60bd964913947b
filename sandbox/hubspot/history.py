"""The values that a property of a record had, as HubSpot tells them: the newest first.

What a record was made with is told from the record itself; only what was changed since is written down.
"""

from collections.abc import Mapping

from sandbox.store import Document

HISTORY = "history"
"""The field of a stored record that holds its changes, by property; no answer shows it as it is."""


def changed(document: Document, different: Mapping[str, str], now: str, source: str) -> Document:
    """The changes of a record with those that are made now."""
    held: Document = document.get(HISTORY) or {}
    new = {name: [_version(value, now, source), *versions(document, name)] for name, value in different.items()}
    return {**held, **new}


def versions(document: Document, name: str) -> list[Document]:
    """Every value that the property had, the newest first; of one that never had any, none."""
    held: list[Document] | None = (document.get(HISTORY) or {}).get(name)
    if held is not None:
        return held
    value = document["properties"].get(name)
    return [_version(value, document["createdAt"], "IMPORT")] if value else []


def _version(value: str, at: str, source: str) -> Document:
    return {"value": value, "timestamp": at, "sourceType": source}
