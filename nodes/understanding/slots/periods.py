"""How people name days and times of a year in writing ("last 2 weeks", "Q3", "15 Dec", "end of the month"), as days."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from nodes.call_analysis.extractive.day_forms import MONTH_NAMES, ORDINALS
from nodes.understanding.slots import day_rules as rules
from nodes.understanding.slots import distances
from nodes.understanding.slots.day_rules import DAY_NAMES, QUARTERS, Match, Today, any_of
from nodes.understanding.slots.distances import COUNT_WORDS, PARTS
from nodes.understanding.slots.spans import Days, around


@dataclass(frozen=True)
class Period:
    """Days that were named, from letter `start` to before `end`."""

    first: date
    last: date
    start: int
    end: int


def period_at(text: str, at: int, today: Today) -> Period | None:
    """The days named at this letter of a text in small letters; None where none are."""
    led = _WEEK_OF.match(text, at)
    if led is not None:
        inner = period_at(text, led.end(), today)
        return Period(*around(inner.first, "week"), at, inner.end) if inner else None
    for pattern, read in FORMS:
        match = pattern.match(text, at)
        days = read(match, today) if match else None
        if match and days is not None:
            return Period(*days, match.start(), match.end())
    return None


_WEEK_OF: Final = re.compile(
    r"\b(?:(?:the )?(?:week|wk) (?:of|beginning|starting|commencing|from)(?: on)?|w/c|wc)(?: the)? (?!th)"
)
_MONTH: Final = any_of(MONTH_NAMES)
_DAY: Final = any_of(DAY_NAMES)
_TO: Final = r"(?:-|–|to|until|till|through|and)"
_NTH: Final = rf"(?:{any_of(ORDINALS)}|[0-3]?\d(?:st|nd|rd|th)?)(?![\d/.]\d)(?!-\d\d-)"
_COUNT: Final = rf"\d{{1,3}}|{any_of(COUNT_WORDS)}"
_UNIT: Final = (
    r"(?P<unit>(?:business |working )?days?|weeks?|wks?|months?|mths?|mos?|quarters?|qtrs?|years?|yrs?|hours?|hrs?|"
    r"fortnights?)"
)
_WHOLE: Final = r"(?P<unit>week|wk|month|mth|quarter|qtr|year|yr)"
_YEAR: Final = r"(?:20)?\d\d(?!\d)|'\d\d(?!\d)|this year|next year|last year"
_OF_YEAR: Final = r"(?:,? ?(?:of |in )?(?:fy ?)?(?P<year>20\d\d(?!\d)|'\d\d(?!\d)|this year|next year|last year))?"
_WHICH: Final = (
    r"(?P<which>this|(?:the )?current|(?:the )?next|nxt|(?:the )?coming|(?:the )?last|(?:the )?previous|"
    r"(?:the )?past|the)"
)

_FORMS: Final[tuple[tuple[str, Callable[[Match, Today], Days | None]], ...]] = (
    (r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?:[t ]\d\d:\d\d[\d:.]*z?)?", rules.iso),
    (r"(?P<y>20\d\d)-(?P<m>\d\d)(?!\d)", rules.iso_month),
    (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<year>(?:20)?\d\d))?(?![\d/])", rules.slashed),
    (r"(?P<d>[0-3]?\d)\. ?(?P<m>[01]?\d)\.(?: ?(?P<year>(?:20)?\d\d)(?!\d))?", rules.dotted),
    ((
        rf"(?:the )?(?P<a>{_NTH}) ?{_TO} ?(?:the )?(?P<b>{_NTH}) (?:of )?(?P<month>{_MONTH})\b\.?{_OF_YEAR}"
    ), rules.days_of_named_month),
    ((
        rf"(?P<month>{_MONTH})\.? (?:the )?(?P<a>{_NTH}) ?{_TO} ?(?:the )?(?P<b>{_NTH})\b{_OF_YEAR}"
    ), rules.days_of_named_month),
    ((
        rf"(?:(?:{_DAY}),? )?(?:the )?(?P<nth>{_NTH}) (?:of )?(?P<month>{_MONTH})\b\.?{_OF_YEAR}"
    ), rules.day_of_named_month),
    (rf"(?:(?:{_DAY}),? )?(?P<month>{_MONTH})\.? (?:the )?(?P<nth>{_NTH})\b{_OF_YEAR}", rules.day_of_named_month),
    (rf"(?P<part>{any_of(PARTS)})[ -](?:of )?(?P<month>{_MONTH})\b{_OF_YEAR}", distances.part),
    ((
        rf"(?P<part>{any_of(PARTS)})[ -](?:of )?(?:{_WHICH} )?(?P<unit>week|month|quarter|year)\b"
    ), distances.part),
    ((
        rf"(?:the )?(?P<which_day>last|first|final) day of (?:the |{_WHICH} )?(?:(?P<unit>week|month|quarter|year)|"
        rf"(?P<month>{_MONTH}))\b{_OF_YEAR}"
    ), distances.one_end),
    (r"eo(?P<letter>[dwmqy])\b|(?:the )?(?P<unit>month|quarter|year)[ -]end\b", distances.end),
    (rf"(?:the )?(?P<half>first|second) half of (?:the year|(?P<year>{_YEAR}))", rules.half),
    (rf"(?:the )?(?P<half>first|second) half of (?P<month>{_MONTH})\b{_OF_YEAR}", distances.half_of_month),
    (rf"h(?P<half>[12])\b{_OF_YEAR}", rules.half),
    (rf"q(?P<q>[1-4])\b(?:,? ?(?:of )?(?:fy ?)?(?P<year>{_YEAR}))?", rules.quarter),
    (rf"(?:the )?(?P<nth>{any_of(QUARTERS)}) quarter (?:of )?(?P<year>{_YEAR})", rules.quarter),
    (r"(?:the )?(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th) quarter\b", rules.quarter),
    (r"(?:the )?(?:rest|remainder) of (?:the|this) (?P<unit>week|month|quarter|year)\b", distances.rest),
    (r"(?:so far )?this (?P<unit>week|month|quarter|year) (?:so far|to date|until now)\b", distances.to_date),
    (r"so far this (?P<unit>week|month|quarter|year)\b", distances.to_date),
    (r"(?P<unit>week|month|quarter|year)[ -]to[ -]date\b", distances.to_date),
    (r"(?P<letter>[wmqy])td\b", distances.to_date),
    (rf"{_WHICH} (?:fiscal |financial |calendar )?{_WHOLE}\b(?! of)", distances.whole),
    (rf"{_WHICH} weekend\b", distances.weekend),
    (rf"(?P<count>{_COUNT}) weeks? (?:from|after) (?P<day>{_DAY}|today|tomorrow|now)\b", distances.week_from),
    (rf"(?P<day>{_DAY}|today|tomorrow) week\b", distances.week_from),
    (rf"(?:the )?(?:last|past|previous) (?P<count>{_COUNT})[ -](?:full )?{_UNIT}\b", distances.back),
    (rf"(?:the )?(?:next|nxt|coming|following) (?P<count>{_COUNT})[ -]{_UNIT}\b", distances.forward),
    (r"(?:the )?(?:last|past|previous) (?P<unit>fortnight)\b", distances.back),
    (r"(?:the )?(?:next|coming|this) (?P<unit>fortnight)\b", distances.forward),
    (rf"(?P<count>{_COUNT}) {_UNIT} ago\b", distances.ago),
    (rf"(?:in|within)(?: the next| about)? (?P<count>{_COUNT}) {_UNIT}(?:' time)?\b", distances.forward),
    (r"(?:the )?day after tomorrow\b", distances.days_off(2)),
    (r"(?:the )?day before yesterday\b", distances.days_off(-2)),
    (r"yesterday\b", distances.days_off(-1)),
    (r"(?:today|tonight|this (?:morning|afternoon|evening))\b", distances.days_off(0)),
    (r"tomorrow\b", distances.days_off(1)),
    (r"now(?= (?:and|to|until|till|through)\b)", distances.days_off(0)),
    (r"(?P<feast>christmas|xmas|easter|thanksgiving|boxing day|valentine's|halloween|new year's|new years|"
    r"(?<!the )new year)(?: day| eve)?\b", rules.feast),
    ((
        rf"(?:(?P<which>this|next|last|past|previous|coming) )?(?P<day>{_DAY})\b"
        r"(?:,? (?:of )?(?P<week>this week|next week|last week))?"
    ), rules.weekday),
    (rf"(?P<week>next week|last week|this week)(?: on)? (?P<day>{_DAY})\b", rules.weekday),
    ((
        rf"(?:(?P<which>this|next|last|previous|past|coming) )?(?P<month>{_MONTH})\b\.?{_OF_YEAR}"
    ), rules.named_month),
    (r"fy ?(?P<y>(?:20)?\d\d)\b", rules.fiscal_year),
    (r"(?P<y>20[0-4]\d)\b(?![ -](?:units|doors|homes|deals))", rules.bare_year),
    ((
        rf"the (?P<nth>{any_of(ORDINALS)}|[0-3]?\d(?:st|nd|rd|th))\b"
        r"(?! (?:quarter|half|time|one|deal|call|week|year|biggest|largest))"
    ), rules.day_of_month),
)  # fmt: skip


FORMS: Final = tuple((re.compile(rf"\b(?:{source})"), read) for source, read in _FORMS)
"""The longer forms stand before the shorter that they contain."""
