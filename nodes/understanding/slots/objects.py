"""What kind of records a question is for, by its words: deals, tasks, contacts, companies, calls or notes.

The first that is named counts: in "calls about the Acme deal" it is calls.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.query import Filter, QueryObject
from nodes.understanding.slots.part import Text, pattern

FOUND: Final = (
    r"objections?|push-?backs?|buying[ -]signals?|competitor mentions?|mentions of competitors?|red flags?|risks|"
    r"(?:open|unanswered) questions"
)
"""What is found in calls alone: who asks for it asks of calls."""

_NOUNS: Final[tuple[tuple[QueryObject, str], ...]] = (
    ("deals", r"deals?(?:'s)?|opportunit(?:y|ies)|opps?|sales pipeline|pipeline|pipe|quotes?|bookings|renewals?"),
    ("tasks", r"tasks?|to[ -]?dos?|reminders?|follow[ -]?ups?|action items?|things to do|chores?"),
    (
        "calls",
        r"(?:sales |phone |video |gong )?calls?(?! tasks?\b)|meetings?(?! tasks?\b)|conversations?|convos?|"
        r"chats?|recordings?|demos|discussions?|"
        r"talks?",
    ),
    ("calls", FOUND),
    ("notes", r"notes?|memos?|write-?ups?"),
    (
        "contacts",
        r"contacts?|people|persons?|leads?|[ms]qls?|stakeholders?|decision[ -]makers?|champions?|buyers?|"
        r"subscribers?",
    ),
    (
        "companies",
        r"compan(?:y|ies)|accounts?|customers?(?! success| service| care)|clients?|organi[sz]ations?|businesses|"
        r"firms?|logos?|prospects?",
    ),
)
NOUNS: Final = tuple((object, pattern(words)) for object, words in _NOUNS)

_FOUND: Final = re.compile(FOUND)

_HINTED: Final[tuple[tuple[QueryObject, str], ...]] = (
    (
        "calls",
        r"(?:spoke|spoken|speak|talk|talked|talking|met|meet) (?:to|with)|call(?:ed)?|objections?|sentiment|"
        r"buying signals?|competitors?|transcripts?|pushbacks?|concerns|complaints|red flags?|say|said|told|"
        r"promised?|contact with",
    ),
    (
        "deals",
        r"won|lost|clos(?:e|es|ed|ing)|revenue|sold|sell|churned|forecast|stages?|in the pipeline|bookings?|signed|"
        r"renewals?",
    ),
    ("tasks", r"overdue|due|to do|finish|on my (?:plate|list)|remind(?:ed)?"),
    (
        "contacts",
        r"who (?:works )?(?:at|for)|e-?mail(?: address(?:es)?)?|job titles?|phone(?: number)?s?|who is|who's",
    ),
    ("companies", r"who owns|units|domains?|industry|customers?"),
)
HINTS: Final = tuple((object, pattern(words)) for object, words in _HINTED)

_NOT_NOUNS: Final = re.compile(
    r"(?:to|can|should|will|must|please|i|we|you|and|who did (?:i|we)) (?=call$)|sales (?=people$)|"
    r"(?:our|my|the) (?=people$)|(?:last|latest|in|no|any|of) (?=contact$)|"
    r"take (?=note$)|(?:whose|which) (?=people$)|(?:price|pricing) (?=talk$)"
)
"""Words before which a noun is a verb or means something else."""

_MOST: Final = re.compile(r"\b(?:which|what|who)\b.*\b(?:most|fewest|least)\b")
"""Of "which company has the most calls" it is calls that are counted."""

STAGE_OF_LIFE: Final[dict[str, tuple[QueryObject, str]]] = {
    "lead": ("contacts", "lead"),
    "customer": ("companies", "customer"),
    "client": ("companies", "customer"),
    "subscriber": ("contacts", "subscriber"),
    "mql": ("contacts", "marketingqualifiedlead"),
    "sql": ("contacts", "salesqualifiedlead"),
}
"""Nouns that say the lifecycle stage too."""


@dataclass(frozen=True)
class Asked:
    """The kind of records with the noun that says so. `filters` are conditions that the noun sets by itself."""

    object: QueryObject
    start: int
    end: int
    filters: tuple[Filter, ...] = ()
    is_certain: bool = False
    """Whether the noun leaves no doubt: findings are in calls, and leads or customers are asked for alone."""


def asked_for(text: Text) -> Asked | None:
    """The first noun for a kind of records; None where none is said."""
    most = _MOST.search(text.plain)
    nouns = list(nouns_in(text))
    found = [asked for asked in nouns if most is None or asked.start >= most.end()]
    first = min(found or nouns, key=lambda asked: asked.start, default=None)
    is_only = first is not None and bool(first.filters) and len({asked.object for asked in nouns}) == 1
    return replace(first, is_certain=True) if first is not None and is_only else first


def nouns_in(text: Text) -> Iterator[Asked]:
    """All nouns for kinds of records."""
    for object, words in NOUNS:
        for match in text.free(words):
            before = text.before(match.end())[-40:]
            if not any(other.end() == len(before) - len(match[0]) for other in _NOT_NOUNS.finditer(before)):
                filters = _by_noun(match[0], object)
                yield Asked(object, *match.span(), filters, _FOUND.fullmatch(match[0]) is not None)


def hinted(text: Text) -> QueryObject | None:
    """The kind of records that other words lead to."""
    return next((object for object, words in HINTS if words.search(text.plain)), None)


def _by_noun(noun: str, object: QueryObject) -> tuple[Filter, ...]:
    stage = STAGE_OF_LIFE.get(noun.removesuffix("s"))
    if stage is None or stage[0] != object:
        return ()
    return (Filter(field="lifecyclestage", op="eq", value=stage[1], name=stage[1]),)
