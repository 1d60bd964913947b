"""Several requests in one message: where one ends and the next begins. At most MOST; the last one has the rest.

A new request begins with a sentence or after "and", where words follow that a request begins with: an order ("remind
me", "move") or a question ("who", "when did"). What a note, message or task is to say is not taken apart, unless what
follows can only be meant for Sophia. Sentences that ask nothing go with the request that they lead to.
"""

import re
from collections.abc import Iterator
from typing import Final

from nodes.understanding.own_words import OwnWords, bare

MOST: Final = 3
_ORDERS: Final = (
    r"show|list|give (?:me|us)|tell|display|get me|find|pull up|summari[sz]e|recap|draft|write|remind|create|"
    r"add|log|note|record|"
    r"set|move|change|update|mark|assign|reassign|complete|send|let|notify|ping|message|dm|email|schedule|"
    r"delete|remove|undo|"
    r"approve|reject|accept|decline|push|put|prepare|prep|brief|score|check|count|close (?:the|that|my|this|it)\b|"
    r"make (?:a|an|him|her|them|[A-Z]\w+)|remember|mute|don't let|set up|hand|give|post|share|open"
)
_QUESTIONS: Final = (
    r"who(?:'s|se)?|what(?:'s)?|when(?:'s)?|where(?:'s)?|why|how|which|is there|are there|do (?:we|i|you|they)|"
    r"does|did|"
    r"has|have (?:we|i|they)|is|are|was|were|will|can|could|should|would|am i|any"
)
_OPENER: Final = re.compile(rf"(?:{_ORDERS}|{_QUESTIONS})\b", re.IGNORECASE)
_ORDER: Final = re.compile(rf"(?:{_ORDERS})\b", re.IGNORECASE)
_WANTS: Final = re.compile(
    r"(?:i|we)(?:'d| would)? (?:need|want|like|have to)\b|let's\b|how about|what about", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"(?<=[?!;])\s+|(?<=[^\s.]{2}\.)\s+|\s*\n\s*")
_JOINT: Final = re.compile(
    r",?\s+(?:and|then|plus|also|&|but)(?:\s+(?:also|then|please|pls|after that|can you|could you|i(?:'d|"
    r" would) like to know))*,?\s+"
    r"|,\s+(?:(?:also|then|please)\s+)?",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"(?:who|what|when|where|why|how|which|how much|how many|if|whether)(?: (?!is|are|was|were|did|do|does|has|"
    r"have|will|can|could|"
    r"should|would)\w+){0,2} (?:it|they|that|he|she|those|these|this|we|i|the \w+)\b|count (?:them|by|it)|"
    r"add(?:ed)? (?:it|them|that)? ?up|"
    r"(?:show|list|give|tell|get) (?:me )?(?:their|its|the (?:total|sum|owner|amount|stage|number)|how (?:much|"
    r"many)|it|them)\b|"
    r"(?:is|are|was|were|has|have|any|does|did)(?= (?:not|over|under|above|below|in|owned|closing|due|no|an?|more|"
    r"less|my|won|lost|closed|open|signed|created|updated|worth|still|already|never|being|at|without|with)\b)|"
    r"which (?:is|are|was|were|have|has)\b|who(?:se)? (?:is|are|have|has)\b|set up to",
    re.IGNORECASE,
)
"""What looks like a beginning and still speaks of the same records."""
_TELLS: Final = re.compile(
    r"(?:can you |could you |please )*(?:remind|log|note|record|tell|let \w+ know|message|ping|dm|email|notify|"
    r"inform|remember|draft|write|"
    r"jot|ask|send|don't let me|(?:add|make|create|leave|put|set|give)\b.{0,30}\b(?:note|task|to-?do|reminder)|"
    r"task|to-?do|note|keep in mind)\b",
    re.IGNORECASE,
)
_FOR_SOPHIA: Final = re.compile(
    r"(?i:remind me|show|list|log|(?:add|create|make|set) (?:an?|me a) (?:task|note|reminder|to-?do|deal)|"
    r"(?:move|mark|set|assign)\b.{2,40}\b(?:to|as)\b|change the|update the|undo|approve|reject|who|when|what|"
    r"where|why|how|which|"
    r"did|does|is there|tell me)\b|(?:[Tt]ell|[Nn]otify) [A-Z]|[Ll]et [A-Z]\w+ know",
)
"""What a note or task would not go on with."""

