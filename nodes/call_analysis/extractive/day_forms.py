"""The forms in which people say a day ("next Wednesday", "the third of April", "in two weeks"), and how each is read.

Every form is a pattern over plain words with the rule that turns it into a date, counted from the day of speaking.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTH_NAMES = {name: n for n, month in enumerate(MONTHS, 1) for name in (month, month[:3])} | {"sept": 9}
UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COUNTS = {word: n for n, word in enumerate(UNITS, 1)} | {"a": 1, "an": 1, "couple": 2, "a couple": 2, "a couple of": 2}
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth",
)  # fmt: skip
ORDINALS = (
    {word: n for n, word in enumerate((*_ONES, *_TEENS, "twentieth"), 1)}
    | {f"twenty{joint}{word}": 20 + n for n, word in enumerate(_ONES, 1) for joint in "- "}
    | {"thirtieth": 30, "thirty-first": 31, "thirty first": 31}
)

_DAY = "|".join(WEEKDAYS)
_MONTH = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True)) + "|[0-3]?[0-9](?:st|nd|rd|th)"
_ONCE = "|".join(_ONES[:4])
_COUNT = "|".join(sorted(COUNTS, key=len, reverse=True)) + "|[0-9]{1,2}"
_LATE = "|".join(word for word in sorted(ORDINALS, key=len, reverse=True) if ORDINALS[word] > 9)
_COUNTED = "century|floor|street|avenue|time|percent|unit|site|store|version|of a|anniversary"
_AFTER_DAY = (
    "at|then|and|or|if|works|is|it's|for|by|with|so|but|in the|good|okay|ok|would|should|could|from|because|when|"
    "when's|as|to|i'll|i|we|we'll|you|that|that's|this|just|please|same|sharp|instead|say|until|after|before|"
    "right|fine|great|perfect|yes|yeah|sure|let's|on|can|can't|does|will|of the month|already|also|ten|two|three|"
    "half|noon|nine|eleven|one|four|latest|start|first|half|half past"
)


def _weekday(match: re.Match[str], today: date) -> date:
    return _coming(today, WEEKDAYS.index(match["day"]))


def _coming(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _next_weekday(match: re.Match[str], today: date) -> date:
    return _monday(today, 1) + timedelta(days=WEEKDAYS.index(match["day"]))


def _monday(today: date, weeks: int) -> date:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def _week_from(match: re.Match[str], today: date) -> date:
    count = match.groupdict().get("count")
    weeks = _count(count) if count else 1
    if match["from"] in WEEKDAYS:
        return _coming(today, WEEKDAYS.index(match["from"])) + timedelta(weeks=weeks)
    return today + timedelta(weeks=weeks, days=int(match["from"] == "tomorrow"))


def _after(match: re.Match[str], today: date) -> date | None:
    count = _count(match["count"])
    unit = match["unit"]
    if unit.startswith("day"):
        return today + timedelta(days=count)
    if unit.startswith(("business", "working")):
        return _business_days(today, count)
    if unit.startswith("week"):
        return today + timedelta(weeks=count)
    return today


def _business_days(today: date, count: int) -> date:
    day = today
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _count(word: str) -> int:
    return COUNTS[word] if word in COUNTS else int(word)


def _ordinal(word: str) -> int:
    return ORDINALS[word] if word in ORDINALS else int(re.sub(r"\D", "", word))


def _day_of_month(match: re.Match[str], today: date) -> date | None:
    number = _ordinal(match["nth"])
    for ahead in range(4):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        if number <= monthrange(year, month + 1)[1] and (day := date(year, month + 1, number)) >= today:
            return day
    return None


def _weekday_of_month(match: re.Match[str], today: date) -> date | None:
    """ "Friday the twelfth" is the next twelfth that is a Friday; failing that, the next twelfth."""
    number, weekday = _ordinal(match["nth"]), WEEKDAYS.index(match["day"])
    for ahead in range(6):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        if number <= monthrange(year, month + 1)[1]:
            day = date(year, month + 1, number)
            if day >= today and day.weekday() == weekday:
                return day
    return _day_of_month(match, today)


def _day_and_month(match: re.Match[str], today: date) -> date | None:
    number, month = (
        _ordinal(match["nth"]) if not match["nth"].isdigit() else int(match["nth"]),
        MONTH_NAMES[match["month"]],
    )
    for year in (today.year, today.year + 1):
        if 1 <= number <= monthrange(year, month)[1] and (day := date(year, month, number)) >= today:
            return day
    return None


def _end_of_week(weeks: int) -> Callable[[re.Match[str], date], date]:
    def read(_: re.Match[str], today: date) -> date:
        return max(_monday(today, weeks) + timedelta(days=4), today)

    return read


def _end_of_month(match: re.Match[str], today: date) -> date:
    named = match.groupdict().get("month")
    year, month = today.year, MONTH_NAMES[named] if named else today.month
    if month < today.month:
        year += 1
    day = date(year, month, monthrange(year, month)[1])
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def _nth_weekday(match: re.Match[str], today: date) -> date:
    """ "The second Tuesday in May"; "the second week of May" is its second Monday."""
    named, month = match.groupdict().get("day"), MONTH_NAMES[match["month"]]
    weekday = WEEKDAYS.index(named) if named else 0
    first = date(today.year + (month < today.month), month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=_ONES.index(match["nth"]))


def _today(_: re.Match[str], today: date) -> date:
    return today


def _tomorrow(_: re.Match[str], today: date) -> date:
    return today + timedelta(days=1)


def _next_any(match: re.Match[str], today: date) -> date:
    name = match["day"] or match["day2"] or match["day3"]
    return _monday(today, 1) + timedelta(days=WEEKDAYS.index(name))


_SPOKEN: tuple[tuple[str, Callable[[re.Match[str], date], date | None], bool], ...] = (
    ((
        rf"\b(?:(?:{_DAY}) )?(?:the )?(?P<nth>{_ORDINAL}|[0-3]?[0-9]) (?:of )?(?P<month>{_MONTH})\b"
    ), _day_and_month, True),
    ((
        rf"\b(?:(?:{_DAY}) )?(?P<month>{_MONTH}) (?:the )?(?P<nth>{_ORDINAL}|[0-3]?[0-9])\b(?! (?:percent|units))"
    ), _day_and_month, True),
    (rf"\b(?P<count>{_COUNT}) weeks? (?:(?:from|on) )?(?P<from>{_DAY}|today|tomorrow|now)\b", _week_from, True),
    (rf"\b(?P<from>{_DAY}|today|tomorrow) week\b(?! (?:of|beginning|commencing))", _week_from, True),
    (rf"\b(?P<nth>{_ONCE}) (?P<day>{_DAY}) (?:of|in) (?P<month>{_MONTH})\b", _nth_weekday, True),
    (rf"\b(?:end of|late) (?P<month>{_MONTH})\b", _end_of_month, False),
    (r"\b(?:end of (?:the|this) month|month end|by month-end)\b", _end_of_month, False),
    (r"\b(?:end of|late|later|sometime|some time|anytime) next week\b", _end_of_week(1), False),
    (r"\b(?:beginning|start|first part|top) of next week\b", lambda _, today: _monday(today, 1), False),
    (rf"\b(?P<nth>{_ONCE}) week (?:of|in) (?P<month>{_MONTH})\b", _nth_weekday, False),
    ((
        rf"\b(?P<day>{_DAY})(?: (?:of that week|before|after|then|week|that's|so))? the (?P<nth>{_ORDINAL})\b"
    ), _weekday_of_month, True),
    ((
        rf"\bnext (?P<day>{_DAY})\b|\b(?P<day2>{_DAY}) (?:of )?next week\b|\bnext week (?:on )?(?P<day3>{_DAY})\b"
    ), _next_any, True),
    ((
        rf"\b(?:within|in)(?: the next| about| like| maybe)? (?P<count>{_COUNT}) "
        rf"(?P<unit>(?:business|working) days?|days?|weeks?|hours?|minutes?)\b"
    ), _after, True),
    ((
        rf"(?:\bthe|^(?! (?:first|second|third)\b)) (?P<nth>{_ORDINAL})"
        rf"\b(?=(?:'s)?(?: ?$| [?!]| (?:{_AFTER_DAY})\b))"
    ), _day_of_month, True),
    (rf"\b(?:the|by|on) (?P<nth>{_LATE})\b(?! (?:{_COUNTED})\b)", _day_of_month, True),
    (r"\bday after tomorrow\b", lambda _, today: today + timedelta(days=2), True),
    (r"\btomorrow\b", _tomorrow, True),
    (rf"\b(?P<day>{_DAY})(?=(?:'s)?\b)", _weekday, True),
    (r"\b(?:today|tonight|this (?:afternoon|arvo|evening|morning|minute))\b", _today, True),
    ((
        r"\b(?:by the weekend|end of (?:the |this )?week|this week|later this week|the week's out|eow)\b"
    ), _end_of_week(0), False),
    (r"\bnext week\b", _end_of_week(1), False),
    ((
        r"\b(?:(?:straight |right )?after (?:this|we hang up|"
        r"we're off|we get off|the call|our call|lunch today)|as soon as (?:we hang up|we're off|we get off|"
        r"i hang up)|when we hang up|once we hang up|(?:by )?(?:the )?(?:end of (?:the )?day|eod|close of business)"
        rf"(?! (?:on )?(?:{_DAY}|today|tomorrow|the (?:{_ORDINAL})))|"
        r"within the hour|(?:with)?in an hour|in the next (?:half )?hour|"
        r"the minute we hang up|when (?:we|i) get off|straight after|right away|"
        r"right now)\b"
    ), _today, False),
)  # fmt: skip
"""The forms, the longer before the shorter that they contain; the flag is false for what only bounds a day."""
FORMS = tuple((re.compile(source), read, exact) for source, read, exact in _SPOKEN)
