"""When a next step is due: its own day first, then what the talk around it settles, else nothing.

A day said beside a step belongs to it only when nobody else's promise claims it. What follows may correct the day
("that's a holiday", "Tuesday then") or spell it out ("the Friday before", "that's the twenty-fifth").
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from nodes.call_analysis.extractive.arrangements import PROMISE
from nodes.call_analysis.extractive.dates import Day, days_in, due_among, due_in
from nodes.call_analysis.extractive.day_forms import WEEKDAYS
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.spans import Span

FRIDAY = 4
LINES_BEFORE = 3
LINES_BEFORE_ARRANGED = 5
"""How far back a day may stand; farther for an invitation, which closes the talk about it."""
EVENT = re.compile(
    r" (?:at|before|by|in|for|during) (?:the|our|that|your) (?:next )?(?P<event>demo|call|meeting|session|kickoff|"
    r"kick-off|training|walkthrough|visit|pilot|check-in|review|workshop|webinar) "
)
"""A day told by another arrangement: "at the demo", "before our next call"."""
BEGINS = re.compile(
    r"^ (?:(?:no|okay|ah|oh|yes|yeah|right|well|actually|sorry|so|then|is|that's|that|it's|make it|make that|better|on|"
    rf"by|for|say|the|a|after|before|{'|'.join(WEEKDAYS)}) )*$"
)
"""What may stand before a day that a sentence is all about."""
PUTS_RIGHT = re.compile(r"^ (?:(?:no|okay|ah|oh|yes|well|sorry) )*(?:actually|make it|make that|better|not .*|so) ")
PUT_RIGHT = re.compile(
    r"^\S+(?: \S+){0,2}? (?:then|instead|it is)\b|^\S+ (?:would be|is|'d be) better|^\S+'d be better"
)
"""How a day is put in the place of another: "make that …", "Thursday, then", "so the eighth"."""
LONGEST_CORRECTION = 12
RELATIVE = re.compile(
    rf" (?:(?P<following>(?:the )?following)|the|that) (?P<day>{'|'.join(WEEKDAYS)})"
    r"(?: (?P<which>of (?:that|the same) week|before|after|following))? "
)
"""A weekday counted from a day named earlier: "the Friday before", "the following Wednesday", "on the Tuesday"."""
_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon"
IN_THE_MORNING = re.compile(rf" (?!(?:[a-z]+teen|[a-z]+ty|{_HOURS}|[0-9:]+) )\S+ in the morning ")
WAITS = re.compile(r" (?:when|as soon as|once) (?:the|there's|there is|he|she|they|your) ")
SAME_DAY = re.compile(r" (?:same (?:day|date|time)|in the meantime|by then) ")
HOUR = re.compile(
    rf" (?:(?:by|before|at|after) (?:about )?(?:{_HOURS}|[0-9]{{1,2}}|the lunch|lunch|dinner|supper|midday|you leave)|"
    r"in a minute|when (?:i'm|we're) (?:off|back)) "
)
ARRANGED = re.compile(
    r" (?:invite|invites|invitation|calendar|calendars|diary|send it|send that|get that in|be there) "
)
INVITES = re.compile(r" (?:invite|invites|invitation|calendar|calendars|diary) ")
ASKS_WHEN = re.compile(r" (?:when|what day|which day|how soon) .*\? $")


def due_of(span: Span, promise: Line, dialogue: Dialogue, spoken_on: date | None) -> date | None:
    """The working day by which a step is due, None where none is said or the call's own date is unknown."""
    if spoken_on is None:
        return None
    day = _said(span, promise, dialogue, spoken_on)
    if day is None:
        return _by_the_hour(span, spoken_on)
    if day == spoken_on:
        return day
    return _working_day(_with_month(day, span, dialogue, spoken_on), span)


def _said(span: Span, promise: Line, dialogue: Dialogue, spoken_on: date) -> date | None:
    """The step's own day as it is settled, else that of the event it names, else one said beside it.

    An invitation that goes out today is for a meeting, whose day is what the step is about.
    """
    own = _own(span, promise, spoken_on)
    if own is not None and not (own == spoken_on and _says(span, INVITES)):
        return _settled(own, span, dialogue, spoken_on)
    return _day_of_event(span, dialogue, spoken_on) or _nearby(span, dialogue, spoken_on) or own


def _says(span: Span, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(line.plain) for line in span.lines)


def _with_month(day: date, span: Span, dialogue: Dialogue, spoken_on: date) -> date:
    """The month that was said with a number a moment ago: "January the twelfth?" – "The twelfth, yes"."""
    near = dialogue.lines[max(span.lines[0].index - 4, 0) : span.lines[-1].index + 1]
    numbered = {told.date for line in near for told in days_in(line.plain, spoken_on) if told.numbered}
    return max(told for told in numbered if told.day == day.day) if day in numbered else day


def _working_day(day: date, span: Span) -> date:
    """A task falls on a working day: before the weekend when promised "by" it, else after."""
    past_friday = day.weekday() - FRIDAY
    if past_friday <= 0:
        return day
    by = any(" by " in line.plain for line in span.lines)
    return day - timedelta(days=past_friday) if by else day + timedelta(days=3 - past_friday)


def _own(span: Span, promise: Line, spoken_on: date) -> date | None:
    """The day in the step's own words: those of who promises before those of who answers."""
    said = [line.plain for line in span.lines if line.speaker_id == promise.speaker_id]
    return due_among(said, spoken_on) or due_among([line.plain for line in span.lines], spoken_on)


