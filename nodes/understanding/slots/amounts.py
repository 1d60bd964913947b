"""Amounts of money and numbers of units, with what they are compared by: "over 50k", "between 10 and 20k", "50k+"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.query import Filter, Operator, QueryObject
from nodes.understanding.slots.day_rules import any_of
from nodes.understanding.slots.part import Part, Text

LARGEST: Final = 1e15
"""No record holds more, and no checkpoint a number of more than 64 bits."""

NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "seventy-five": 75, "eighty": 80, "ninety": 90, "a": 1, "an": 1, "half a": 0.5,
    "half an": 0.5, "a quarter": 0.25, "a couple": 2, "a couple of": 2,
}  # fmt: skip
SCALES: Final = {
    "hundred thousand": 1e5, "hundred k": 1e5, "hundred grand": 1e5, "hundred": 100, "thousand": 1e3, "thousands": 1e3,
    "grand": 1e3, "k": 1e3, "million": 1e6, "millions": 1e6, "mio": 1e6, "mil": 1e6, "mm": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9,
}  # fmt: skip
UNITS: Final = {
    "numberofunits": "units|doors|homes|houses|apartments|flats|beds|properties|buildings|dwellings|keys",
    "numberofemployees": "employees|staff|people|heads|headcount",
    "duration": "minutes?|mins?|hours?|hrs?|seconds?|secs?",
}
SECONDS: Final = {"m": 60, "h": 3600, "s": 1}

MORE: Final = (
    "over|above|more than|greater than|higher than|bigger than|larger than|exceeding|exceeds|exceed|north of|"
    "in excess of|beyond|upwards of|longer than|past|>"
)
AT_LEAST: Final = "at least|no less than|not less than|minimum of|a minimum of|min|from|starting at|>=|≥"
LESS: Final = "sub|under|below|less than|fewer than|smaller than|lower than|cheaper than|shorter than|south of|<"
AT_MOST: Final = "at most|no more than|not more than|not over|not above|maximum of|a maximum of|max|up to|<=|≤"
EXACTLY: Final = "exactly|precisely|equal to|equals|equalling|worth exactly|just"
ABOUT: Final = "around|about|roughly|approximately|approx|circa|~|somewhere around"
COMPARED: Final[tuple[tuple[str, Operator], ...]] = (
    (AT_MOST, "lte"), (AT_LEAST, "gte"), (MORE, "gt"), (LESS, "lt"), (EXACTLY, "eq"),
)  # fmt: skip
_OF_VALUE: Final = re.compile(r"\b(?:of|at|worth|for) $")
LATEST_YEAR: Final = 2_100
BETWEEN: Final = ("between", "btwn", "betw")
NEAR: Final = 0.1
"""By what part of it "around" an amount may be off."""

_MONEY: Final = r"[$€£¥]|usd|eur|gbp|aud|us\$|a\$"
_SCALE: Final = any_of(SCALES)
_DIGITS: Final = r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?"
_COINS: Final = r"dollars?|bucks|euros?|pounds?|quid|usd|eur|gbp|aud|€|\$|£"


def _number(mark: str) -> str:
    """The pattern of a number, its groups marked."""
    return (
        rf"(?P<coin{mark}>{_MONEY})? ?(?:(?P<digits{mark}>{_DIGITS})|"
        rf"(?P<word{mark}>{any_of(NUMBERS)})(?= (?:{_SCALE}|{_WORDS}|and|to)))"
        rf"(?:[ -]?(?P<scale{mark}>{_SCALE})(?![\w]))?"
    )


_WORDS: Final = "|".join(UNITS.values())
_AFTER: Final = (
    rf"(?: ?(?P<coins>{_COINS})(?!\w))?(?P<plus>\+| ?(?:or|and) (?:more|above|over|up|higher|bigger|larger|"
    rf"greater|longer)(?! ?[$€£\d])| ?plus\b)?"
    rf"(?P<minus> ?or (?:less|under|below|lower|smaller|fewer|shorter)(?! ?[$€£\d]))?(?:[ -](?P<unit>{_WORDS})\b)?"
)
_VALUE: Final = (
    r"(?:(?:with )?(?:an? |the )?(?:deal )?(?:amounts?|values?|valued|worth|sizes?|priced) (?:is |are |of |at )?)?"
)
_BETWEEN: Final = re.compile(
    rf"(?<![\w-]){_VALUE}(?:(?P<how>between|btwn|betw|from) )?{_number('1')} ?(?P<to>and|to|-|–|&) ?"
    rf"{_number('2')}{_AFTER}"
)
_SINGLE: Final = re.compile(
    rf"(?<![\w.,$€£-]){_VALUE}(?:(?P<how>{AT_MOST}|{AT_LEAST}|{MORE}|{LESS}|{EXACTLY}|"
    rf"{ABOUT}) ?(?:a )?(?:value of |amount of )?)?{_number('1')}{_AFTER}"
)
_NO_AMOUNT: Final = re.compile(
    r"\s*(?:%|percent|days?|weeks?|months?|quarters?|years?|pm|am|o'clock|:\d|st\b|nd\b|rd\b|th\b|/\d)"
)
_COUNTED: Final = re.compile(r"\s*(?:(?:open |new |won |lost )?(?:deal|call|task|contact|note)s?|companies|times?)\b")
_RANK: Final = re.compile(
    r"\b(?:top|first|last|next|latest|biggest|largest|smallest|bottom|q|h|phase|step|stage|fy|the|my|id|#) ?$"
)


@dataclass(frozen=True)
class Amount:
    """A comparison with one or two numbers. `field` is that of its unit; `is_money` is whether money is said."""

    start: int
    end: int
    bounds: tuple[tuple[Operator, float], ...]
    field: str | None
    is_money: bool
    times: int = 1


def amounts_in(text: Text) -> Iterator[Amount]:
    """All amounts, in order."""
    end = 0
    matches = sorted([*text.free(_BETWEEN), *text.free(_SINGLE)], key=lambda match: (match.start(), -match.end()))
    for match in matches:
        if match.start() < end or _NO_AMOUNT.match(text.after(match.end())):
            continue
        amount = _two(match) if "to" in match.groupdict() else _one(match, text)
        if amount is not None and (amount.is_money or not _COUNTED.match(text.after(match.end()))):
            end = match.end()
            yield amount


def amount_parts(text: Text, object: QueryObject | None) -> Iterator[Part]:
    """Amounts as conditions of an object: money is a deal's amount, or what a company earns."""
    for amount in _with_units(amounts_in(text)):
        of_money = "annualrevenue" if object == "companies" else "duration" if object == "calls" else "amount"
        name = amount.field or of_money
        filters = [Filter(field=name, op=op, value=_plain(value)) for op, value in amount.bounds]
        yield Part(amount.start, amount.end, tuple(filters))


