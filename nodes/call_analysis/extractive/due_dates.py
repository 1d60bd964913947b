"""When a next step is due: its own day first, then what the talk around it settles, else nothing.

A day said beside a step belongs to it only when nobody else's promise claims it. What follows may correct the day
("that's a holiday", "Tuesday then") or spell it out ("the Friday before", "that's the twenty-fifth").
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from nodes.call_analysis.extractive.arrangements import PROMISE
from nodes.call_analysis.extractive.day_forms import WEEKDAYS
from nodes.call_analysis.extractive.dates import Day, days_in, due_among, due_in
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.spans import Span

EVENT = re.compile(
    r" (?:at|before|by|in|for|during) (?:the|our|that|your) (?:next )?(?P<event>demo|call|meeting|session|kickoff|"
    r"kick-off|training|walkthrough|visit|pilot|check-in|review|workshop|webinar) "
)
"""A day told by another arrangement: "at the demo", "before our next call"."""
CORRECTS = re.compile(r"^ (?:(?:no|okay|ah|oh|yes) )*(?:make|so|actually|better|not) |^ .{3,30} then | it is $|'d be better ")
"""How a day is put in the place of another: "make that …", "Thursday, then", "so the eighth"."""
LONGEST_CORRECTION = 12
RELATIVE = re.compile(
    rf" (?:(?P<following>(?:the )?following)|the|that) (?P<day>{'|'.join(WEEKDAYS)})"
    r"(?: (?P<which>of (?:that|the same) week|before|after|following))? "
)
"""A weekday counted from a day named earlier: "the Friday before", "the following Wednesday", "on the Tuesday"."""
HOUR = re.compile(
    r" (?:(?:by|before|at|after) (?:about )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|"
    r"[0-9]{1,2}|the lunch|lunch|dinner|supper|midday|you leave)|in a minute|when (?:i'm|we're) (?:off|back)) "
)
WAITS = re.compile(r" (?:when|once|as soon as|whenever|until|till|unless) ")
INVITES = re.compile(r" (?:invite|invites|invitation|calendar|calendars|diary) ")
ASKS_WHEN = re.compile(r" (?:when|what day|which day|how soon) .*\? $")


def due_of(span: Span, promise: Line, dialogue: Dialogue, spoken_on: date | None) -> date | None:
    """The day by which a step is due, None where none is said or the call's own date is unknown."""
    if spoken_on is None:
        return None
    own = _own(span, promise, spoken_on)
    if own is not None:
        return _settled(own, span, dialogue, spoken_on)
    event = _day_of_event(span, dialogue, spoken_on)
    return event or _nearby(span, dialogue, spoken_on) or _by_the_hour(span, spoken_on)


def _own(span: Span, promise: Line, spoken_on: date) -> date | None:
    """The day in the step's own words: those of who promises before those of who answers."""
    said = [line.plain for line in span.lines if line.speaker_id == promise.speaker_id]
    return due_among(said, spoken_on) or due_among([line.plain for line in span.lines], spoken_on)


def _settled(own: date, span: Span, dialogue: Dialogue, spoken_on: date) -> date:
    """The day after what is said next: spelled out by its number, or put right."""
    day = _relative(own, span, dialogue, spoken_on)
    for line in _following(span, dialogue):
        for named in days_in(line.plain, spoken_on):
            if named.numbered and named.date.weekday() == day.weekday():
                return named.date
            if CORRECTS.search(line.plain) and len(line.words) <= LONGEST_CORRECTION and not PROMISE.search(line.plain):
                return named.date
    return day


def _following(span: Span, dialogue: Dialogue) -> list[Line]:
    last = span.lines[-1]
    return [line for line in dialogue.lines[last.index + 1 : last.index + 5] if line.turn <= last.turn + 3]


def _relative(own: date, span: Span, dialogue: Dialogue, spoken_on: date) -> date:
    """The own day counted from the day named before it, where the words count it from there."""
    for line in span.lines:
        match = RELATIVE.search(line.plain)
        if match and WEEKDAYS.index(match["day"]) == own.weekday():
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
    days = (due_in(line.plain, spoken_on) for line in _around(span, dialogue))
    return next((day for day in days if day is not None), None)


def _around(span: Span, dialogue: Dialogue) -> list[Line]:
    """Where a day may stand that the step itself does not name: the same turn, the answer, the question before."""
    first, last = span.lines[0], span.lines[-1]
    after = [line for line in dialogue.lines[last.index + 1 : last.index + 3] if line.turn <= last.turn + 1]
    before = [line for line in dialogue.lines[max(first.index - 2, 0) : first.index] if line.turn >= first.turn - 1]
    return [line for line in [*after, *reversed(before)] if not _anothers(line, span)]


def _anothers(line: Line, span: Span) -> bool:
    """Whether the line promises something of its own, by somebody who has no part in the step."""
    return line.speaker_id not in {own.speaker_id for own in span.lines} and bool(PROMISE.search(line.plain))


def _by_the_hour(span: Span, spoken_on: date) -> date | None:
    """An hour without any day is one of the same day."""
    return spoken_on if any(HOUR.search(line.plain) for line in span.lines) else None


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
