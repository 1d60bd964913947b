"""The words of an action that are the person's own: what a task is for, what a note says, what somebody is told."""

import re
from typing import Final

from nodes.understanding.own_words import bare

_SUBJECT: Final = (
    re.compile(
        r"\b(?:remind|nudge|ping|poke|prompt) \w+(?: \w+)?? (?:.{0,40}?\b)?(?:to|that) (?P<said>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"\b(?:don't|do not|never) (?:let me )?forget (?:to|about|that)? ?(?P<said>.+)", re.IGNORECASE | re.DOTALL
    ),
    re.compile(r"\bmake sure (?:that )?(?:i|we) (?:don't forget to )?(?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\b(?:task|to-?do|todo|reminder|action item)s?\b[^:]{0,60}:\s*(?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\b(?:task|to-?do|todo|reminder|action item)s?\b.{0,60}?\bto (?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"\b(?:add|put) (?P<said>.+?) (?:to|on|in|onto) (?:my|the|his|her|their) (?:to-?do list|to-?dos|tasks?|"
        r"list|plate)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:remind|nudge|ping|poke) \w+(?: of| about)? (?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"\b(?:schedule|book|plan|set up|put in|put) (?:me )?(?:an? )?(?P<said>(?:follow|call|check|meeting|demo).+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"\b(?:task|to-?do|todo|reminder)\b,? (?:about|for|on|with)? ?(?P<said>.+)", re.IGNORECASE | re.DOTALL),
)
_NOTE: Final = (
    re.compile(
        r"\b(?:log|record|note|document|jot|write|put|add|remember|register)\b.{0,60}?\bthat (?P<said>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"\bnotes?\b[^:]{0,60}:\s*(?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\b(?:log|record|document|jot|add)\b[^:]{0,60}:\s*(?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\bnotes?\b.{0,60}?\b(?:saying|says) (?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"(?P<said>.+?)[,;.–-]+\s*(?:(?:can|could) you |please |and )?(?:(?:log|note|record)\b.{0,30}|(?:put|"
        r"get|write) (?:that|it|this)\b.{0,40}|"
        r"add (?:a note|that|it)\b.{0,30})$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"\b(?:log|record|document) (?:a|an|the|my|our)? ?(?P<said>.+)", re.IGNORECASE | re.DOTALL),
)
_MESSAGE: Final = (
    re.compile(
        r"\b(?:let|give) .{1,40}?(?: know|heads?[- ]?up)(?: that| about|:|,)? (?P<said>.+)", re.IGNORECASE | re.DOTALL
    ),
    re.compile(r"(?:,|:|\bthat\b|\bsaying\b|\bto say\b) *(?P<said>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\b(?:about|whether|if) (?P<said>.+)", re.IGNORECASE | re.DOTALL),
)
_FACT: Final = (
    re.compile(
        r"\b(?:remember|keep in mind|note for later|for (?:the )?future(?: reference)?|memori[sz]e|don't forget|"
        r"fyi|just so you know)\b[ ,:]*"
        r"(?:remember[ ,:]*)?(?:this|that)?[ ,:]*(?P<said>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"\bforget (?:what i (?:told|said)(?: to)?(?: you)?(?: about)?|that|about)? ?(?P<said>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
)
_FOR_WHOM: Final = re.compile(r"^(?:me|him|her|them|us)\b\s*", re.IGNORECASE)
_LEFT_OVER: Final = re.compile(
    r"^(?:to|that|about|of|for|on|by|at|:|,|-|–)\s+|\s+(?:on|by|at|for|to|before|until|till|in|due|around)$",
    re.IGNORECASE,
)


def subject_in(written: str) -> str | None:
    """What a task is for: "remind me to send the contract" is Send the contract. None where nothing is said."""
    said = _first(_SUBJECT, written)
    return _as_title(said if said is not None else _without_order(written))


def note_in(written: str) -> str | None:
    """What a note is to say."""
    return _plain(_first(_NOTE, written) or written)


def message_in(written: str, whom: str) -> str | None:
    """What somebody is told; `whom` are the words that name them."""
    after = written.split(whom, 1)[1] if whom and whom in written else written
    known = re.match(
        r"\s*(?:know\b)?[ ,:]*(?:that|about the fact that|:)?\s*(?P<said>.+)", after, re.IGNORECASE | re.DOTALL
    )
    said = (
        _first(_MESSAGE[1:2], after)
        if re.match(r"\s*(?:a |an )?(?:message|note|line|dm|heads?-?\s?up)\b", after)
        else None
    )
    return _plain(said or _first(_MESSAGE[:1], written) or (known["said"] if known and whom else None) or "")


def fact_in(written: str) -> str | None:
    """What is to be remembered."""
    return _plain(_first(_FACT, written) or written)


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    matches = (pattern.search(text) for pattern in patterns)
    return next((match["said"].strip() for match in matches if match and re.search(r"\w", match["said"])), None)


def _without_order(written: str) -> str:
    plain = bare(written)
    return (
        ""
        if re.fullmatch(
            r"(?:remind|nudge|ping)(?: me)?|(?:add|create|make|set)(?: me)? an? (?:\w+ )?(?:task|reminder|to-?do)",
            plain,
            re.IGNORECASE,
        )
        else plain
    )


def _plain(said: str) -> str | None:
    said = bare(said).strip(" \t\n,;:–-")
    if len(said) > 2 and said[0] in "\"“'" and said[-1] in "\"”'":
        said = said[1:-1]
    return said if re.search(r"\w", said) else None


def _as_title(said: str) -> str | None:
    said = _FOR_WHOM.sub("", said.strip())
    before = None
    while said != before:
        before, said = said, _LEFT_OVER.sub("", said.strip(" ,;:.!?–-\n\t"))
    plain = _plain(re.sub(r"\s+", " ", said))
    return plain[:1].upper() + plain[1:] if plain and len(plain) > 1 else None
