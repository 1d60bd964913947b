"""What a model answers: the JSON Schemas it is held to, and the reading of what came.

A model can pick numbers and values of fixed lists and write short texts, nothing else. The schemas are the same for
every call, so that a server compiles them once. A server may ignore a schema, so all is parsed again: an element that
does not fit is left out and counted, the rest stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from core.analysis import Direction, Frozen, Kind, MeddpiccField, SentimentLabel

MOST_SENTENCES = 6
"""Sentences that one finding may rest on."""
NONE = "none"


class Ruling(Frozen):
    """What the model says of a candidate of its window, by the candidate's number."""

    candidate: int
    verdict: Literal["confirm", "reject"]


class FoundItem(Frozen):
    """A finding as the model gives it; the numbers are those of its window and of its people."""

    kind: Kind
    sentences: tuple[int, ...]
    text: str
    severity: Literal["none", "low", "medium", "high"]
    owner: int
    withdrawn_by: int


class FoundField(Frozen):
    """A MEDDPICC field as the model gives it."""

    field: MeddpiccField
    sentences: tuple[int, ...]
    text: str


class Told(Frozen):
    """A sentence of a summary, with the numbers it rests on."""

    text: str
    sentences: tuple[int, ...]


class Felt(Frozen):
    """A sentiment with the numbers that show it."""

    label: SentimentLabel
    sentences: tuple[int, ...]


class Moved(Frozen):
    """A stage direction with the numbers that show it."""

    direction: Direction
    sentences: tuple[int, ...]


@dataclass(frozen=True)
class Outline:
    """What a part or a whole call comes to; None is what did not fit the form, `malformed` how many."""

    summary: tuple[Told, ...]
    sentiment: Felt | None
    direction: Moved | None
    malformed: int


@dataclass(frozen=True)
class Judgement:
    """A window's whole answer."""

    orders: tuple[int, ...]
    rulings: tuple[Ruling, ...]
    findings: tuple[FoundItem, ...]
    qualification: tuple[FoundField, ...]
    outline: Outline
    malformed: int


Element = TypeVar("Element", bound=Frozen)


def read_judgement(value: Mapping[str, Any]) -> Judgement:
    """A window's answer from its parsed JSON."""
    orders = [number for number in _list(value.get("orders")) if isinstance(number, int)]
    rulings, first = _elements(Ruling, value.get("rulings"))
    findings, second = _elements(FoundItem, value.get("findings"))
    fields, third = _elements(FoundField, value.get("qualification"))
    return Judgement(tuple(orders), rulings, findings, fields, read_outline(value), first + second + third)


def read_outline(value: Mapping[str, Any]) -> Outline:
    """Summary, sentiment and direction from parsed JSON."""
    summary, malformed = _elements(Told, value.get("summary"))
    sentiment, direction = _element(Felt, value.get("sentiment")), _element(Moved, value.get("direction"))
    return Outline(summary, sentiment, direction, malformed + (sentiment is None) + (direction is None))


def _elements(model: type[Element], value: object) -> tuple[tuple[Element, ...], int]:
    read = [_element(model, element) for element in _list(value)]
    fit = tuple(element for element in read if element is not None)
    return fit, len(read) - len(fit)


def _element(model: type[Element], value: object) -> Element | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _numbers(most: int = MOST_SENTENCES) -> dict[str, Any]:
    return _array({"type": "integer"}, most)


def _array(items: dict[str, Any], most: int) -> dict[str, Any]:
    """A bounded list: a small model that repeats itself must come to an end."""
    return {"type": "array", "items": items, "maxItems": most}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_OUTLINE: dict[str, dict[str, Any]] = {
    "summary": _array(_object(text=_TEXT, sentences=_numbers()), 5),
    "sentiment": _object(label=_one_of("positive", "neutral", "mixed", "negative", "unknown"), sentences=_numbers()),
    "direction": _object(
        direction=_one_of("advance", "hold", "regress", "won", "lost", "unknown"), sentences=_numbers()
    ),
}
SUMMARY_SCHEMA = _object(**_OUTLINE)
WINDOW_SCHEMA = _object(
    orders=_numbers(10),
    rulings=_array(_object(candidate=_NUMBER, verdict=_one_of("confirm", "reject")), 60),
    findings=_array(
        _object(
            kind=_one_of(*Kind),
            sentences=_numbers(),
            text=_TEXT,
            severity=_one_of(NONE, "low", "medium", "high"),
            owner=_NUMBER,
            withdrawn_by=_NUMBER,
        ),
        40,
    ),
    qualification=_array(_object(field=_one_of(*MeddpiccField), sentences=_numbers(), text=_TEXT), 12),
    **_OUTLINE,
)