def _settled(own: date, span: Span, dialogue: Dialogue, spoken_on: date) -> date:
    """The day after what is said next: spelled out by its number, or put right."""
    day = _relative(own, span, dialogue, spoken_on)
    if not any(WEEKDAYS[own.weekday()] in line.plain or _numbered(line, spoken_on) for line in span.lines):
        return day
    since = max(spoken_on, day - timedelta(days=14))
    following = [line for line in _following(span, dialogue) if not _anothers(line, span)]
    told = (_told_anew(named, line, day) for line in following for named in days_in(line.plain, since))
    return next((anew for anew in told if anew and anew >= spoken_on), day)


def _numbered(line: Line, spoken_on: date) -> bool:
    return any(day.numbered for day in days_in(line.plain, spoken_on))


def _told_anew(named: Day, line: Line, day: date) -> date | None:
    """The day that a following sentence gives instead of the one said first, None when it speaks of another."""
    before, after = line.plain[: named.start], line.plain[named.start :]
    if not BEGINS.search(f"{before.rstrip()} ") or len(line.words) > LONGEST_CORRECTION:
        return None
    if named.numbered and named.date.weekday() == day.weekday():
        return named.date
    if not (PUTS_RIGHT.search(line.plain) or PUT_RIGHT.search(after.removeprefix("the "))):
        return None
    weekday = named.exact and after.lstrip().split("'")[0].split()[0] in WEEKDAYS
    return day + timedelta(days=named.date.weekday() - day.weekday()) if weekday else named.date


def _following(span: Span, dialogue: Dialogue) -> list[Line]:
    last = span.lines[-1]
    return [line for line in dialogue.lines[last.index + 1 : last.index + 5] if line.turn <= last.turn + 3]


def _relative(own: date, span: Span, dialogue: Dialogue, spoken_on: date) -> date:
    """The own day counted from the day named before it, where the words count it from there."""
    for line in span.lines:
        match = RELATIVE.search(line.plain)
        if match and not _numbered(line, spoken_on) and WEEKDAYS.index(match["day"]) == own.weekday():
            anchor = _anchor(line, dialogue, spoken_on)
            return _counted(match, anchor) if anchor else own
    return own


def _anchor(line: Line, dialogue: Dialogue, spoken_on: date) -> date | None:
    for near in reversed(dialogue.lines[max(line.index - 6, 0) : line.index]):
        days = days_in(near.plain, spoken_on)
        if days:
            return days[-1].date
    return None


def _counted(match: re.Match[str], anchor: date) -> date:
    weekday, which = WEEKDAYS.index(match["day"]), match["which"] or ""
    if which.startswith("of"):
        return anchor + timedelta(days=weekday - anchor.weekday())
    if which == "before":
        return anchor - timedelta(days=(anchor.weekday() - weekday - 1) % 7 + 1)
    if which or match["following"]:
        return anchor + timedelta(days=(weekday - anchor.weekday() - 1) % 7 + 1)
    return anchor + timedelta(days=(weekday - anchor.weekday()) % 7)


def _nearby(span: Span, dialogue: Dialogue, spoken_on: date) -> date | None:
    """A day said beside the step, unless the step waits for something that has no day."""
    if _says(span, WAITS):
        return None
    days = (due_in(line.plain, spoken_on) for line in _around(span, dialogue))
    return next((day for day in days if day is not None), None)


def _around(span: Span, dialogue: Dialogue) -> list[Line]:
    """Where a day may stand that the step itself does not name: the same turn, the answer, the question before."""
    first, last = span.lines[0], span.lines[-1]
    back = LINES_BEFORE_ARRANGED if _says(span, ARRANGED) else LINES_BEFORE
    after = [line for line in dialogue.lines[last.index + 1 : last.index + 3] if line.turn <= last.turn + 1]
    before = [
        line for line in dialogue.lines[max(first.index - back, 0) : first.index] if first.turn - line.turn < back
    ]
    beside = [*after, *reversed(before)]
    return [
        *_answers(after, dialogue),
        *(line for line in beside if _says(span, SAME_DAY) or not _anothers(line, span)),
    ]


def _answers(after: Sequence[Line], dialogue: Dialogue) -> list[Line]:
    """What is answered when somebody asks at once by when it will be done."""
    asked = next((line for line in after if ASKS_WHEN.search(line.plain)), None)
    if asked is None:
        return []
    return [line for line in dialogue.lines[asked.index + 1 : asked.index + 5] if line.turn == asked.turn + 1]


def _anothers(line: Line, span: Span) -> bool:
    """Whether the line promises something of its own, by somebody who has no part in the step."""
    return line.speaker_id not in {own.speaker_id for own in span.lines} and bool(PROMISE.search(line.plain))


def _by_the_hour(span: Span, spoken_on: date) -> date | None:
    """An hour without any day is one of the same day, unless it is that of another event."""
    if _says(span, EVENT):
        return None
    if _says(span, IN_THE_MORNING):
        return spoken_on + timedelta(days=1)
    return spoken_on if _says(span, HOUR) else None


def _day_of_event(span: Span, dialogue: Dialogue, spoken_on: date) -> date | None:
    """The day that the call settles for the arrangement a step refers to; what is said of it last holds."""
    events = [match["event"] for line in span.lines if (match := EVENT.search(line.plain))]
    if not events:
        return None
    named = [line for line in dialogue.lines if f" {events[-1]} " in line.plain and line not in span.lines]
    days = [due_among([near.plain for near in _beside(line, dialogue)], spoken_on) for line in named]
    return next((day for day in reversed(days) if day is not None and day > spoken_on), None)


def _beside(line: Line, dialogue: Dialogue) -> list[Line]:
    """A line and the one after it, by whomever."""
    return list(dialogue.lines[line.index : line.index + 2])
