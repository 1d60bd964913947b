"""Reads JSON files of a data folder and says which file and field is wrong."""

import json
import math
import re
from pathlib import Path
from typing import Any

from sandbox.store import Document

TYPES = {
    "contacts": "contacts?",
    "companies": "compan(?:y|ies)",
    "deals": "deals?",
    "notes": "notes?",
    "tasks": "tasks?",
    "calls": "calls?",
    "meetings": "meetings?",
    "owners": "owners?",
    "pipelines": "pipelines?",
    "account": "account(?:-info)?",
}
"""What may lie in hubspot/, and how its file or folder may be called."""


class WorldError(Exception):
    """A data folder is not in the form it must have; the message names the file and the field."""

    def __init__(self, source: Path | str, problem: str, field: str | None = None) -> None:
        super().__init__(f"{source}: {field}: {problem}" if field else f"{source}: {problem}")


def read_json(path: Path) -> Any:
    """The file's JSON value."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise WorldError(path, f"cannot be read as JSON: {error}") from error


def as_object(value: Any, source: Path | str, field: str) -> Document:
    """The value, when it is a JSON object."""
    if not isinstance(value, dict):
        raise WorldError(source, f"must be an object, not {_kind(value)}", field)
    return value


def as_items(value: Any, source: Path | str, field: str) -> list[Document]:
    """The objects of a list, of an object that holds the list under `field`, or the one object itself."""
    if isinstance(value, dict):
        value = value.get(field, [value])
    if not isinstance(value, list):
        raise WorldError(source, f"must be a list, not {_kind(value)}", field)
    return [as_object(item, source, f"[{number}]") for number, item in enumerate(value)]


def text_id(value: Any, source: Path | str, field: str) -> str:
    """An id as text; some tools write HubSpot's ids as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise WorldError(source, f"must be a non-empty id, not {_kind(value)}", field)
    return value


def check_record(type: str, record: Document, source: Path | str, at: str) -> None:
    """Refuses a record whose parts are not of the API's shape; `at` is the record's place in the file."""
    for field in ("properties", "associations"):
        if record.get(field) is not None:
            as_object(record[field], source, f"{at}.{field}")
    if type == "pipelines":
        _check_pipeline(record, source, at)


def check_number(value: Any, source: Path | str, field: str) -> None:
    """Refuses what is neither a number, nor one written as text, nor null."""
    try:
        is_finite = value is None or math.isfinite(float(value))
    except (TypeError, ValueError):
        is_finite = False
    if not is_finite:
        raise WorldError(source, f"must be a number or null, not {_kind(value)}", field)


def check_list(value: Any, source: Path | str, field: str) -> None:
    """Refuses what is neither a list nor null."""
    if not isinstance(value, list | None):
        raise WorldError(source, f"must be a list or null, not {_kind(value)}", field)


def crm_type(path: Path, folder: Path) -> str | None:
    """The type of the records in a file, told by its folder in hubspot/ or its own name; None when unknown."""
    name = path.relative_to(folder).parts[0].removesuffix(".json").lower()
    return next((type for type, form in TYPES.items() if re.fullmatch(rf"{form}(?:[-_. ].*)?", name)), None)


def _check_pipeline(pipeline: Document, source: Path | str, at: str) -> None:
    check_number(pipeline.get("displayOrder"), source, f"{at}.displayOrder")
    check_list(pipeline.get("stages"), source, f"{at}.stages")
    for number, value in enumerate(pipeline.get("stages") or []):
        place = f"{at}.stages[{number}]"
        stage = as_object(value, source, place)
        text_id(stage.get("id"), source, f"{place}.id")
        metadata = as_object({} if stage.get("metadata") is None else stage["metadata"], source, f"{place}.metadata")
        check_number(metadata.get("probability"), source, f"{place}.metadata.probability")


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