_KIND: Final = r"\b(?:deals|tasks|notes|calls|contacts|companies)\b"
_KINDS: Final = re.compile(rf"{_KIND}(?:(?:\s*,\s*|,?\s+(?:and|&)\s+){_KIND})+", re.IGNORECASE)
_ASKS_FOR: Final = re.compile(
    r"(?:(?:(?:can|could) you|please|show|list|give|get|find|tell|display|pull up|see|what(?:'s| are| is)?|which|"
    r"how many|are there|do (?:i|we) have|any|all|me|us|of|my|our|their|the|open|recent|latest|\S+['’]s)(?:\s+|$))*",
    re.IGNORECASE,
)
"""What may stand before the kinds of record that a question is for; more would belong to one of them alone."""


def parts_of(words: OwnWords) -> tuple[OwnWords, ...]:
    """The requests of a message in their order: at least one."""
    starts = [0]
    for start, end in _sentences(words.asked):
        before, after = words.asked[starts[-1] : start], words.asked[start:end]
        if asks(after) and _holds_request(before) and not _is_told(before, after):
            starts.append(start)
        starts += _joints(words.asked, start, end)
    ends = [*starts[1:MOST], len(words.asked)]
    parts = [words.part(start, end).stripped() for start, end in zip(starts[:MOST], ends, strict=True)]
    kept = [part for part in parts if not part.is_empty] or [words]
    found = (kept[0], *map(_without_joint, kept[1:]))
    each = tuple(one for part in found for one in _of_each_kind(part))
    return each if len(each) <= MOST else found


def _of_each_kind(part: OwnWords) -> Iterator[OwnWords]:
    """A question for several kinds of record as one for each: "my tasks", "my notes"; other requests as they are."""
    kinds = _KINDS.search(part.asked)
    if kinds is None or not _ASKS_FOR.fullmatch(bare(part.asked[: kinds.start()])):
        yield part
        return
    for kind in re.finditer(_KIND, kinds[0], re.IGNORECASE):
        start, end = kinds.start() + kind.start(), kinds.start() + kind.end()
        head, tail = part.part(0, kinds.start()), part.part(kinds.end(), len(part.written))
        noun = part.part(start, end)
        yield OwnWords(head.written + noun.written + tail.written, head.asked + noun.asked + tail.asked)


def request_in(asked: str) -> str:
    """The sentences of a request that ask for something; all of them, where none does."""
    asking = [asked[start:end] for start, end in _sentences(asked) if asks(asked[start:end])]
    return bare(" ".join(asking) or asked)


def asks(sentence: str) -> bool:
    """Whether a sentence is a request by itself."""
    plain = bare(sentence)
    return "?" in sentence[-3:] or bool(_OPENER.match(plain) or _WANTS.match(plain))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _SENTENCE.finditer(text):
        if gap.start() > start:
            yield start, gap.start()
        start = gap.end()
    if text[start:].strip():
        yield start, len(text)


def _holds_request(text: str) -> bool:
    return any(asks(text[start:end]) for start, end in _sentences(text))


def _is_told(before: str, after: str) -> bool:
    """Whether words go on with what is to be noted or told."""
    return bool(_TELLS.match(bare(before))) and not _FOR_SOPHIA.match(bare(after)) and "?" not in after[-3:]


def _joints(asked: str, start: int, end: int) -> Iterator[int]:
    """Where a sentence goes over to another request."""
    begun = start
    for joint in _JOINT.finditer(asked, start, end):
        before, after = asked[begun : joint.start()], asked[joint.end() : end]
        if _begins_anew(before, joint[0], after):
            begun = joint.start()
            yield begun


def _begins_anew(before: str, joint: str, after: str) -> bool:
    if not _OPENER.match(after) or _GOES_ON.match(after) or not re.search(r"\w", before):
        return False
    plain = bare(before)
    if _TELLS.match(plain):
        return bool(_FOR_SOPHIA.match(after)) and not joint.startswith(", ")
    if joint.strip() == ",":
        return bool(_ORDER.match(plain) and _ORDER.match(after))
    return True


def _without_joint(part: OwnWords) -> OwnWords:
    joint = _JOINT.match(" " + part.asked) if not part.asked.startswith(",") else _JOINT.match(part.asked)
    if joint is None:
        return part
    return part.part(joint.end() - (not part.asked.startswith(",")), len(part.written)).stripped()
