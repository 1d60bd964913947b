"""Whether a request leans on what was said before it: it begins like a reply, or speaks of "it" and "them"."""

import re
from typing import Final

_BEGINS: Final = re.compile(
    r"(?!no\.? of\b)(?:and|or|but|no|nope|nah|yes|yeah|ok|okay|now|then|also|plus)\b[ ,.!]*(?:(?:the|that|this|"
    r"only|just|for|"
    r"with|what|how|who|when|where|in|by|from|same|not|of|last|next|"
    r"without|those|these|which|is|are|did|i meant?|make)\b|$|[\w'&.-]+(?: [\w'&.-]+)?\W*$)|"
    r"(?:what|how) about\b|same\b|(?:the )?same (?:for|but|with|again|thing)\b|only\b|just (?:the|those|mine|"
    r"open|ones|for|in)\b|"
    r"(?:sort|order|group|filter|break|split|limit)\b(?! my| the (?:deals|tasks))|(?:without|excluding|except|"
    r"not|instead|rather)\b|"
    r"(?:the )?(?:other|others|rest|next|previous|former|latter|first|second|third|last|one before|"
    r"one after)(?: one| ones)?\b(?! (?:call|deal|task|note|meeting|conversation|month|week|quarter|year|"
    r"contact|time|\d|two|three|five|ten)s?)|"
    r"(?:more|fewer|less|another|again|continue|go on|all of them|both|neither|as (?:a )?(?:table|chart|list))\b|"
    r"(?:why|when|who|where|how|how many|how much|since when|which one|which ones|by whom)\W*$|"
    r"(?:i meant?|actually|rather|wait|sorry)\b|(?:for|with|by|in|of|from|to) [\w'&.-]+(?: [\w'&.-]+){0,2}\W*$",
    re.IGNORECASE,
)
_RECORDS: Final = re.compile(
    r"(?:(?:all|any|my|our|the|open|overdue|late|urgent|won|lost|top|last|next|first|[a-z]+est|\d+|two|three|"
    r"five|ten) )"
    r"{0,4}(?:deals|opportunities|tasks|to-?dos|"
    r"reminders|"
    r"follow-?ups|calls|meetings|contacts|companies|accounts|objections|concerns)\b(?!\s*[:,])",
    re.IGNORECASE,
)
_POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|them|they|their|theirs|he|him|his|she|her|hers|those|these|this one|that one|the one|"
    r"the other|the others|the rest|"
    r"the same|this (?:deal|task|call|company|contact|note|customer|account|opportunity|lead)|that (?:deal|task|"
    r"call|company|contact|note|customer|account|opportunity|lead|reminder)|"
    r"the (?:former|latter)|all of them|both of them|in there|(?:(?:undo|move|change|revert|do|put|approve|"
    r"update|delete|close|complete|log|mark|cancel|open|"
    r"reject|send|assign|set|push|about|for|with|on|of|is|was|did) (?:that|this)(?= ?(?:to|as|back|in|on|please|"
    r"now|[?.!,]|$))))\b",
    re.IGNORECASE,
)
PRONOUN_OF_THING: Final = re.compile(
    r"\b(it|them|they|there|that (?:deal|company|account|customer|one)|those guys)\b", re.IGNORECASE
)
PRONOUN_OF_PERSON: Final = re.compile(r"\b(him|her|he|she)\b", re.IGNORECASE)
POSSESSIVE: Final = re.compile(r"\b(their|its)\b", re.IGNORECASE)


def begins_like_a_reply(asked: str) -> bool:
    """Whether it is no request by itself: "and the one before?", "same for Dana", "only the open ones"."""
    return bool(_BEGINS.match(asked.strip()))


def begins_with_records(asked: str) -> bool:
    """Whether it begins with the records that are meant, as an order does not: "follow-ups due this week"."""
    return bool(_RECORDS.match(asked.strip()))


def points_back(asked: str) -> bool:
    """Whether it speaks of something that was named before."""
    return bool(_POINTS_BACK.search(asked))


def named_for_pronouns(asked: str, thing: str | None, person: str | None) -> str:
    """The same request with the name in place of the pronouns: "when did we call them" with Lakeview for them."""
    if thing:
        asked = POSSESSIVE.sub(f"{thing}'s", PRONOUN_OF_THING.sub(thing, asked))
    return PRONOUN_OF_PERSON.sub(person, asked) if person else asked
