"""Fragments of questions: messages that say only what is different from the question before."""

import re
from dataclasses import dataclass
from typing import Final

from core.query import Query
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.leaving_out import left_out
from nodes.understanding.following.pointers import pointer_in
from nodes.understanding.following.strangers import strangers
from nodes.understanding.slots.objects import Asked, asked_for, hinted
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.people import EVERYBODY
from nodes.understanding.slots.slots import Slots, query_from

OPENER: Final = re.compile(
    r"^(?:(?:and|also|ok(?:ay)?|so|but|now|then|plus|or|well)[ ,]+)*(?:(?:what|how) about|(?:do )?(?:the |"
    r"that )?same(?: thing| again| question| query)?|"
    r"and|also|now|or|but|only|just|show (?:me )?(?:only|just)|list (?:only|just)|make (?:it|that)|filter|"
    r"narrow|limit|leave out|skip|drop|"
    r"without|except|excluding|exclude|minus|not|no|instead|rather|for|by|per|in|with|as|sort(?:ed)?|"
    r"order(?:ed)?|rank(?:ed)?|group(?:ed)?|"
    r"split|break|top|bottom|biggest|largest|smallest|over|under|above|below|between|more than|less than|"
    r"at least|at most|since|before|"
    r"after|until|from|this|last|next|all of|every(?:one|body)?(?:'s)?|mine|my)\b"
)
"""How a message begins that says only what is different."""

OF_SOMETHING_NEW: Final = re.compile(
    r"^(?:please |can you |could you |would you |i (?:need|want)(?: to)? |i'd like (?:to )?|let's "
    r")*(?:show|list|give|find|get|who|whose|what(?! about)|"
    r"which|when|where|how(?! about)|is|are|was|were|do(?! (?:that|the same))|does|did|has|have|any|tell|"
    r"pull|search|why|can|could|should|"
    r"would|will|am|summari\w+|draft|write|brief|move|remind|log|set|add|create|let|close|complete|assign|"
    r"undo|mark|push|change|update|you|forecast|average|avg|total|sum|anything|everything|nothing|i|we)\b"
)
"""How a message begins that asks or orders by itself."""

_ONLY: Final = re.compile(r"^(?:show|list|give) (?:me )?(?:only|just)\b")
_EMPTY_WORDS: Final = re.compile(
    r"\b(?:(?:what|how) about|do (?:that|the same)|(?:the |that )?same(?: thing| again| question| query)?|"
    r"instead|rather|"
    r"again|make it|make that|as well|too|"
    r"filter (?:it|them|that)?(?: ?by| ?to| ?on| ?for)?|narrow (?:it|them|that)?(?: ?down)?(?: ?to)?|that "
    r"are|the ones|ones|of (?:them|those|these))\b"
)
_GOES_ON: Final = re.compile(
    r"(?:and|also|but|or|what about|how about|(?:do )?(?:the |that )?same|only|just|as|"
    r"without|not|except|instead|excluding|"
    r"show (?:me )?(?:only|just)|(?:sort|order|rank|group|filter|limit)(?:ed)?)\b"
)
"""How a message begins that goes on from the one before even where it names the kind of records."""
_MY: Final = re.compile(r"\b(?:my|our|all)\b")
_ORDERS: Final = re.compile(r"(?:sort|order|rank|group|filter|limit)\b")
_PREPOSITION: Final = re.compile(
    r"(?:in|with|for|by|from|of|at|over|under|above|below|between|more than|less than|at least)\b"
    r"(?! (?:which|what|whom|whose|who|when|the future|future|reference|case|you)\b)"
)
LONGEST: Final = 10
"""Words of a message that says only what is different."""
LONGEST_BARE: Final = 5
"""Words of what may be a fragment though nothing in it says that it goes on."""
ALL_STAGES: Final = re.compile(
    r"\b(?:(?:any|all|every|whatever|regardless of)(?: the)? (?:stages?|status)|open or (?:not|closed)|"
    r"open and closed)\b"
)


@dataclass(frozen=True)
class Fragment:
    """What a message says that is no whole question: its slots over the query before, and a noun where it has one."""

    slots: Slots
    noun: Asked | None
    opened: bool
    points: bool

    @property
    def says_something(self) -> bool:
        return _says_something(self.slots)


def may_lean(heard: Heard) -> bool:
    """Whether it looks like a fragment at all: most messages do not, and need not be read as one."""
    if _GOES_ON.match(heard.plain) or _PREPOSITION.match(heard.plain) or re.search(r"\bones\b", heard.plain):
        return True
    pointer = pointer_in(heard.said, ())
    if pointer is not None and pointer.kind == "set":
        return True
    if OF_SOMETHING_NEW.match(heard.bare) and not _ONLY.match(heard.bare):
        return False
    return len(heard.plain.split()) <= LONGEST_BARE and asked_for(Text.of(heard.said)) is None


