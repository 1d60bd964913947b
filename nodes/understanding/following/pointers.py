"""Words that point at what was spoken of before: places in a list, pronouns, "that deal", "those".

What points at something in the same sentence is no pointer: "deals and who owns them", "move Acme and tell them".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from nodes.understanding.following.strangers import strangers
from nodes.understanding.lexicon import Mention
from nodes.understanding.slots.objects import NOUNS
from nodes.understanding.slots.part import Text

Pointing = Literal["place", "other", "thing", "them", "person", "set"]

PLACES: Final = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7, "ninth": 8, "9th": 8, "tenth": 9, "10th": 9,
    "last": -1, "final": -1, "bottom": -1, "top": 0, "former": 0, "latter": -1,
}  # fmt: skip
LAST_AND_FIRST: Final = ("first", "last", "top", "bottom", "final", "former", "latter")
SINGULAR: Final = {
    "deal": "deals", "opportunity": "deals", "opp": "deals", "company": "companies", "account": "companies",
    "customer": "companies", "client": "companies", "contact": "contacts", "person": "contacts", "lead": "contacts",
    "guy": "contacts", "call": "calls", "meeting": "calls", "demo": "calls", "task": "tasks",
    "reminder": "tasks", "to-do": "tasks", "todo": "tasks", "note": "notes",
}  # fmt: skip
_NOUN: Final = "|".join(SINGULAR)
_PLACE: Final = re.compile(
    rf"\b(?:the |that )?(?P<place>{'|'.join(PLACES)})(?: (?:(?P<one>one)|(?P<noun>{_NOUN})))?\b(?P<of> "
    r"(?:one )?(?:of|in|on|from) "
    r"(?:them|those|these|the list|that list|the above))?(?!')"
)
_ALONE: Final = re.compile(
    r"(?:(?:and|so|ok|what about|how about|show me|open|tell me about|more about|what is|what's|i mean|"
    rf"give me),? )*the (?:{'|'.join(PLACES)})"
)
_NUMBER: Final = re.compile(r"(?:\b(?:number|no\.?|nr\.?|option|item|row|line)|#) ?(?P<number>\d{1,2})\b(?![k%,.\d])")
_OTHER: Final = re.compile(rf"\bthe other(?: (?:one|(?P<noun>{_NOUN}))\b|(?=\W*$))")
_BEFORE_THEM: Final = "sort list order group show me rank split count filter break"
_SAID_OF_ONES: Final = (
    "open|closed|lost|won|overdue|late|big|small|bigger|smaller|biggest|smallest|other|remaining|new|old|oldest|newest"
)
_SET: Final = re.compile(
    r"\b(?:(?:(?:all|both|each|any|most|none|some|many|much|which|how many|one|two|three|half) )?"
    r"of (?:them|those|these)(?: \w+s)?|"
    rf"(?:{'|'.join(f'(?<={word} )' for word in _BEFORE_THEM.split())})them|"
    r"those(?: ones| \w+s)?(?! who\b)|these(?: ones| \w+s)|that list|the list|the above|"
    rf"the (?:{_SAID_OF_ONES}) ones|which ones|which (?:are|have|is|were|close|closed|need)\b(?= ))"
)
_NAMED_THING: Final = re.compile(
    rf"\b(?:(?:that|this|the same|said) (?P<noun>{_NOUN})\b(?!s)|the (?P<the>{_NOUN})(?=\W*$|[,;?!']|'s\b| "
    r"(?:to|as|is|was|has|does|did|will|close[sd]?|on|again|up|back|out|and|due|owned|worth|go|went|come|came|"
    r"slip\w*|\w+ing)\b))"
)
_BEFORE_THAT: Final = (
    "about of on with for is was to move close update assign complete did does has push mark delete open finish "
    "reassign summarize summarise change set like log in bump give me"
)
_AFTER_THAT: Final = (
    "on|by|for|to|at|one|again|too|please|first|next|tomorrow|today|as|back|done|in|worth|close|closing|closed|due|"
    "still|owned|from|friday|monday|tuesday|wednesday|thursday|call"
)
_THING: Final = re.compile(
    r"\b(?:it|its|it's|that one|this one|the one(?=\W*$)|"
    rf"(?:{'|'.join(f'(?<={word} )' for word in _BEFORE_THAT.split())})"
    rf"(?:that|this)(?='s|\W*$| (?:{_AFTER_THAT})\b))"
)
_THEM: Final = re.compile(r"\b(?:they|them|their|theirs|they're|they've|they'll|they'd|those guys|there(?=\W*$))\b")
_PERSON: Final = re.compile(r"\b(?:he|him|his|she|her|hers|he's|she's)\b")
_BESIDE: Final = re.compile(r"\b(?:with|for|at|about|of|from|by|between|on|to|in|over)(?: (?:the|all|both))? $")
_AT: Final = re.compile(r"\b(?:at|with|from)(?: the)? $")
_AUXILIARY: Final = re.compile(r"\b(?:do|does|did|have|has|had|will|would|can|should|are|were) $")
_NEW_SENTENCE: Final = re.compile(r"[.!?;]\s+(?=\w)|\n+(?=\w)")
_OURS: Final = re.compile(r"\b(?:my|our|your|their|his|her) $")
_IDIOM: Final = re.compile(r"it (?:go|going|went|look\w*|sound\w*)(?: \w+)? (?:with|for|at)\b|it (?:in)?to the\b")
_CLEFT: Final = re.compile(
    r"^(?:(?:is|was) )?(?:it|that)(?:'s| is| was)? (?:true|possible|ok|okay|fine|correct|right|great|good|"
    r"not|just)\b|^(?:will|did|does|is) it (?:rain|snow)"
)


@dataclass(frozen=True)
class Pointer:
    """Letters `start` to before `end` that point at something. `place` is from 0 on, -1 for the last.

    `types` are those that the words allow, none for all. A `weak` one is no pointer where there is no list to count in.
    """

    kind: Pointing
    start: int
    end: int
    place: int = 0
    types: tuple[str, ...] = ()
    weak: bool = False


def pointer_in(said: str, mentions: Sequence[Mention]) -> Pointer | None:
    """The first pointer in the last sentence of a text; `mentions` are the names in it."""
    plain = Text.of(said).plain
    if _CLEFT.match(plain):
        return None
    unknown = [token.end for token in strangers(said, mentions)]
    last = max((gap.end() for gap in _NEW_SENTENCE.finditer(plain)), default=0)
    fitting = (one for one in _pointers(plain) if one.start >= last and not _IDIOM.match(plain, one.start))
    return next((one for one in fitting if not _is_within(plain, one, mentions, unknown)), None)


def blanked(text: str, pointer: Pointer) -> str:
    """The text of the same length without the pointer."""
    return f"{text[: pointer.start]}{' ' * (pointer.end - pointer.start)}{text[pointer.end :]}"


def _pointers(plain: str) -> Iterator[Pointer]:
    for match in _NUMBER.finditer(plain):
        if int(match["number"]):
            yield Pointer("place", *match.span(), place=int(match["number"]) - 1)
    for match in _OTHER.finditer(plain):
        yield Pointer("other", *match.span(), types=_types(match["noun"]))
    yield from _places(plain)
    for match in _SET.finditer(plain):
        yield Pointer("set", *match.span())
    for match in _NAMED_THING.finditer(plain):
        yield Pointer("thing", *match.span(), types=_types(match["noun"] or match["the"]))
    for kind, words in (("thing", _THING), ("them", _THEM), ("person", _PERSON)):
        for match in words.finditer(plain):
            yield Pointer(kind, *match.span())  # type: ignore[arg-type]


def _places(plain: str) -> Iterator[Pointer]:
    for match in _PLACE.finditer(plain):
        noun, place = match["noun"], match["place"]
        says_so = match["one"] or match["of"] or (not noun and _ALONE.fullmatch(plain))
        if says_so or noun:
            weak = not says_so and place in LAST_AND_FIRST
            if weak and (SINGULAR[noun] == "calls" or _OURS.search(plain[: match.start()])):
                continue  # "our last call" is the latest there was, wherever it stands in a list
            end = match.end() + (2 if plain.startswith("'s", match.end()) else 0)
            yield Pointer("place", match.start(), end, PLACES[place], _types(noun), weak)


def _types(noun: str | None) -> tuple[str, ...]:
    return (SINGULAR[noun],) if noun else ()


def _is_within(plain: str, pointer: Pointer, mentions: Sequence[Mention], unknown: Sequence[int]) -> bool:
    """Whether what it points at stands before it in the same text, were it by a name that nobody knows."""
    if pointer.kind in ("place", "other"):
        return pointer.weak and bool(unknown)
    if any(end <= pointer.start for end in unknown):
        return True
    if (
        pointer.types
        and plain.startswith("the ", pointer.start)
        and (unknown or any(_is_record(one) for one in mentions))
    ):
        return True
    before = plain[: pointer.start]
    if pointer.kind == "them" and any(_says_whose(mention, pointer, plain) for mention in mentions):
        return True
    if any(_may_be_meant(mention, pointer) and mention.end <= pointer.start for mention in mentions):
        return True
    is_beside = _BESIDE.search(before) or (plain.startswith("they", pointer.start) and _AUXILIARY.search(before))
    if pointer.kind == "set" or is_beside or pointer.types:
        return False
    return pointer.kind == "them" and any(words.search(before) for _, words in NOUNS)


def _may_be_meant(mention: Mention, pointer: Pointer) -> bool:
    kinds = {named.type for named in mention.candidates}
    if pointer.kind == "person":
        return bool(kinds & {"person", "contacts"})
    return bool(kinds - {"person"}) and (not pointer.types or bool(kinds & set(pointer.types)))


def _says_whose(mention: Mention, pointer: Pointer, plain: str) -> bool:
    """Whether "they" are those of a record that is named behind: "what did they say about price at Lodestar"."""
    is_they = plain.startswith(("they", "their"), pointer.start)
    return is_they and _is_record(mention) and _AT.search(plain, pointer.end, mention.start) is not None


def _is_record(mention: Mention) -> bool:
    return any(named.type not in ("person", "team") for named in mention.candidates)
