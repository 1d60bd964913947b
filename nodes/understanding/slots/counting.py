"""Figures, orders and numbers of answers: "how many", "total value", "top 5", "biggest first"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from core.query import Aggregate, Function, QueryObject, Sort
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.slots.amounts import NUMBERS
from nodes.understanding.slots.day_rules import any_of
from nodes.understanding.slots.grouping import BY_FIELD, LITTLE, MOST, group_in
from nodes.understanding.slots.part import Part, Text, pattern

MOST_WANTED: Final = 1000
"""Of what is asked for by number: a table has no more, and nobody reads as many."""

DATE: Final[Mapping[QueryObject, str]] = {
    "deals": "closedate", "tasks": "hs_timestamp", "calls": "started", "notes": "hs_timestamp",
    "contacts": "createdate", "companies": "createdate",
}  # fmt: skip
"""The date that an object is ordered by where nothing else is said."""

SIZE: Final[Mapping[QueryObject, str]] = {
    "deals": "amount", "companies": "numberofunits", "calls": "duration", "tasks": "hs_timestamp",
    "contacts": "createdate", "notes": "hs_timestamp",
}  # fmt: skip

_N: Final = (
    rf"(?P<n>\d{{1,3}}|{any_of(word for word, value in NUMBERS.items() if value == int(value) and ' ' not in word)})"
)
_HOW_MANY: Final = pattern(
    r"how many|no\.? of|# of|num of|(?:the )?(?:total )?(?<!phone )(?<!by )(?<!by the )number(?= of)|"
    r"count(?: the)?|how often"
)
_HOW_MUCH: Final = pattern(
    r"how much(?: money| revenue)?|sum(?:med)?(?: up)?|add(?:ed)? up|(?:the |its |their )(?:value|worth)|"
    r"(?:value|worth)(?= of)|"
    r"(?:the )?(?:total|sum|combined|overall|aggregate)(?: (?:value|amount|worth|size|sum|revenue|arr))?|"
    r"worth(?=\W*$)"
)
_AVERAGE: Final = pattern(
    r"(?:the )?(?:average|avg|mean|typical)(?: (?:deal |call |contract |opportunity )?(?:size|value|amount|length|"
    r"duration))?(?: of)?"
)
_SORTED: Final = re.compile(
    r"(?:sorted|sort|ordered|order|ranked|rank|arranged)(?: them| it)? (?:by|on) (?:the )?(?P<field>[a-z][a-z -]*?)"
    r"(?P<way> (?:descending|desc|ascending|asc|(?:biggest|largest|highest|newest|latest|smallest|lowest|oldest|"
    r"earliest) first))?(?=$|[?.!,]|"
    r" (?:and|for|in|of|this|with|from)\b)"
)
_FIRST: Final = pattern(
    r"(?P<word>biggest|largest|highest|smallest|lowest|newest|latest|oldest|earliest|soonest|"
    r"most recent) (?:ones )?first"
)
_BIG: Final = r"biggest|largest|highest(?:[ -]value)?|most valuable|most expensive|top|best|longest|greatest|priciest"
_SMALL: Final = r"smallest|lowest(?:[ -]value)?|least valuable|cheapest|shortest|bottom"
_LATE: Final = r"latest|newest|most recent|last|previous|recent|freshest"
_EARLY: Final = r"oldest|earliest|first"
_AGES: Final = ("oldest", "newest", "latest", "most recent", "recent", "freshest")
"""Words for how long ago a deal was made; the others are about when it closes."""
_NEXT: Final = r"next|nxt|upcoming|soonest"
_RANKED: Final = re.compile(
    rf"(?<![\w-])(?:{_N} )?(?P<word>{_BIG}|{_SMALL}|{_LATE}|{_EARLY}|"
    rf"{_NEXT})(?: {_N.replace('?P<n>', '?P<m>')})?(?![\w-])"
    r"(?! (?:name|names|step|steps|time|year|month|week|quarter|days?|weeks|months|first|activity|priority|up)\b)"
)
_LATELY: Final = pattern(r"(?:most )?recently (?P<did>updated|modified|changed|created|added)")
_LIMIT: Final = pattern(
    rf"(?:show|list|give|get|find|just|only)(?: me| us)?(?: only| just)? {_N}(?= )|"
    rf"limit(?:ed)?(?: to)? (?P<m>\d+)|(?:any|only|just) (?P<k>\d+|three|five|ten)(?= )"
)


@dataclass(frozen=True)
class Counting:
    """What was read of figures and order."""

    aggregate: Aggregate | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    parts: tuple[Part, ...] = ()
    is_next: bool = False
    """Whether what comes next is asked for: only what lies ahead and is not done yet."""


def counting_in(text: Text, object: QueryObject, lexicon: Lexicon, finding: bool = False) -> Counting:
    """The figure, order and number of records that are asked for; `finding` is whether findings are counted."""
    group, group_part = group_in(text, object, lexicon)
    function, how_part = _function(text)
    if function is None and _is_of_money(text, object):
        function = "sum"
    parts = [part for part in (group_part, how_part) if part]
    rest = text.without(parts)
    if function == "count" or function is None:
        field = "finding" if finding and object == "calls" and not _COUNTS_CALLS.search(text.plain) else None
    else:
        field = SIZE[object]
    best = next(rest.free(_BEST), None)
    if best is not None and function is None:
        return _best_of(best, text, object, tuple(parts))
    most = next(rest.free(MOST), None)
    if most and group is None and _WHO.search(text.plain):
        group = "owner"
    if group and function is None and (most or group_part is None or _is_breakdown(text, group_part)):
        function = "sum" if _SAYS_VALUE.search(text.plain) else "count"
        field = SIZE[object] if function == "sum" else field
    aggregate = Aggregate(fn=function, field=field, by=group) if function else None
    if aggregate and most and group:
        descending = (most["word"] or most["size"]) not in LITTLE
        by_figure = Sort(field=aggregate.fn, descending=descending)
        return Counting(
            aggregate, (by_figure,), 1 if _IS_ONE.search(text.plain) else None, (*parts, Part(*most.span()))
        )
    order, limit, more = _order(rest, object, lexicon)
    if aggregate is not None and not order:
        return Counting(aggregate, (), None, (*parts, *more))
    is_next = any(_IS_NEXT.search(text.plain[part.start : part.end]) for part in more)
    return Counting(aggregate, order, limit, (*parts, *more), is_next)


_BEST: Final = re.compile(
    rf"(?<![\w-])(?P<word>top|best|worst|bottom) (?:{_N} )?(?P<noun>(?:sales ?)?reps?|owners?|sellers?|sales ?people)"
    r"(?: by)?(?: (?:the )?(?:number|count|amount|value|revenue)(?: of)?)?(?![\w-])"
)
_LAST_TIME: Final = re.compile(
    r"\bwhen\b.{0,30}\blast\b|\blast time\b|\blast (?:spoke|talked|met|called|contacted|discussed|speak|talk|meet)\b"
)
_ONE_OF_THEM: Final = re.compile(
    r"(?: [\w-]+){0,3}? (?:deal|call|task|note|contact|company|account|meeting|conversation|customer|"
    r"opportunity|lead|"
    r"one|renewal|convo|chat|quote|reminder|follow-up|recording|to-do|todo|client)\b"
)
_IS_NEXT: Final = re.compile(rf"\b(?:{_NEXT})\b(?! first)")


def _best_of(best: re.Match[str], text: Text, object: QueryObject, parts: tuple[Part, ...]) -> Counting:
    """The best of those who own records: by what these are worth together, or by how many there are."""
    function: Function = "sum" if _SAYS_VALUE.search(text.plain) and object == "deals" else "count"
    figure = Aggregate(fn=function, field=SIZE[object] if function == "sum" else None, by="owner")
    order = Sort(field=function, descending=best["word"] in ("top", "best"))
    limit = _number(best["n"]) or (None if best["noun"].endswith(("s", "people")) else 1)
    return Counting(figure, (order,), limit, (*parts, Part(*best.span(), joined=False)))


_SAYS_VALUE: Final = re.compile(r"\b(?:value|revenue|amount|worth|money|sales volume|pipeline|forecast|arr)\b")
_WHO: Final = re.compile(r"\bwho(?:'?s)?\b")
_COUNTS_CALLS: Final = re.compile(
    r"\b(?:how many|number of|count(?: of)?(?: the)?|most|fewest) (?:[\w-]+ ){0,2}?(?:calls|meetings|conversations|"
    r"demos|talks)\b"
)
_REVENUE: Final = re.compile(
    r"^(?:(?:what(?:'s| is| was| were)|show|give) (?:me )?)?(?:the |our |my |total )*revenue\b"
)
_FORECAST: Final = re.compile(r"\bforecast(?:ed|s)?\b")
_IS_ONE: Final = re.compile(
    r"\b(?:which|what) (?![\w-]*s\b)[\w-]+|\bwho(?:'?s)?\b|^(?:the )?(?:rep|owner|person|seller|stage|month|"
    r"company|account|"
    r"customer|week|quarter) (?:with|that|who)\b"
)


def _function(text: Text) -> tuple[Function | None, Part | None]:
    functions: tuple[tuple[Function, re.Pattern[str]], ...] = (
        ("count", _HOW_MANY), ("avg", _AVERAGE), ("sum", _HOW_MUCH),
    )  # fmt: skip
    for function, words in functions:
        match = next(text.free(words), None)
        if match is not None:
            return function, Part(*match.span(), joined=False)
    return None, None


def _is_of_money(text: Text, object: QueryObject) -> bool:
    """Whether what deals are worth is asked for without a word for adding up."""
    said = (*_FORECAST.finditer(text.plain), *text.free(_REVENUE))
    return object == "deals" and bool(said)


def _is_breakdown(text: Text, part: Part | None) -> bool:
    return part is not None and not text.plain[part.start : part.end].startswith(("which", "what"))


def _order(text: Text, object: QueryObject, lexicon: Lexicon) -> tuple[tuple[Sort, ...], int | None, tuple[Part, ...]]:
    sorted_by = next(chain(text.free(_SORTED), text.free(BY_FIELD)), None)
    first = next(text.free(_FIRST), None)
    ranked = next(text.free(_RANKED), None)
    limited = next(text.free(_LIMIT), None)
    lately = next(text.free(_LATELY), None)
    read = (sorted_by, first or ranked or lately, limited)
    parts = tuple(Part(*match.span(), joined=False) for match in read if match)
    limit = _number(next((value for value in limited.groups() if value), None)) if limited else None
    if sorted_by is not None:
        field = _sort_field(sorted_by["field"], object, lexicon)
        number = _number(ranked["n"] or ranked["m"]) if ranked else None
        descending = _is_descending(sorted_by, field, ranked["word"] if ranked else None)
        return (Sort(field=field, descending=descending),), number or limit, parts
    if first is not None:
        return (_by_word(first["word"], object),), limit, parts
    last_time = _LAST_TIME.search(text.plain)
    if last_time is not None and (ranked is None or ranked["word"] == "last"):
        return (_by_word("last", object),), 1, (*parts, Part(*last_time.span(), joined=False))
    if ranked is None and lately is not None:
        return (Sort(field=_sort_field(lately["did"], object, lexicon), descending=True),), limit, parts
    if ranked is None:
        return (), limit, parts
    number = _number(ranked["n"] or ranked["m"])
    singular = number is None and _is_singular(text, ranked)
    return (_by_word(ranked["word"], object),), number or (1 if singular else limit), parts


def _by_word(word: str, object: QueryObject) -> Sort:
    if re.fullmatch(_BIG, word):
        return Sort(field=SIZE[object], descending=True)
    if re.fullmatch(_SMALL, word):
        return Sort(field=SIZE[object])
    by_age = object == "deals" and word in _AGES
    return Sort(field="createdate" if by_age else DATE[object], descending=re.fullmatch(_LATE, word) is not None)


def _is_singular(text: Text, ranked: re.Match[str]) -> bool:
    """Whether the noun behind is of one thing: the last call, the biggest deal."""
    return _ONE_OF_THEM.match(text.after(ranked.end())) is not None


def _sort_field(said: str, object: QueryObject, lexicon: Lexicon) -> str:
    words = said.strip()
    if re.search(r"amount|value|size|worth|price|units", words):
        return SIZE[object] if "units" not in words else "numberofunits"
    if re.search(r"creat|age|added", words):
        return "createdate" if object in ("deals", "contacts", "companies") else DATE[object]
    if re.search(r"updat|modif|activity|chang", words):
        return "hs_lastmodifieddate"
    if "stage" in words:
        return "dealstage"
    if "priority" in words:
        return "hs_task_priority" if object == "tasks" else "hs_priority"
    specs = lexicon.fields.get(object, {}) if object != "calls" else {}
    named = (spec.name for spec in specs.values() if spec.label.lower() == words)
    return next(named, DATE[object] if re.search(r"date|close|closing|due|time|recent|when", words) else words)


def _is_descending(match: re.Match[str], field: str, word: str | None) -> bool:
    if word is not None and not (match["way"] or "").strip():
        return re.fullmatch(f"{_BIG}|{_LATE}", word) is not None
    way = (match["way"] or "").strip()
    if way:
        return way.startswith(("desc", "biggest", "largest", "highest", "newest", "latest"))
    return field in ("amount", "numberofunits", "duration", "createdate", "hs_lastmodifieddate", "started")


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    return min(int(word[:6]), MOST_WANTED) if word.isdecimal() else int(NUMBERS[word])
