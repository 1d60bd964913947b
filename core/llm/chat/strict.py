"""A tool's arguments as a strict JSON Schema, and what a model wrote under it as the tool wants it.

Strict means that every property is written and no other: what is optional may be null, which a small model finds
easier than to leave a property out, and null is what it then writes instead of inventing a value. Only what llama.cpp
and vLLM both hold to while they write is sent; the rest of the tool's own schema is checked by code afterwards.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.errors import ConfigurationError

KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": (),  # llama.cpp writes any number
    "boolean": (),
    "null": (),
}
"""What is sent of each plain kind of value."""

FORMATS: Final = ("date", "time", "date-time", "uuid")
NULL: Final = {"type": "null"}


def strict(schema: Mapping[str, Any], of: str) -> dict[str, Any]:
    """The strict form of an inlined schema; raises ConfigurationError for a kind of value that has none."""
    made = _made(schema, of)
    about = schema.get("description")
    return made | {"description": about} if about else made


def restored(value: Any, schema: Mapping[str, Any]) -> Any:
    """What was written under the strict form of an inlined schema, without the nulls that mean "not given"."""
    if branches := _branches(schema):
        return _restored_branch(value, branches)
    if isinstance(value, dict):
        properties, needed = schema.get("properties", {}), schema.get("required", ())
        given = {name: inner for name, inner in value.items() if inner is not None or name in needed}
        return {name: restored(inner, properties.get(name, {})) for name, inner in given.items()}
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [restored(item, schema["items"]) for item in value]
    return value


def written(value: Any, schema: Mapping[str, Any]) -> Any:
    """Arguments as a model writes them under the strict form: all properties in their order, null where not given."""
    for branch in _branches(schema):
        told = written(value, branch)
        if fits(told, strict(branch, "it")):
            return told
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [written(item, schema["items"]) for item in value]
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    known = {name: written(value.get(name), inner) for name, inner in schema["properties"].items()}
    return known | {name: inner for name, inner in value.items() if name not in known}


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value holds to a schema."""
    from jsonschema import Draft202012Validator  # only where a model is in use

    return Draft202012Validator(schema).is_valid(value)


def _restored_branch(value: Any, branches: Sequence[Mapping[str, Any]]) -> Any:
    for branch in branches:
        if fits(value, strict(branch, "it")):
            return restored(value, branch)  # as it was written
    for branch in branches:
        told = restored(value, branch)
        if fits(told, branch):
            return told  # by a server that is not held to the strict form
    return value


def _made(schema: Mapping[str, Any], of: str) -> dict[str, Any]:
    if "const" in schema:
        return {"enum": [schema["const"]]}
    if "enum" in schema:
        return {"enum": list(schema["enum"])}
    if branches := _branches(schema):
        return {"anyOf": [strict(branch, of) for branch in branches]}
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, of)
    if kind == "array" and isinstance(schema.get("items"), Mapping):
        bounds = {key: schema[key] for key in ("minItems", "maxItems") if key in schema}
        return {"type": "array", "items": strict(schema["items"], of), **bounds}
    if kind in KEPT:
        return _plain(str(kind), schema)
    raise _has_no_strict_form(of)


def _branches(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schemas of which one must hold; none when it is a plain one."""
    beside = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf", "description")}
    if isinstance(schema.get("type"), list):
        return [beside | {"type": kind} for kind in schema["type"]]
    if len(schema.get("allOf", ())) == 1:
        return [{**schema["allOf"][0]}]
    return [{**branch} for branch in schema.get("anyOf", schema.get("oneOf", ()))]


def _object(schema: Mapping[str, Any], of: str) -> dict[str, Any]:
    properties = schema.get("properties", {})
    if schema.get("additionalProperties"):
        raise _has_no_strict_form(of)
    needed = schema.get("required", ())
    made = {name: strict(inner, of) for name, inner in properties.items()}
    return {
        "type": "object",
        "properties": {name: inner if name in needed else _or_null(inner) for name, inner in made.items()},
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in KEPT[kind] if key in schema}
    if kind == "string" and schema.get("format") in FORMATS:
        kept = {"format": schema["format"]}
    return {"type": kind, **kept}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    about = {"description": schema["description"]} if "description" in schema else {}
    plain = {key: value for key, value in schema.items() if key != "description"}
    branches = plain.get("anyOf", [plain])
    return {"anyOf": branches if NULL in branches else [*branches, NULL], **about}


def _has_no_strict_form(of: str) -> ConfigurationError:
    return ConfigurationError(
        f"{of} takes what no strict schema can say: any value, any name of a property, or a list of mixed kinds",
        next_step="Name each argument and give it one kind of value.",
    )
