"""A JSON Schema with every reference replaced by what it points to: servers differ in which references they follow."""

from collections.abc import Mapping
from typing import Any, Final

from core.errors import ConfigurationError

DEEPEST: Final = 24
"""Schemas inside one another; deeper is one that holds itself."""

DEFINITIONS: Final = ("$defs", "definitions")


def inlined(schema: Mapping[str, Any], of: str) -> dict[str, Any]:
    """The schema without references; `of` names it in the ConfigurationError for one that cannot be written so."""
    written = _written(schema, schema, of, 0)
    return {key: value for key, value in written.items() if key not in DEFINITIONS}


def _written(part: Any, root: Mapping[str, Any], of: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise ConfigurationError(f"{of} holds itself", next_step="Describe its arguments to a fixed depth.")
    if isinstance(part, list):
        return [_written(item, root, of, depth) for item in part]
    if not isinstance(part, Mapping):
        return part
    beside = {key: value for key, value in part.items() if key not in ("$ref", *DEFINITIONS)}
    if "$ref" in part:
        beside = {**_referred(part["$ref"], root, of), **beside}
        return _written(beside, root, of, depth + 1)
    return {key: _written(value, root, of, depth + 1) for key, value in beside.items()}


def _referred(reference: str, root: Mapping[str, Any], of: str) -> Mapping[str, Any]:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"{of} refers to {reference}, which is not there")
    return found
