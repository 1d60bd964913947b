"""By what a figure is told apart: "by owner", "per stage", "which month has the most", "this quarter vs last"."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from core.query import QueryObject
from nodes.call_analysis.extractive.day_forms import MONTH_NAMES
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.slots.day_rules import any_of
from nodes.understanding.slots.options import LABELS
from nodes.understanding.slots.part import Part, Text, pattern

GROUPS: Final[Mapping[str, str]] = {
    "owner": (
        r"owners?|reps?|(?:sales)?persons?|people|sellers?|salespeople|account executives?|aes?|members?|"
        r"colleagues?|hosts?"
    ),
    "stage": r"(?:deal )?stages?|status", "month": r"(?:close |closing )?months?",
    "week": r"weeks?", "quarter": r"quarters?", "year": r"years?",
    "company": r"compan(?:y|ies)|accounts?|customers?|clients?",
}  # fmt: skip
RHYTHMS: Final = {
    "month": "monthly|month by month",
    "week": "weekly|week by week",
    "quarter": "quarterly|quarter by quarter",
    "year": "yearly|annually|year by year|year on year",
}
MOST: Final = pattern(
    r"(?:the )?(?P<word>most|fewest|least)(?= \w)|(?:the )?(?P<size>[a-z]+est|worst)(?= (?:total |combined |"
    r"overall |open |won |sales |average )*(?:pipeline|pipe|value|"
    r"revenue|amount|sales|volume|total|forecast|number|count)\b)"
)
LITTLE: Final = frozenset(
    {"fewest", "least", "smallest", "lowest", "weakest", "worst", "thinnest", "poorest", "lightest", "slimmest"}
)
BY_FIELD: Final = pattern(
    r"by (?:the )?(?P<field>amount|value|size|deal size|(?:close |closing |due |creation )?date|"
    r"(?:number of )?units?|"
    r"length|"
    r"duration|age)(?P<way> (?:descending|desc|ascending|asc))?"
)
"""A figure or day after "by" is no group but an order."""
_VERSUS: Final = re.compile(r"\b(?:vs|versus|compared (?:to|with)|against)\b")
_PERIOD: Final = re.compile(
    rf"\b(?:(?P<month>months?|{any_of(MONTH_NAMES)})|(?P<quarter>quarters?|q[1-4])|(?P<week>weeks?)|"
    r"(?P<year>years?|20\d\d))\b"
)
_PER: Final = (
    r"(?:by|per|for each|for every|each|every|grouped by|broken down by|split by|breakdown by|across|which|what)"
)


def group_in(text: Text, object: QueryObject, lexicon: Lexicon) -> tuple[str | None, Part | None]:
    for by, words in RHYTHMS.items():
        match = next(text.free(pattern(words)), None)
        if match is not None:
            return by, Part(*match.span(), joined=False)
    for by, words in (*GROUPS.items(), *_fields(text, object, lexicon)):
        match = next(text.free(pattern(rf"{_PER} (?:the |their |our |different )?(?:{words})")), None)
        if match is not None and not _is_no_group(match, text) and not BY_FIELD.match(text.plain, match.start()):
            return by, Part(*match.span(), joined=False)
        held = next(text.free(pattern(rf"(?:the )?(?:{words}) (?:with|who (?:has|have)|that (?:has|have))")), None)
        if held is not None and MOST.match(text.plain, held.end() + 1):
            return by, Part(*held.span(), joined=False)
    return _compared(text), None


def _compared(text: Text) -> str | None:
    """By which periods two of them are set against each other."""
    if _VERSUS.search(text.plain) is None:
        return None
    said = [match.lastgroup for match in _PERIOD.finditer(text.plain)]
    return said[-1] if len(said) > 1 else None


def _is_no_group(match: re.Match[str], text: Text) -> bool:
    """Whether "which company" or "by owner" asks for records, or for an order, not for groups."""
    if re.search(r"(?:sort|sorted|order|ordered|rank|ranked) $", text.before(match.start())):
        return True
    return match[0].startswith(("which", "what", "across")) and not MOST.search(text.plain)


def _fields(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Fields of choice that one may group by, by their labels."""
    for spec in (lexicon.fields.get(object, {}) if object != "calls" else {}).values():
        if spec.options and spec.name in LABELS:
            yield spec.name, rf"(?:{LABELS[spec.name]})s?"
        elif spec.options and len(spec.label) > 3 and spec.label.lower() in text.plain:
            yield spec.name, re.escape(spec.label.lower()) + "s?"
    if object == "tasks":
        yield "hs_task_priority", "priority"
    if object == "calls":
        yield from (("sentiment", "sentiments?"), ("finding", "(?:kind|type)s?(?: of finding)?"))
    if object == "deals":
        yield from (("pipeline", "pipelines?"), ("closed_lost_reason", "(?:(?:closed )?lost |loss )?reasons?"))
