"""What a query asks for, in words: "open deals of Dana Reyes closing in November 2026"."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.query import ASSOCIATED, OWNER, Filter, Query
from nodes.policy.offered import STAGE
from nodes.querying.cells import value_text
from nodes.querying.fields import FINDING, FINDING_TEXT, ID, TASK_STATUS, Field
from nodes.querying.filtering import wanted_values
from nodes.querying.plain import day_text, one_line
from nodes.querying.reading import Portal
from nodes.querying.values import Value, day_in

NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "deals": ("deal", "deals"),
    "tasks": ("task", "tasks"),
    "contacts": ("contact", "contacts"),
    "companies": ("company", "companies"),
    "calls": ("call", "calls"),
    "notes": ("note", "notes"),
}
FINDINGS: Final[Mapping[str, tuple[str, str]]] = {
    "objection": ("objection", "objections"),
    "buying_signal": ("buying signal", "buying signals"),
    "next_step": ("next step", "next steps"),
    "risk": ("risk", "risks"),
    "competitor": ("mention of a competitor", "mentions of competitors"),
    "question_open": ("open question", "open questions"),
}
VERBS: Final = {"closedate": "closing ", "hs_timestamp": "due ", "createdate": "created ", "hs_createdate": "created "}
COMPARISONS: Final = {"gt": "over {}", "gte": "of {} or more", "lt": "under {}", "lte": "of {} at most", "eq": "of {}"}
WORDS: Final = {"neq": "other than", "contains": "with", "gt": "above", "gte": "from", "lt": "below", "lte": "up to"}
KINDS_OF_STAGES: Final = ("open", "won", "lost", "closed")
MOST_NAMES: Final = 3
MY_TEAM: Final = "my team"
"""The name of a filter for the asker's own team."""

TEXT_LENGTH: Final = 60


@dataclass(frozen=True)
class Naming:
    """What a sentence may name: `me` is the asker's owner id, `links` what the records shown belong to, by id.

    `currency` is the one of all amounts that were found; of several none can stand beside an amount that was asked for.
    """

    portal: Portal
    me: str | None
    links: Mapping[str, str]
    currency: str | None = None


def described(query: Query, count: int, naming: Naming) -> str:
    """The records, in words: with their number's form, and without the number."""
    adjectives, phrases = _said(query, query.filters, naming)
    noun = NOUNS[query.object][0 if count == 1 else 1]
    groups = [" ".join([*extra, *more]) for extra, more in (_said(query, group, naming) for group in query.any_of)]
    either = [" or ".join(group for group in groups if group)] if any(groups) else []
    return " ".join([*adjectives, noun, *phrases, *either])


def counted_findings(query: Query, count: int = 0) -> str:
    """What is counted, where findings are: without the number."""
    kinds = [str(one.value) for one in query.filters if one.field == FINDING and one.op == "eq"]
    singular, plural = FINDINGS.get(kinds[0], ("finding", "findings")) if kinds else ("finding", "findings")
    about = [f" about “{_text(one.value)}”" for one in query.filters if one.field == FINDING_TEXT]
    return f"{singular if count == 1 else plural}{''.join(about)}"


def _said(query: Query, filters: Sequence[Filter], naming: Naming) -> tuple[list[str], list[str]]:
    """Adjectives before the noun, and phrases behind it; the times of one date together."""
    adjectives: list[str] = []
    phrases: list[str] = []
    dates: dict[str, list[Filter]] = {}
    counts_findings = query.aggregate is not None and query.aggregate.field == FINDING
    for one in filters:
        field = naming.portal.fields.get(one.field)
        if field is not None and field.kind in ("day", "moment") and one.op in COMPARISONS:
            dates.setdefault(one.field, []).append(one)
        elif adjective := _adjective(one):
            adjectives.append(adjective)
        elif one.field == ID:
            phrases.append("that you named")
        elif not (counts_findings and one.field in (FINDING, FINDING_TEXT)):
            phrases.append(_phrase(query, one, field, naming))
    for name, several in dates.items():
        if _is_overdue(query, several, naming):
            adjectives = ["overdue" if one == "open" else one for one in adjectives]
        else:
            phrases.append(_time(name, several, naming, is_over=not {"won", "lost", "closed"}.isdisjoint(adjectives)))
    return adjectives, phrases


def _adjective(filter: Filter) -> str | None:
    if filter.field == STAGE and filter.name in KINDS_OF_STAGES:
        return filter.name
    if filter.field == TASK_STATUS and filter.value == "COMPLETED":
        return {"neq": "open", "eq": "completed"}.get(filter.op)
    return None


