"""Holds what a client sends to JSON schemas of Slack's own types, when a folder with them is given.

The folder has `requests/<method>.schema.json` (draft 7). It is a development matter: nothing of it is in this tree.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

PROBLEMS_SHOWN = 5


class RequestSchemas:
    """The schemas of a folder, each read when its method is first called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[str, Draft7Validator | None] = {}

    def problems(self, method: str, values: Mapping[str, Any]) -> list[str]:
        """What is wrong with these arguments; empty when they are good or the folder does not know the method."""
        validator = self._validator(method)
        if validator is None:
            return []
        types = _types(validator.schema)
        arguments = {name: _typed(value, types.get(name)) for name, value in values.items()}
        return [_said(error) for error in validator.iter_errors(arguments)][:PROBLEMS_SHOWN]

    def _validator(self, method: str) -> "Draft7Validator | None":
        if method not in self._validators:
            self._validators[method] = self._read(method)
        return self._validators[method]

    def _read(self, method: str) -> "Draft7Validator | None":
        from jsonschema import Draft7Validator

        known = {path.name: path for path in (self._folder / "requests").glob("*.schema.json")}
        path = known.get(f"{method}.schema.json")
        return None if path is None else Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def _types(schema: Any) -> dict[str, str]:
    """The plain types of the arguments that any variant of the method names."""
    return {
        name: definition["type"]
        for part in _objects(schema)
        for name, definition in part.get("properties", {}).items()
        if isinstance(definition, dict) and isinstance(definition.get("type"), str)
    }


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema of the arguments itself and its variants, references followed."""
    left, seen = [schema], set[int]()
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        left.extend(part.get("anyOf", []))
        if "$ref" in part:
            left.append(schema["definitions"].get(part["$ref"].removeprefix("#/definitions/"), {}))


def _typed(value: Any, type: str | None) -> Any:
    """An argument of a query or form, where all is text, as what its type says it is."""
    if not isinstance(value, str) or type in (None, "string"):
        return value
    if type == "boolean":
        return {"1": True, "true": True, "0": False, "false": False}.get(value, value)
    try:
        return json.loads(value)
    except ValueError:
        return value


def _said(error: Any) -> str:
    """The error at the deepest place where a variant failed: that of the outermost says only that none fits."""
    from jsonschema.exceptions import best_match

    inner = best_match([error])
    return f"{inner.json_path}: {inner.message[:300]}"
