"""Records that a question names, as conditions: the company, deal or contact that the answer's records belong to.

Whom a name means depends on what is asked for: a name beside deals is a company's before it is a deal's, one that
owns something is a colleague's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from core.query import Filter, QueryObject
from nodes.understanding.lexicon import CLEARLY, Lexicon, Mention
from nodes.understanding.shape import Doubt, Named
from nodes.understanding.slots.part import Part, Text
from nodes.understanding.slots.people import ONLY_OURS, colleague_part

ID: Final = "hs_object_id"
FIELDS: Final[Mapping[str, str]] = {"companies": "company", "deals": "deal", "contacts": "contact"}
LIKELY: Final[Mapping[QueryObject | None, tuple[str, ...]]] = {
    "deals": ("companies", "deals", "contacts"),
    "tasks": ("companies", "contacts", "deals"),
    "contacts": ("companies", "contacts", "deals"),
    "companies": ("companies", "contacts", "deals"),
    "calls": ("companies", "contacts", "deals"),
    "notes": ("companies", "contacts", "deals"),
    None: ("companies", "contacts", "deals"),
}
"""Whom a name means where several kinds bear it, by what is asked for."""

FAR: Final = 0.3
"""How far a kind that is likelier may stand behind in how well its name fits."""

_LEAD: Final = re.compile(
    r"\b(?:(?:that )?(?:belong(?:s|ing)? to|related to|associated with|linked to|connected to|owned by|"
    r"assigned to)|with|for|"
    r"at|from|about|of|by|to|on|in|the|company|account|customer|contact|deal)(?: the)? $"
)
_THE_DEAL: Final = re.compile(r"^(?:'s?)? (?:deal|opportunity|renewal|opp)\b")
_OURS_BEHIND: Final = re.compile(
    r"^(?:'s)? (?:own|owns|closed|won|lost|have|has|working|sold|talk|speak|spoke|do|did)\b"
)
_OUR_QUESTION: Final = re.compile(
    r"\b(?:does|did|has|is|can|should|will|by|owned by|not|except|excluding|than|assigned to) $"
)
_OF_THEM: Final = re.compile(r"\b(?:with|at|to) $")


def record_parts(text: Text, object: QueryObject | None, lexicon: Lexicon) -> Iterator[Part]:
    """Every name in the question, as the condition that it sets or the question it raises."""
    for mention in lexicon.names.mentions(text.written):
        if text.is_free(mention.start, mention.end):
            yield _part(text, mention, object, lexicon)


def _part(text: Text, mention: Mention, object: QueryObject | None, lexicon: Lexicon) -> Part:
    meant = meant_by(text, mention, object)
    if meant[0].type == "person":
        return colleague_part(text, mention, meant, lexicon)
    lead = _LEAD.search(text.before(mention.start))
    start = lead.start() if lead else mention.start
    end = mention.end + (2 if text.after(mention.end).startswith("'s") else 0)
    field = ID if meant[0].type == object else FIELDS[meant[0].type]
    if len(meant) > 1:
        doubt = Doubt(question=f"Which {mention.text} do you mean?", choices=tuple(meant), field=field)
        return Part(start, end, doubts=(doubt,))
    filter = Filter(field=field, op="eq", value=meant[0].id, name=meant[0].name)
    return Part(start, end, (filter,), named=(meant[0],))


def meant_by(text: Text, mention: Mention, object: QueryObject | None) -> Sequence[Named]:
    """The candidates of the kind that is meant, as many of them as are alike; never none."""
    scored = list(zip(mention.candidates, mention.scores or (1.0,) * len(mention.candidates), strict=True))
    best = max(score for _, score in scored)
    for kind in _kinds(text, mention, object):
        of_kind = [(named, score) for named, score in scored if named.type == kind]
        if of_kind and of_kind[0][1] >= best - FAR:
            top = of_kind[0][1]
            return [named for named, score in of_kind if top - score < CLEARLY]
    return [scored[0][0]]


def _kinds(text: Text, mention: Mention, object: QueryObject | None) -> tuple[str, ...]:
    """Kinds in the order in which they are likely."""
    before, after = text.before(mention.start), text.after(mention.end)
    if ONLY_OURS.search(before):
        return ("person", *LIKELY[object])
    if _names_one_deal(mention, after, object):
        return ("deals", *LIKELY[object], "person")
    if _OF_THEM.search(before) and not after.startswith("'s"):
        return (*LIKELY[object], "person")
    if _OUR_QUESTION.search(before) or _OURS_BEHIND.search(after):
        return ("person", *LIKELY[object])
    return (LIKELY[object][0], "person", *LIKELY[object][1:])


def _names_one_deal(mention: Mention, after: str, object: QueryObject | None) -> bool:
    """Whether a deal itself is named: in full, or as "the Acme deal" in a question that is not for deals."""
    if object != "deals" and _THE_DEAL.search(after):
        return True
    return mention.candidates[0].type == "deals" and (object == "deals" or not _is_company_too(mention))


def _is_company_too(mention: Mention) -> bool:
    """Whether the same words may name a company, hardly less well."""
    best = max(mention.scores, default=0.0)
    scored = zip(mention.candidates, mention.scores, strict=True)
    return any(named.type == "companies" and score >= best - FAR for named, score in scored)
