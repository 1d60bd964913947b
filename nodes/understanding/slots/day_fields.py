"""Of which field the days in a question are: by the kind of records, and by the verb that stands before them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from core.query import Aggregate, Filter, QueryObject
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.slots.day_rules import any_of
from nodes.understanding.slots.days import Range, is_day_first, late_in, ranges_in, upcoming_in
from nodes.understanding.slots.distances import COUNT_WORDS, later
from nodes.understanding.slots.part import Part, Text, pattern
from nodes.understanding.slots.stages import state_filter
from nodes.understanding.slots.task_words import NOT_DONE

USUAL: Final[Mapping[QueryObject, str]] = {
    "deals": "closedate", "tasks": "hs_timestamp", "calls": "started", "notes": "hs_timestamp",
    "contacts": "createdate", "companies": "createdate",
}  # fmt: skip
CREATED: Final[Mapping[QueryObject, str]] = {
    "deals": "createdate", "tasks": "hs_createdate", "calls": "started", "notes": "hs_createdate",
    "contacts": "createdate", "companies": "createdate",
}  # fmt: skip
PERIODS: Final = ("week", "month", "quarter", "year")
CONTACTED: Final = "notes_last_contacted"
COMPLETED: Final = "hs_task_completion_date"
CHANGED: Final = ("hs_lastmodifieddate", "lastmodifieddate")

_VERBS: Final = re.compile(
    r"\b(?:(?P<created>creat\w+|added|opened|entered|came in|new(?! business)|made|started|logged|older|age)|"
    r"(?P<changed>updated|modified|changed|edited|moved)|"
    r"(?P<contacted>contacted|spoken|spoke|talked|touched|activity|heard|reached|called|met|untouched|"
    r"contact with|emailed)|"
    r"(?P<completed>done|completed|finished|ticked off)|"
    r"(?P<usual>clos\w+|won|lost|due|sign\w*|land\w*|expected|expir\w+|end\w*))\b"
)
_CLOSING: Final = re.compile(
    r"\b(?:closing|closes|signing|(?:will|to|should|could|might|can|going to|set to|due to|will we|can we) close|due|"
    r"expected|land|landing|slated|coming in|expiring|expires?|that close|which close|deals close)\b(?! date)"
)
_DUE: Final = re.compile(r"\b(?:due|ha(?:ve|s) to|needs? to|must|should|to do|upcoming)\b")
_DID_DO: Final = re.compile(r"\bdid\b.{1,40}\b(?:complete|finish|do|get done|tick off)\b")
_NOT: Final = re.compile(
    r"\b(?:not|haven't|hasn't|no|nobody|no one|never|without|didn't|untouched|weren't|wasn't|aren't)\b"
)
_UNCHANGED: Final = re.compile(
    r"(?:\bnot|\bnever|n't|\bnobody|\bno one)(?: has| have)?(?: been)? (?:updated|modified|changed|edited|moved)\b"
)
_QUIET: Final = pattern(
    r"(?:(?:that (?:have|has) )?(?:gone |been |went )?(?:untouched|quiet|silent|stale|inactive|idle|cold|dark)|"
    r"(?:no|without(?: any)?) (?:activity|contact)|"
    rf"not (?:touched|contacted))(?: (?:in|for|since))?(?: over| more than)?(?: the (?:last|"
    rf"past))? (?P<count>\d{{1,3}}|{any_of(COUNT_WORDS)}) "
    r"(?P<unit>days?|weeks?|months?)"
)
_AGE: Final = re.compile(r"(?:for )?(?:over|more than|longer than|at least|less than|under|fewer than) ")
SPEAKS_OF: Final = 60
"""How many letters before the days their verb may stand."""


def day_parts(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """The days of a question as conditions of the object, with what they imply: what is closing is open."""
    today = lexicon.now.date()
    for match in text.free(_QUIET):
        count = COUNT_WORDS[match["count"]] if match["count"] in COUNT_WORDS else int(match["count"])
        day = later(today, match["unit"], -count)
        yield Part(*match.span(), (Filter(field=CONTACTED, op="lt", value=day.isoformat()),))
        text = text.without([Part(*match.span())])
    if object != "tasks":
        yield from _late_or_coming(text, object, lexicon)
    for days in ranges_in(text, today, object, day_first=is_day_first(lexicon.zone)):
        yield _part(text, days, object, lexicon)


def dated_parts(text: Text, object: QueryObject, aggregate: Aggregate | None, parts: Iterable[Part]) -> Iterator[Part]:
    """By which date the months of "deals created per month" are, where no days are told: all that have it."""
    by = aggregate.by if aggregate else None
    verb = _VERBS.search(text.plain)
    kind = verb.lastgroup if verb else None
    field = CREATED[object] if kind == "created" else COMPLETED if object == "tasks" and kind == "completed" else None
    told = {one.field for part in parts for one in part.filters}
    if verb and by in PERIODS and field and field not in told and field != USUAL[object]:
        yield Part(*verb.span(), (Filter(field=field, op="is_not_empty"),), joined=False)


def _part(text: Text, days: Range, object: QueryObject, lexicon: Lexicon) -> Part:
    before = text.plain[max(0, days.start - SPEAKS_OF) : days.start]
    field = _field(text, days, object)
    if days.first is not None and _is_denied(field, before):
        return Part(days.start, days.end, (Filter(field=field, op="lt", value=days.first.isoformat()),), joined=False)
    return Part(days.start, days.end, days.filters(field), implied=_implied(before, field, object, lexicon))


def _is_denied(field: str, before: str) -> bool:
    """Whether nothing happened since then: not contacted, or not changed."""
    if field == CONTACTED:
        return _NOT.search(before) is not None
    return field in CHANGED and _UNCHANGED.search(before) is not None


def _field(text: Text, days: Range, object: QueryObject) -> str:
    """By the last verb before the days; where none is, by one close behind them."""
    if text.plain[days.start : days.end].endswith(" old") or text.plain[days.start :].startswith(
        ("older than", "newer than")
    ):
        return CREATED[object]
    is_age = object == "deals" and _AGE.match(text.plain, days.start)
    before = list(_VERBS.finditer(text.plain, max(0, days.start - SPEAKS_OF), days.start))
    kind = before[-1].lastgroup if before else None
    if kind == "created" or (is_age and kind is None):
        return CREATED[object]
    if kind == "changed" and object != "calls":
        return "lastmodifieddate" if object == "contacts" else "hs_lastmodifieddate"
    if kind == "contacted" and object in ("deals", "contacts", "companies"):
        return CONTACTED
    return COMPLETED if object == "tasks" and _is_done(text, kind) else USUAL[object]


def _is_done(text: Text, kind: str | None) -> bool:
    if _DID_DO.search(text.plain):
        return True
    return kind == "completed" and not re.search(
        r"\b(?:not|to be|isn't|aren't|haven't) (?:yet )?(?:done|completed|finished)", text.plain
    )


def _implied(before: str, field: str, object: QueryObject, lexicon: Lexicon) -> tuple[Filter, ...]:
    if object == "deals" and field == "closedate" and _CLOSING.search(before):
        open_deals = state_filter("open", lexicon)
        return (open_deals,) if open_deals else ()
    if object == "tasks" and field == "hs_timestamp" and _DUE.search(before):
        return (NOT_DONE,)
    return ()


def _late_or_coming(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """Deals that should be closed by now, and what is ahead."""
    today, late, coming = lexicon.now.date(), late_in(text), upcoming_in(text)
    open_deals = state_filter("open", lexicon) if object == "deals" else None
    implied = (open_deals,) if open_deals else ()
    if late is not None and object == "deals" and not re.match(r"late\b", late[0]):
        yield Part(*late.span(), (Filter(field=USUAL[object], op="lt", value=today.isoformat()),), implied=implied)
    if coming is not None:
        yield Part(*coming.span(), (Filter(field=USUAL[object], op="gte", value=today.isoformat()),), implied=implied)
