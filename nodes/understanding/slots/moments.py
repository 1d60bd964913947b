"""A single day or moment for something to be done: "remind me Friday", "tomorrow 3pm", "in two weeks", "in an hour"."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from nodes.understanding.slots.day_rules import Today, any_of
from nodes.understanding.slots.distances import COUNT_WORDS
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.periods import Period, period_at

_WORD: Final = re.compile(r"(?<![\w/.-])[a-z\d]")
_CLOCK: Final = re.compile(
    r"\b(?:at |@ ?)?(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b"
    r"|\b(?:at |@ ?)?(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)\b(?!:)|\bat (?P<bare>1?\d|"
    r"2[0-3])(?: o'clock)?\b(?![/.:-]\d)"
)
_NAMED: Final = re.compile(
    r"\b(?:(?:in )?the |at |this |tomorrow )?(?P<name>morning|noon|midday|lunch|afternoon|evening|tonight|eod|"
    r"end of (?:the )?day)\b"
)
_HOURS: Final = re.compile(
    rf"\bin (?:about )?(?P<count>\d{{1,3}}|half an|an?|{any_of(COUNT_WORDS)}) (?P<unit>hours?|hrs?|minutes?|mins?)\b"
)
_BY: Final = re.compile(r"\b(?:by|before|until|till) (?:the )?$")
_IN: Final = re.compile(r"^(?:in|within) ")
TIMES: Final = {
    "morning": time(9), "noon": time(12), "midday": time(12), "lunch": time(12), "afternoon": time(14),
    "evening": time(18), "tonight": time(18), "eod": time(17),
}  # fmt: skip
FIRST_OF_WORK: Final = 7
"""A bare hour before this one is one of the afternoon."""


@dataclass(frozen=True)
class Moment:
    """A day that something is to be done on, `at` its moment where one was said (in the zone of `now`)."""

    day: date
    at: datetime | None
    start: int
    end: int


def moment_in(written: str, now: datetime, *, day_first: bool = False) -> Moment | None:
    """The first day or moment in words about something to come; None where none is said.

    A week means its first day, what is told as a deadline its last one; a weekday alone is the coming one, never today.
    """
    text = Text.of(written)
    soon = _HOURS.search(text.plain)
    if soon is not None:
        return _soon(soon, now)
    period = _period(text, Today(now.date(), "future", day_first))
    clock = _clock(text, period)
    if period is None and clock is None:
        return None
    day = _day(text, period, now.date()) if period else now.date()
    if clock is None:
        assert period is not None
        return Moment(day, None, period.start, period.end)
    at = datetime.combine(day, clock[0], now.tzinfo)
    if period is None and at <= now:
        at += timedelta(days=1)
    starts, ends = zip(*[clock[1], *([(period.start, period.end)] if period else [])], strict=True)
    return Moment(at.date(), at, min(starts), max(ends))


def _soon(match: re.Match[str], now: datetime) -> Moment:
    word = match["count"]
    count = 0.5 if word == "half an" else float(COUNT_WORDS[word] if word in COUNT_WORDS else int(word))
    minutes = count * (60 if match["unit"].startswith("h") else 1)
    at = now + timedelta(minutes=minutes)
    return Moment(at.date(), at, match.start(), match.end())


def _period(text: Text, today: Today) -> Period | None:
    found = (period_at(text.plain, match.start(), today) for match in _WORD.finditer(text.plain))
    return next((period for period in found if period), None)


def _day(text: Text, period: Period, today: date) -> date:
    """Which day of the period: "in two weeks" is its end, "next week" its beginning."""
    said = text.plain[period.start : period.end]
    if _IN.match(said) or _BY.search(text.before(period.start)) or said.startswith(("end of", "eo")) or "end" in said:
        return period.last if not said.startswith(("weekend", "this weekend")) else period.first
    return max(period.first, today)


def _clock(text: Text, period: Period | None) -> tuple[time, tuple[int, int]] | None:
    """The time of day with its place, outside the words of the day."""
    for match in _CLOCK.finditer(text.plain):
        if period is None or match.start() >= period.end or match.end() <= period.start:
            return _time(match), match.span()
    named = _NAMED.search(text.plain)
    if named is None:
        return None
    return TIMES.get(named["name"], TIMES["eod"]), named.span()


def _time(match: re.Match[str]) -> time:
    if match["half"]:
        return time(int(match["hour"]) % 12 + (12 if match["half"] == "p" else 0), int(match["minute"] or 0))
    if match["hour24"]:
        return time(int(match["hour24"]), int(match["minute24"]))
    hour = int(match["bare"])
    return time(hour + 12 if 0 < hour < FIRST_OF_WORK else hour)