def _phrase(query: Query, filter: Filter, field: Field | None, naming: Naming) -> str:
    label = field.label.lower() if field else one_line(filter.field, TEXT_LENGTH)
    if filter.op in ("is_empty", "is_not_empty"):
        return f"{'without' if filter.op == 'is_empty' else 'with'} {_article(label)} {label}"
    if field is not None and field.kind == "link":
        return f"{'with' if query.object == 'calls' else 'of'} {_links(filter, naming)}"
    values = wanted_values(filter, field.kind) if field else []
    if filter.field == OWNER:
        return f"{'not of' if filter.op == 'neq' else 'of'} {_people(filter, values, naming)}"
    if filter.field in (FINDING, FINDING_TEXT):
        kind = FINDINGS.get(str(filter.value), (_text(filter.value),))[0]
        how = "without" if filter.op == "neq" else "with"
        return f"about “{kind}”" if filter.field == FINDING_TEXT else f"{how} {_article(kind)} {kind}"
    texts = [value_text(value, field, naming.currency, naming.portal.zone) for value in values]
    named = _several([one_line(text, TEXT_LENGTH) for text in texts] or [_text(filter.value)])
    if field is not None and field.is_money and filter.op in COMPARISONS:
        return COMPARISONS[filter.op].format(named)
    return f"in {named}" if filter.field == STAGE and filter.op in ("eq", "in") else _generic(label, filter, named)


def _generic(label: str, filter: Filter, named: str) -> str:
    word = WORDS.get(filter.op)
    quoted = f"“{named}”" if filter.op == "contains" else named
    return f"with {label} {word} {quoted}" if word and word != "with" else f"with {label} {quoted}"


def _people(filter: Filter, values: Sequence[Value], naming: Naming) -> str:
    if list(values) == [naming.me]:
        return "yours"
    names = [naming.portal.owners.get(str(value), "somebody") for value in values]
    if len(names) <= MOST_NAMES:
        return _several(names)
    return "your team" if filter.name == MY_TEAM else f"{len(names)} people"


def _links(filter: Filter, naming: Naming) -> str:
    """By the names of what the asker sees; what they do not see reads as what does not exist."""
    names = [naming.links[id] for id in map(str, wanted_values(filter, "link")) if id in naming.links]
    return _several(names) if names else f"that {filter.field if filter.field in ASSOCIATED else 'record'}"


def _is_overdue(query: Query, filters: Sequence[Filter], naming: Naming) -> bool:
    days = [day_in(value, naming.portal.zone) for one in filters for value in wanted_values(one, "moment")]
    return query.object == "tasks" and [one.op for one in filters] == ["lt"] and days == [naming.portal.today]


def _time(name: str, filters: Sequence[Filter], naming: Naming, *, is_over: bool) -> str:
    zone = naming.portal.zone
    first, last = date.min, date.max
    for one in filters:
        for day in (day_in(value, zone) for value in wanted_values(one, "moment")):
            if day is None:
                continue
            if one.op in ("gt", "gte", "eq"):
                first = max(first, day + timedelta(days=1) if one.op == "gt" and day < date.max else day)
            if one.op in ("lt", "lte", "eq"):
                last = min(last, day - timedelta(days=1) if one.op == "lt" and day > date.min else day)
    label = naming.portal.fields[name].label.lower()
    verb = VERBS.get(name, "" if name == "started" else f"with {label} ")
    verb = "closed " if is_over and name == "closedate" else verb
    return f"{verb}{span_text(first, last)}"


def span_text(first: date, last: date) -> str:
    """Days as people name them: a day, a month, a quarter, a year, else from one to another."""
    if first == date.min or last == date.max:
        return f"from {day_text(first)} on" if last == date.max else f"until {day_text(last)}"
    if first == last:
        return f"on {day_text(first)}"
    ends_month = last.day == monthrange(last.year, last.month)[1]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day == 1 and ends_month and (months, first.month % 12) in ((12, 1), (1, first.month % 12)):
        return f"in {first.year}" if months == 12 else f"in {first:%B %Y}"
    if first.day == 1 and ends_month and months == 3 and first.month % 3 == 1:
        return f"in Q{(first.month + 2) // 3} {first.year}"
    return f"from {day_text(first)} to {day_text(last)}"


def _several(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    if len(unique) > MOST_NAMES:
        return f"{', '.join(unique[:MOST_NAMES])} and {len(unique) - MOST_NAMES} more"
    return " or ".join(unique)


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"


def _text(value: object) -> str:
    return one_line(", ".join(map(str, value)) if isinstance(value, tuple) else str(value), TEXT_LENGTH)
