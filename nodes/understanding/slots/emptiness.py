"""What a record has or lacks: "without an amount", "no close date", "with an e-mail address"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from core.query import Filter, QueryObject
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.slots.part import Part, Text

_ALIASES: Final[Mapping[QueryObject, Mapping[str, str]]] = {
    "deals": {
        "amounts?|values?|prices?|sums?|figures?|number": "amount", "clos(?:e|ing) dates?|end dates?": "closedate",
        "next steps?": "hs_next_step", "compan(?:y|ies)|accounts?": "company",
        r"contacts?(?! (?:for|in|since)\b)|people|persons?": "contact",
        "descriptions?": "description", "brands?": "brand", "stages?": "dealstage", "priority": "hs_priority",
        "(?:closed )?lost reasons?|loss reasons?": "closed_lost_reason",
    },
    "contacts": {
        "e-?mails?(?: address(?:es)?)?|address(?:es)?": "email", "phone(?: number)?s?|numbers?": "phone",
        "job titles?|titles?|roles?|positions?": "jobtitle", "compan(?:y|ies)|accounts?|employers?": "company",
        "deals?|opportunit(?:y|ies)": "deal", "last names?|surnames?": "lastname", "first names?": "firstname",
    },
    "companies": {
        "domains?|websites?|sites?": "domain", "phone(?: number)?s?": "phone", "industr(?:y|ies)": "industry",
        "cit(?:y|ies)": "city", "states?": "state", "countr(?:y|ies)": "country", "segments?": "segment",
        "units?|unit (?:count|number)s?|number of units|doors": "numberofunits",
        r"contacts?(?! (?:for|in|since)\b)|people": "contact", "deals?|opportunit(?:y|ies)": "deal",
    },
    "tasks": {
        "due dates?|deadlines?|dates?": "hs_timestamp", "compan(?:y|ies)|accounts?": "company", "deals?": "deal",
        "contacts?": "contact", "priority|priorities": "hs_task_priority",
        "notes?|body|text|descriptions?": "hs_task_body",
    },
    "calls": {
        "deals?": "deal", "compan(?:y|ies)|accounts?": "company", "contacts?": "contact", "titles?": "title",
        "sentiment": "sentiment",
    },
    "notes": {"deals?": "deal", "compan(?:y|ies)": "company", "contacts?": "contact", "text|body": "hs_note_body"},
}  # fmt: skip
_LACKS: Final = (
    r"without|w/o|with no|with (?:an? )?(?:empty|blank|missing)|no|missing|lacking|lacks?|that (?:has|have) no|"
    r"has no|"
    r"have no|having no|"
    r"(?:doesn't|don't|does not|do not|didn't) have|where there is no|(?:blank|empty)"
)
_HAS: Final = r"with|that (?:has|have)|has|have|having"
_NOT_SET: Final = (
    r"(?:is|are) (?:empty|missing|blank|not set|unset|not filled(?: in)?|unknown)|isn't set|not set|(?:is|"
    r"are)n't filled(?: in)?"
)


def emptiness_parts(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """Conditions of having or lacking a field, by the names that people and the portal give it."""
    names = list(_names(text, object, lexicon))
    for words, field in names:
        article = r"(?: an?| any| the| its| their)?(?: known| valid)?"
        lacks = re.compile(
            rf"(?<![\w-])(?:(?:{_LACKS})(?: both| either)?{article} (?:{words})|(?:{words}) (?:{_NOT_SET}))"
            r"(?: set)?(?![\w-])"
        )
        parts = [Part(*match.span(), (Filter(field=field, op="is_empty"),)) for match in text.free(lacks)]
        has = re.compile(
            rf"(?<![\w-])(?:{_HAS})(?: an| a| any| some) (?:{words})(?: set)?(?![\w-])(?! (?:of|over|under|above|"
            rf"below|at|called|in|before|after|by|between|within|on|this|next|last|that|from|since|until)\b)"
        )
        for part in parts:  # it grows while it is gone through: a list may go on and on
            parts += _also_lacked(text, part, names)
        text = text.without(parts)
        parts += [Part(*match.span(), (Filter(field=field, op="is_not_empty"),)) for match in text.free(has)]
        yield from parts
        text = text.without(parts)


def _also_lacked(text: Text, part: Part, names: Sequence[tuple[str, str]]) -> Iterator[Part]:
    """What a list goes on with: "without an amount or a close date"."""
    for words, field in names:
        match = re.compile(
            rf"(?:,? (?:and|or|nor)|,)(?: no| without)?(?: an?| any| the)? (?P<name>{words})(?![\w-])"
        ).match(text.plain, part.end)
        if match is not None:
            yield Part(*match.span("name"), (Filter(field=field, op="is_empty"),))


def _names(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Patterns of names with their fields; of the portal's own labels, which may be hundreds, those that are said."""
    yield from _ALIASES[object].items()
    known = set(_ALIASES[object].values())
    specs = lexicon.fields.get(object, {}) if object != "calls" else {}
    for spec in specs.values():
        if spec.name not in known and len(spec.label) > 3 and spec.label.lower() in text.plain:
            yield re.escape(spec.label.lower()), spec.name
