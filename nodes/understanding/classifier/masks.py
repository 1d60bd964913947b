"""A sentence with its names, days and amounts taken out, so that what is learnt is how people ask and not of whom.

"move Acme to contract sent" becomes move <name> to <stage>. The names come from whoever knows them: the lexicon's
mentions when Sophia runs, the lists beside the sentences when she is trained (evals/asking).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from nodes.understanding.lexicon import Mention
from tools.hubspot.port import Pipeline

Class = Literal["name", "person", "stage", "team", "amount", "past", "date", "number"]
LONGEST: Final = 2_000
"""Letters of a sentence that are looked at: what somebody wants is said by then, and pasted text is long."""

_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple of|few)"
_UNIT = r"(?:days?|weeks?|months?|quarters?|years?|hours?|minutes?|fortnights?)"
_WEEKDAY = r"(?:mon|tues?|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = (
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september|"
    r"october|november|december|(?<=in )may|(?<=since )may|may(?= \d)|(?<=\d )may)"
)
_SAID: Final[tuple[tuple[Class, str], ...]] = (
    (
        "amount",
        r"[$£€] ?\d[\d,.]*(?: ?(?:k|m|mn|mio|bn|thousand|million|grand))?|\d[\d,.]* ?(?:k|m|mn|thousand|"
        r"million|grand)|"
        r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d[\d,.]* ?(?:dollars|euros|pounds|usd|eur|gbp|quid|bucks)|half a million",
    ),
    (
        "past",
        rf"yesterday|(?:last|past|previous) (?:{_COUNT} )?(?:{_UNIT}|{_WEEKDAY}|{_MONTH})|"
        rf"{_COUNT} {_UNIT} ago",
    ),
    (
        "date",
        rf"\d{{4}}-\d\d?-\d\d?|\d\d?/\d\d?(?:/\d{{2,4}})?|today|tomorrow|tonight|"
        rf"(?:this|next|coming|current) (?:{_COUNT} )?(?:{_UNIT}|{_WEEKDAY}|{_MONTH})|"
        rf"end of (?:the |this |next )?{_UNIT}|(?:in|within) (?:the next )?{_COUNT} {_UNIT}|q[1-4](?: \d{{4}})?|"
        rf"(?:the )?\d\d?(?:st|nd|rd|th)(?: of)?(?: {_MONTH})?|{_MONTH}(?: \d\d?(?:st|nd|rd|th)?)?(?:,? \d{{4}})?|"
        rf"\d\d? {_MONTH}|{_WEEKDAY}|\d\d?(?::\d\d)? ?(?:am|pm)|\d\d?:\d\d",
    ),
    ("number", r"#?\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|dozen"),
)
PATTERNS: Final = tuple((kind, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in _SAID)
_TOKEN = re.compile(r"<[a-z]+>|[^\W_]+(?:['’][^\W_]+)*|[?!]|\.\.\.|…|->|[#@&:]")
_CAPITAL = re.compile(r"(?<![.!?:…] )(?<=\w[ ,]|[ ,(]\w)[A-Z][\w'’]+|(?<=[a-z,;] )[A-Z][\w'’]+")
_OURS = frozenset(
    [
        "i",
        "i'm",
        "i'd",
        "i'll",
        "i've",
        "crm",
        "hubspot",
        "slack",
        "gong",
        "sophia",
        "bant",
        "meddpicc",
        "meddic",
        "icp",
        "cfo",
        "ceo",
        "vp",
        "cto",
        "ok",
        "tldr",
        "todo",
        "sql",
        "hr",
        "ai",
        "python",
        "yardi",
        "appfolio",
        "entrata",
        "buildium",
    ]
)
FOR_READING: Final = {"name": "Acme", "person": "Dana", "team": "the West team"}
"""What stands for a name where the sentence is read for its meaning: always the same."""


@dataclass(frozen=True)
class Span:
    """Letters of a text that name something of a class."""

    start: int
    end: int
    kind: Class


@dataclass(frozen=True)
class Masked:
    """A sentence as words with <class> for what was taken out, capitals that nobody knows, and as it is read."""

    words: tuple[str, ...]
    strangers: tuple[str, ...]
    reading: str


def spans_of(mentions: Iterable[Mention], text: str, pipelines: Sequence[Pipeline]) -> tuple[Span, ...]:
    """The names in a text, as the lexicon knows them."""
    found = [Span(mention.start, mention.end, _class_of(mention)) for mention in mentions if mention.candidates]
    return tuple(found) + stages_in(text, pipelines)


def stages_in(text: str, pipelines: Sequence[Pipeline]) -> tuple[Span, ...]:
    """Where the text has the label of a deal stage."""
    labels = sorted({stage.label.lower() for line in pipelines for stage in line.stages if stage.label}, key=len)
    if not labels:
        return ()
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(label) for label in reversed(labels))})(?!\w)", re.IGNORECASE)
    return tuple(Span(match.start(), match.end(), "stage") for match in pattern.finditer(text[:LONGEST]))


def masked(text: str, names: Iterable[Span]) -> Masked:
    """The sentence without what `names` and the patterns of days and amounts find in it."""
    text = text[:LONGEST].replace("’", "'")
    known = _not_overlapping([span for span in names if span.end <= len(text)], len(text))
    reading = _replaced(text, known, lambda span: FOR_READING.get(span.kind, text[span.start : span.end]))
    found = [Span(match.start(), match.end(), kind) for kind, pattern in PATTERNS for match in pattern.finditer(text)]
    every = _not_overlapping([*known, *found], len(text))
    plain = _replaced(text, every, lambda span: f" <{span.kind}> ")
    return Masked(tuple(_TOKEN.findall(plain.lower())), _strangers(text, known), reading)


def _class_of(mention: Mention) -> Class:
    kind = mention.candidates[0].type
    if kind in ("person", "contacts"):
        return "person"
    return "team" if kind == "team" else "name"


def _not_overlapping(spans: Sequence[Span], length: int) -> list[Span]:
    """The spans in order; of those that overlap, the one that stands first in the list."""
    taken = bytearray(length)
    kept: list[Span] = []
    for span in spans:
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _replaced(text: str, spans: Sequence[Span], by: Callable[[Span], str]) -> str:
    """The text with other words for each span; the spans are in order and do not overlap."""
    parts, before = [], 0
    for span in spans:
        parts += [text[before : span.start], by(span)]
        before = span.end
    return "".join([*parts, text[before:]])


def _strangers(text: str, known: Sequence[Span]) -> tuple[str, ...]:
    """Words that somebody wrote with a capital though no sentence begins there, and that are no name we know."""
    if text.isupper() or text.istitle():
        return ()
    ours = [(span.start, span.end) for span in known]
    found = [
        match.group().lower()
        for match in _CAPITAL.finditer(text)
        if not any(start <= match.start() < end for start, end in ours)
    ]
    return tuple(word for word in found if word.removesuffix("'s") not in _OURS and not _is_day(word))


def _is_day(word: str) -> bool:
    return any(pattern.fullmatch(word) for _, pattern in PATTERNS)