def _with_units(amounts: Iterable[Amount]) -> Iterator[Amount]:
    """The amounts, a bare one with the unit of the one before: "over 5 minutes but under 10"."""
    last: Amount | None = None
    for amount in amounts:
        if last and last.field and amount.field is None and not amount.is_money:
            bounds = tuple((op, value * last.times) for op, value in amount.bounds)
            amount = replace(amount, bounds=bounds, field=last.field, times=last.times)
        last = amount
        yield amount


def _two(match: re.Match[str]) -> Amount | None:
    """Between two numbers, of which the first has the scale of the second where it has none of its own."""
    if match["how"] is None and match["to"] in ("and", "&"):
        return None
    shared = match["scale1"] or match["scale2"]
    scale = match["scale2"] if match["scale1"] is None and _value(match, "1", None) < 1000 else match["scale1"]
    low, high = _value(match, "1", scale), _value(match, "2", match["scale2"])
    is_money = bool(match["coin1"] or match["coin2"] or match["coins"] or shared)
    if low > high or not (match["how"] in BETWEEN or is_money or match["unit"] or high >= 1000):
        return None
    times = _times(match)
    bounds: tuple[tuple[Operator, float], ...] = (("gte", low * times), ("lte", high * times))
    return Amount(match.start(), match.end(), bounds, _field(match["unit"]), is_money, times)


def _one(match: re.Match[str], text: Text) -> Amount | None:
    if match["how"] is None and _RANK.search(text.before(match.start())):
        return None
    value = _value(match, "1", match["scale1"]) * _times(match)
    is_money = bool(match["coin1"] or match["scale1"] or match["coins"])
    bounds = _bounds(match, value)
    is_told = match["how"] or match["plus"] or match["minus"] or _is_value(value, text.before(match.start()))
    if bounds is None or not (is_told or is_money or match["unit"]):
        return None
    if match["how"] in ("from", "past", "just", "min", "max") and not (is_money or match["unit"] or value >= 1000):
        return None
    return Amount(match.start(), match.end(), bounds, _field(match["unit"]), is_money, _times(match))


def _is_value(value: float, before: str) -> bool:
    """Whether a bare number is what something is worth, and no year."""
    return value > LATEST_YEAR and _OF_VALUE.search(before) is not None


def _bounds(match: re.Match[str], value: float) -> tuple[tuple[Operator, float], ...] | None:
    how = match["how"]
    if match["plus"]:
        return (("gte", value),)
    if match["minus"]:
        return (("lte", value),)
    if how is None:
        return (("eq", value),)
    for words, op in COMPARED:
        if how in words.split("|"):
            return ((op, value),)
    return (("gte", value * (1 - NEAR)), ("lte", value * (1 + NEAR)))


def _value(match: re.Match[str], mark: str, scale: str | None) -> float:
    word = match[f"word{mark}"]
    number = NUMBERS[word] if word else _digits(match[f"digits{mark}"], bool(scale))
    return number * (SCALES[scale] if scale else 1)


def _digits(written: str, is_scaled: bool) -> float:
    """25,000 and 25.000 are thousands; 1.5 and 1,5 are not, nor is 1.125 before a scale."""
    groups = re.split(r"[,.' ]", written)
    if len(groups) > 1 and not is_scaled and all(len(group) == 3 for group in groups[1:]):
        return float("".join(groups))
    whole, cents = re.match(r"(.*?)(?:[.,](\d+))?$", written).groups()  # type: ignore[union-attr]
    return float(f"{re.sub(r'[^0-9]', '', whole)}.{cents or 0}")


def _field(unit: str | None) -> str | None:
    return next((field for field, words in UNITS.items() if unit and re.fullmatch(words, unit)), None)


def _times(match: re.Match[str]) -> int:
    """Durations are kept in seconds."""
    unit = match["unit"]
    return SECONDS[unit[0]] if _field(unit) == "duration" and unit else 1


def _plain(value: float) -> int | float:
    rounded = round(min(value, LARGEST), 2)
    return int(rounded) if rounded == int(rounded) else rounded
