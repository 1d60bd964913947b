"""What only calls have: findings ("price objections"), sentiment, and which way they moved the deal."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from core.query import Filter
from nodes.call_analysis.extractive.names import words
from nodes.understanding.slots.part import Part, Text, pattern

FINDINGS: Final[Mapping[str, str]] = {
    "objection": r"objections?|pushbacks?|concerns?|complaints?",
    "buying_signal": r"buying[ -]signals?|signs? of interest",
    "next_step": r"next[ -]steps?|commitments?|promises?",
    "risk": r"risks?|red flags?|warning signs?",
    "competitor": (
        r"(?:competitor mentions?|mentions of (?:a )?competitors?)|competitors?|competition|rival(?:s| vendors?)?"
    ),
    "question_open": r"open questions?|unanswered questions?|questions? left open",
}
SENTIMENTS: Final[Mapping[str, str]] = {
    "positive": r"positive|happy|good|upbeat|(?:went|ended|turned out) well|great",
    "negative": r"negative|unhappy|bad|angry|upset|(?:went|ended|turned out) (?:badly|poorly)|frustrated|tense",
    "mixed": r"mixed",
    "neutral": r"neutral|lukewarm",
}
DIRECTIONS: Final[Mapping[str, str]] = {
    "advance": (
        r"(?:that )?(?:moved|advanced|pushed)(?: the deal| things| us| it)? (?:forward|ahead|on)|advanc(?:ed|ing)"
    ),
    "regress": r"(?:that )?(?:set us back|went backwards?|moved (?:the deal )?back(?:wards?)?|regress(?:ed|ing)?)",
}
_NOT_SUBJECTS: Final = words(
    """
    a about all an and any anything biggest by came come common customer customers' did discussed do each every find
    for from get got had has have hear heard her his how i in last latest list main many me mention mentioned more
    most my new no of on open our raised recent said same show than that the their these they this those to top us
    we were what when where which who why with without your
    """
)
_ABOUT: Final = r"(?: (?:about|on|over|around|to|regarding|against|concerning) (?:the |their |our )?(?P<about>[\w-]+))?"
STEMS: Final[Mapping[str, str]] = {
    "pricing": "price",
    "prices": "price",
    "costs": "cost",
    "budgets": "budget",
    "timelines": "timeline",
}
"""What is looked for in the words of a finding, where another form of the word would find less."""

_HAPPENED: Final = words("this last next today yesterday in since before")


def call_parts(text: Text) -> Iterator[Part]:
    """Conditions on what was found in calls and how they went."""
    findings = list(_findings(text))
    yield from findings
    text = text.without(findings)
    for field, values in (("sentiment", SENTIMENTS), ("stage_direction", DIRECTIONS)):
        for value, spoken in values.items():
            behind = r"(?: sentiment| mood| tone)?" if field == "sentiment" else ""
            said = rf"(?:sentiment (?:is |was )?|with (?:a )?)?(?:{spoken}){behind}"
            for match in text.free(pattern(said)):
                yield Part(*match.span(), (Filter(field=field, op="eq", value=value),))


def finding_in(text: Text) -> str | None:
    """The kind of finding that is asked for."""
    return next((kind for kind, said in FINDINGS.items() if pattern(said).search(text.plain)), None)


def _findings(text: Text) -> Iterator[Part]:
    for kind, said in FINDINGS.items():
        for match in text.free(
            re.compile(rf"(?<![\w-])(?:(?:with|without|any|of) )*(?:(?P<subject>[\w'-]+)[ -])?(?:{said})\b{_ABOUT}")
        ):
            yield _finding(text, match, kind)


def _finding(text: Text, match: re.Match[str], kind: str) -> Part:
    subject = match["subject"] if match["subject"] and match["subject"] not in _NOT_SUBJECTS else None
    about = match["about"] if match["about"] and match["about"] not in _HAPPENED else None
    word = subject or about
    op = "neq" if match[0].startswith("without") else "eq"
    filters = [Filter(field="finding", op=op, value=kind)]
    if word is not None:
        filters.append(Filter(field="finding_text", op="contains", value=STEMS.get(word, word)))
    start = match.start() if subject or match["subject"] is None else match.end("subject") + 1
    end = match.end() if about or match["about"] is None else match.start("about")
    return Part(start, end, tuple(filters))
