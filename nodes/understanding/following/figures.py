"""Figures and bounds of the last list: "how many is that?", "and in total?", "make it 10"."""

import re
from typing import Final

from core.query import OWNER, Aggregate, Function, Query, QueryObject
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.merging import DATE_FIELDS, RECORD_FIELDS, is_lookup, without_field
from nodes.understanding.lexicon import Mention
from nodes.understanding.shape import Request
from nodes.understanding.slots.amounts import NUMBERS
from nodes.understanding.slots.counting import SIZE
from nodes.understanding.slots.records import FIELDS
from nodes.understanding.slots.stages import STAGE

_HOW_MANY: Final = re.compile(r"(?:so |and )?(?:how many|what(?:'s| is) the (?:count|number)|count)(?: "
        r"(?:is|are|was|were|do|does))?(?: (?:that|it|those|they|there|this|them|these|we have|"
                              r"of (?:them|those|these)))?(?: (?:in total|altogether|in all))?")  # fmt: skip
_HOW_MUCH: Final = re.compile(
    r"(?:so |and )?(?:how much(?: (?:is|are|was|were|does))?(?: (?:that|it|those|they|this|them))?(?: "
    r"(?:in total|altogether|in all|worth|come to|"
    r"add up to|make))?|(?:what(?:'s| is| are) )?(?:the |that |it |they |those |their )?(?:in )?(?:total|"
    r"sum|all together|altogether)(?: (?:value|amount|worth|of (?:that|"
    r"those|them)))?|what (?:does|do|is) (?:that|it|they|those|all that) (?:come to|add up to|make|total|"
    r"worth)|add (?:them|it|that|those) up|"
    r"sum (?:them|it|that|those)(?: up)?|total (?:them|it|that|those)(?: up)?)"
)
_AVERAGE: Final = re.compile(
    r"(?:and |what(?:'s| is) |on )*(?:the |an )?average(?: (?:size|value|amount|of (?:that|those|them)))?"
)
_AS_LIST: Final = re.compile(
    r"(?:which (?:ones|are they|deals|tasks)(?: (?:are|is) (?:they|those|that))?|(?:show|list|give|name) "
    r"(?:me )?(?:them|those|these|it)(?: all| please)?|"
    r"as (?:a )?list|what are they|who are they|which|the list)"
)
_FIGURES: Final[tuple[tuple[Function, re.Pattern[str]], ...]] = (
    ("count", _HOW_MANY), ("sum", _HOW_MUCH), ("avg", _AVERAGE),
)  # fmt: skip
_MAKE_IT: Final = re.compile(
    r"(?:make (?:it|that)|(?:(?:only|just) )?(?:show|list|give)(?: me)?(?: only| just)?)(?: the)?(?: top| first)? "
    r"(?P<number>[1-9]\d?|two|three|four|five|six|seven|eight|nine|ten|twenty)(?: of (?:them|those))?"
)
_UNFILTER: Final = re.compile(
    r"(?:remove|drop|clear|ignore|lift|forget)(?: the)? (?P<field>amount|date|time|month|owner|stage|company)"
    r"(?: (?:limit|filter|condition|restriction|range))"
)
_OF_SEVERAL: Final = re.compile(r"\b(?:total|sum|altogether|those|they|them|these|list)\b")


def figured(heard: Heard) -> Request | None:
    """ "How many is that?", "and in total?", "list them": of the records of the last query."""
    base = last_query(heard)
    latest = heard.topics[0] if heard.topics else None
    is_one = latest is not None and len(latest.results) == 1 and not _OF_SEVERAL.search(heard.plain)
    figure = _as_figure(heard.bare, base) if base is not None and not is_one else None
    return heard.as_query(figure) if figure is not None else None


def narrowed_or_widened(heard: Heard) -> Request | None:
    """ "Make it 10" and "remove the amount limit", of the last list."""
    base = last_query(heard)
    latest = heard.topics[0] if heard.topics else None
    if base is None or latest is None or latest.request.kind != "query":
        return None
    number, field = _MAKE_IT.fullmatch(heard.bare), _UNFILTER.fullmatch(heard.bare)
    if number is not None:
        return heard.as_query(base.model_copy(update={"limit": _number(number["number"]), "skip": 0}))
    if field is None:
        return None
    kind = field["field"]
    gone = {"amount": (SIZE[base.object],), "owner": (OWNER,), "stage": (STAGE,), "company": tuple(RECORD_FIELDS)}
    return heard.as_query(without_field(base, gone.get(kind, tuple(DATE_FIELDS))))


def _number(said: str) -> int:
    return int(said) if said.isdecimal() else int(NUMBERS[said])


def last_query(heard: Heard) -> Query | None:
    """The query before; that for another kind of records where the message names that kind and one was asked for."""
    queries = [topic.request.query for topic in heard.queries() if topic.request.query]
    lists = [query for query in queries if not is_lookup(query)]
    names_record = any(_is_record(mention) for mention in heard.mentions)
    if queries and (names_record or not lists) and is_lookup(queries[0]):
        return queries[0] if names_record else None
    return lists[0] if lists else None


def _is_record(mention: Mention) -> bool:
    return mention.candidates[0].type in FIELDS


def _as_figure(bare: str, base: Query) -> Query | None:
    for fn, words in _FIGURES:
        if words.fullmatch(bare):
            field = None if fn == "count" else _size_of(base.object)
            aggregate = Aggregate(fn=fn, field=field)
            return base.model_copy(update={"aggregate": aggregate, "sort": (), "limit": None, "skip": 0})
    if _AS_LIST.fullmatch(bare) and base.aggregate is not None:
        return base.model_copy(update={"aggregate": None, "sort": (), "limit": None, "skip": 0})
    return None


def _size_of(object: QueryObject) -> str | None:
    """What the figures of a kind of records are made of."""
    return SIZE[object] if object in ("deals", "companies", "calls") else None