def read(heard: Heard, base: Query) -> Fragment:
    """The message as a fragment over a query."""
    said = _without_empty_words(heard)
    noun = asked_for(Text.of(said))
    pointer = pointer_in(heard.said, ())
    ones = re.search(r"\bones\b", heard.plain)
    of_before = ones is not None and (noun is None or noun.start > ones.start())
    return Fragment(
        slots=query_from(said, base.object, heard.lexicon),
        noun=noun,
        opened=OPENER.match(heard.plain) is not None,
        points=of_before or (pointer is not None and pointer.kind == "set" and ones is None),
    )


def _says_something(slots: Slots) -> bool:
    query = slots.query
    says = query.filters or query.any_of or query.sort or query.limit is not None or query.aggregate
    return bool(says or slots.doubts)


def _without_empty_words(heard: Heard) -> str:
    """The words as they were written, with blanks for those that only say that something goes on."""
    text = _EMPTY_WORDS.sub(lambda match: " " * len(match[0]), heard.plain)
    return "".join(kept if letter != " " or kept == " " else " " for kept, letter in zip(heard.said, text, strict=True))


def leans(heard: Heard, fragment: Fragment, base: Query) -> bool:
    """Whether it says only what is different."""
    is_part = _PREPOSITION.match(heard.plain) is not None and not fragment.slots.unexplained
    goes_on = is_part or _GOES_ON.match(heard.plain) is not None
    if _is_no_fragment(heard, fragment, goes_on=goes_on):
        return False
    asks = OF_SOMETHING_NEW.match(heard.bare) is not None and not _ONLY.match(heard.bare)
    if fragment.noun is not None and fragment.noun.object != base.object:
        return goes_on and not asks and _says_but_noun(heard, fragment.noun)
    if fragment.points:
        return fragment.says_something or fragment.opened
    if asks:
        return False
    is_for_all = hinted(Text.of(heard.said)) is not None and not goes_on
    if is_for_all or (fragment.noun is not None and _MY.search(heard.plain) and _ORDERS.match(heard.plain)):
        return False
    if goes_on or (fragment.opened and fragment.noun is None):
        return _says_what_differs(heard, fragment)
    if next(strangers(heard.said, heard.mentions), None) is not None:
        return False
    is_text = any(one.op == "contains" for one in fragment.slots.query.filters)
    return fragment.noun is None and fragment.says_something and not fragment.slots.named and not is_text


def _says_but_noun(heard: Heard, noun: Asked) -> bool:
    """Whether it is a noun for other records and nothing else: what says more of them is a question of its own."""
    text = _without_empty_words(heard)
    slots = query_from(text, noun.object, heard.lexicon)
    return not (_says_something(slots) or slots.unexplained) and len(heard.bare.split()) <= LONGEST_BARE


def _is_no_fragment(heard: Heard, fragment: Fragment, *, goes_on: bool) -> bool:
    """What is about something else, or says more than what is different."""
    kind, action = heard.request.kind, heard.request.action
    if kind in ("chat", "out_of_scope") and (not goes_on or fragment.slots.unexplained):
        return True
    if kind == "action" and (fragment.slots.unexplained or (action and (action.record or action.about))):
        return True
    if goes_on:
        return len(heard.bare.split()) > LONGEST
    is_long = len(heard.plain.split()) > LONGEST_BARE and not fragment.points
    out = left_out(heard.plain, heard.lexicon)
    unknown = set(fragment.slots.unexplained) - (out.words if out else set())
    return is_long or bool(unknown) or bool(fragment.slots.doubts and not fragment.opened)


def _says_what_differs(heard: Heard, fragment: Fragment) -> bool:
    if left_out(heard.plain, heard.lexicon):
        return True
    if fragment.noun is not None:
        return fragment.says_something or heard.plain.startswith(("as ", "same", "the same"))
    if fragment.says_something:
        return True
    is_wider = EVERYBODY.search(heard.plain) is not None or ALL_STAGES.search(heard.plain) is not None
    return is_wider or _is_unknown(heard, fragment)


def _is_unknown(heard: Heard, fragment: Fragment) -> bool:
    """Whether it is a name that nobody bears: "same for Lakeview"."""
    if heard.request.kind in ("chat", "out_of_scope", "action", "agent"):
        return False
    names = re.match(r"(?:and |also |what about |how about |(?:the )?same )+(?:for |with |by |of )?", heard.plain)
    return names is not None and 0 < len(fragment.slots.unexplained) <= 3
