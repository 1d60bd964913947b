"""The least value that holds to a JSON Schema: what a server whose answers nobody scripted says."""

from typing import Any

EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "null": None}


def fitting(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """A value of this schema, with as little in it as it allows; `root` is where its references point to."""
    root = schema if root is None else root
    if "$ref" in schema:
        return fitting(_referred(schema["$ref"], root), root)
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return fitting(schema[choice][0], root)
    return _of_type(schema, root)


def _of_type(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    named = schema.get("type", "object")
    kind = named[0] if isinstance(named, list) else named
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: fitting(properties.get(name, {}), root) for name in schema.get("required", ())}
    if kind == "array":
        return [fitting(schema.get("items", {}), root)] * schema.get("minItems", 0)
    if kind == "string":
        return "x" * schema.get("minLength", 0)
    return schema.get("minimum", EMPTY[kind])


def _referred(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
