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
    r"(?:and|also|but|or|now|so|ok(?:ay)?|what about|how about|(?:do )?(?:the |that )?same|only|just|as|"
    r"without|not|except|instead|excluding|"
    r"show (?:me )?(?:only|just)|(?:sort|order|rank|group|filter|limit)(?:ed)?)\b"
)
"""How a message begins that goes on from the one before even where it names the kind of records."""
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
        query = self.slots.query
        says = query.filters or query.any_of or query.sort or query.limit is not None or query.aggregate
        return bool(says or self.slots.doubts)


def read(heard: Heard, base: Query) -> Fragment:
    """The message as a fragment over a query."""
    text = _EMPTY_WORDS.sub(lambda match: " " * len(match[0]), heard.plain)
    said = "".join(kept if letter != " " or kept == " " else " " for kept, letter in zip(heard.said, text, strict=True))
    pointer = pointer_in(heard.said, ())
    return Fragment(
        slots=query_from(said, base.object, heard.lexicon),
        noun=asked_for(Text.of(said)),
        opened=OPENER.match(heard.plain) is not None,
        points=(pointer is not None and pointer.kind == "set") or re.search(r"\bones\b", heard.plain) is not None,
    )


def leans(heard: Heard, fragment: Fragment, base: Query) -> bool:
    """Whether it says only what is different."""
    is_part = _PREPOSITION.match(heard.plain) is not None and not fragment.slots.unexplained
    goes_on = is_part or _GOES_ON.match(heard.plain) is not None
    if _is_no_fragment(heard, fragment, goes_on=goes_on):
        return False
    asks = OF_SOMETHING_NEW.match(heard.bare) is not None and not _ONLY.match(heard.bare)
    if fragment.noun is not None and fragment.noun.object != base.object:
        return goes_on and not asks and not fragment.says_something and len(heard.bare.split()) <= LONGEST_BARE
    if fragment.points:
        return fragment.says_something or fragment.opened
    if asks:
        return False
    if goes_on or (fragment.opened and fragment.noun is None):
        return _says_what_differs(heard, fragment)
    is_like = hinted(Text.of(heard.said)) in (None, base.object)
    if not is_like or next(strangers(heard.said, heard.lexicon.names.mentions(heard.said)), None) is not None:
        return False
    is_text = any(one.op == "contains" for one in fragment.slots.query.filters)
    return fragment.noun is None and fragment.says_something and not fragment.slots.named and not is_text


def _is_no_fragment(heard: Heard, fragment: Fragment, *, goes_on: bool) -> bool:
    """What is about something else, or says more than what is different."""
    kind, action = heard.request.kind, heard.request.action
    is_begun = goes_on or (fragment.opened and fragment.says_something)
    if kind in ("chat", "out_of_scope") and not (is_begun and not fragment.slots.unexplained):
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
