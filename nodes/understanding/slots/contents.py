"""Words that records must hold: "called X", "about pricing", "with 'renewal' in the name"."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from core.query import Filter, QueryObject
from nodes.call_analysis.extractive.names import words
from nodes.understanding.slots.filler import FILLER
from nodes.understanding.slots.part import Part, Text

NAME: Final[Mapping[QueryObject, str]] = {
    "deals": "dealname", "tasks": "hs_task_subject", "companies": "name", "contacts": "name", "calls": "title",
    "notes": "hs_note_body",
}  # fmt: skip
"""The field that a record is called by."""

ABOUT: Final[Mapping[QueryObject, str]] = {**NAME, "calls": "finding_text"}
"""The field in which a subject is looked for."""

BODY: Final[Mapping[QueryObject, str]] = {"tasks": "hs_task_body", "deals": "description", "companies": "description"}

_QUOTED: Final = r"[\"'](?P<quoted>[^\"']{2,60})[\"']"
_END: Final = (
    r"(?= (?:and|or|but|this|last|next|in|on|at|since|before|after|by|from|with|that|which|who|owned|over|under|"
    r"above|below|"
    r"due|closing|sorted|are|is|today|yesterday|for|per)\b|[?.!,;]|$)"
)
_WORDS: Final = rf"(?:the |a |an )?(?P<words>[\w&+-]+(?: [\w&+-]+){{0,2}}?){_END}"
_NAMED: Final = re.compile(rf"\b(?:called|named(?: after)?|titled|entitled|by the name of) (?:{_QUOTED}|{_WORDS})")
_IN_FIELD: Final = re.compile(
    rf"\b(?:with|having|containing|contains?|includes?|including|that (?:have|has|say|says|mention)|"
    rf"whose \w+ (?:has|contains|includes)) "
    rf"(?:the (?:word|term|phrase) )?(?:{_QUOTED}|(?P<words>[\w&+-]+)) in (?:the |its |their )?"
    r"(?P<field>name|title|subject|body|text|description|note|notes)\b"
)
_FIELD_HAS: Final = re.compile(
    r"\b(?:(?:where|whose|with) )?(?:the |its |their |an? )?(?P<field>name|title|subject|body|text|description|"
    r"notes?) "
    r"(?:that )?(?:mentions?|mentioning|contains?|containing|includes?|including|says?|saying|has|"
    r"having) (?:the word )?"
    rf"(?:{_QUOTED}|{_WORDS})"
)
_ABOUT: Final = re.compile(
    r"\b(?:about|regarding|concerning|mentioning|mentions?|mentioned|on the (?:topic|subject) of|discussing|"
    r"discussed|"
    r"talking about|containing|contains?|saying|where (?:we|they|anyone|someone) (?:talked about|discussed|"
    r"mentioned))"
    rf" (?:{_QUOTED}|{_WORDS})"
)
_CAME_UP: Final = re.compile(
    rf"\b(?:where|in which|that|when) {_WORDS[: _WORDS.index('(?= ')]} (?:came up|comes up|was mentioned|"
    rf"were mentioned|was discussed|was raised|got mentioned)"
)
_BECAUSE: Final = re.compile(
    r"(?:\b(?:because of|due to|owing to)|(?<=lost )(?:to|over|on)) (?:an? |the |their |our )?(?P<reason>[a-z][\w-]+)"
)
_REASON: Final = re.compile(
    r"\b(?:(?:closed )?lost |loss )?reasons? (?:is|was|were|mentions?|mentioned|contains?|includes?|says?|being|has)"
    r"(?: (?:the|about|their|our))? (?P<reason>[a-z][\w-]+)"
)
_FIELDS: Final = {"title": NAME, "name": NAME, "subject": NAME, "note": NAME, "notes": NAME, "text": NAME}
MODIFIED: Final[tuple[QueryObject, ...]] = ("deals", "tasks", "notes", "calls")
_MODIFIER: Final = re.compile(r"(?<![\w'-])(?P<word>[a-z]{4,}) $")
JUDGING: Final = words(
    """
    active actual bad best better big biggest cold critical current customer dead different easy entire expensive fresh
    good great happy hard healthy huge important inactive interesting key large live main major median minor old
    potential promising quiet real recent relevant risky serious shaky similar slow small smallest stale stalled
    strategic strong stuck sure tiny tricky unhappy urgent warm weak whole worst worth cheap
    """
)
"""Words for what somebody thinks of records: none is called so."""
_CALLED_UP: Final = re.compile(
    r"\b(?:i|we|he|she|they|you|who|ever|last|was|were|been|be|have|has|had|not|never|recently) $"
)
"""Before "called" it is somebody on the telephone."""

_NOT_SUBJECTS: Final = re.compile(
    r"^(?:me|it|them|this|that|him|her|us|you|to|what|how|which|when|who|there|half|per|by|each|every|last|in|on|"
    r"at|since|of|and|or)\b"
)


def content_parts(text: Text, object: QueryObject) -> Iterator[Part]:
    """Conditions on a name or text that the question gives: "called X", "with X in the title"."""
    in_fields = [*text.free(_IN_FIELD), *(text.free(_FIELD_HAS) if object != "notes" else ())]
    for match in in_fields:
        fields = _FIELDS.get(match["field"], {**NAME, **BODY})
        yield _contains(match, fields[object])
    text = text.without(Part(*match.span()) for match in in_fields)
    for match in text.free(_NAMED):
        if not _CALLED_UP.search(text.before(match.start())):
            yield _contains(match, NAME[object])


def about_parts(text: Text, object: QueryObject) -> Iterator[Part]:
    """Conditions on what records are about, of the words that nothing else was made of."""
    for match in text.free(_CAME_UP):
        yield Part(*match.span(), (Filter(field=ABOUT[object], op="contains", value=match["words"]),))
    for match in text.free(_ABOUT):
        if not _NOT_SUBJECTS.match(_said(match)):
            yield _contains(match, ABOUT[object])


def modifier_parts(text: Text, object: QueryObject, noun_at: int | None) -> Iterator[Part]:
    """A word before the noun that nothing else was made of, as one of their names: "pilot deals", "demo calls"."""
    if noun_at is None or object not in MODIFIED or text.after(noun_at).startswith("to"):
        return  # in "needs to do" it is no noun that is meant
    match = _MODIFIER.search(text.before(noun_at))
    if match is not None and text.is_free(*match.span("word")) and match["word"] not in FILLER | JUDGING:
        yield Part(*match.span("word"), (Filter(field=NAME[object], op="contains", value=match["word"]),))


def reason_parts(text: Text) -> Iterator[Part]:
    """Why deals were lost: "lost because of price", "where the reason mentions price"."""
    for match in (*text.free(_REASON), *text.free(_BECAUSE)):
        filter = Filter(field="closed_lost_reason", op="contains", value=match["reason"])
        yield Part(*match.span(), (filter,))


def _contains(match: re.Match[str], field: str) -> Part:
    return Part(*match.span(), (Filter(field=field, op="contains", value=_said(match)),))


def _said(match: re.Match[str]) -> str:
    return (match["quoted"] or match["words"]).strip()
