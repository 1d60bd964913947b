"""Which question about Sophia is asked: of rights, privacy, freshness, the model, her data, herself, or how she works.

Read by pattern, so that nothing is made of it but the words in about.py: no record is named, nothing looked for.
"""

import re
from typing import Final, Literal

Topic = Literal[
    "rights", "privacy", "freshness", "model", "data", "safe", "bot", "approvals", "undo", "remembers", "languages",
    "bant", "meddpicc",
]  # fmt: skip

LONGEST: Final = 300
"""Letters of a question about Sophia: whatever is longer is about something else."""


def topic_of(text: str) -> Topic | None:
    """What of Sophia the question is about; None where it is about something else."""
    if len(text) > LONGEST:
        return None
    return next((topic for words, topic in TOPICS if words.search(text)), None)


def _when(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


TOPICS: Final[tuple[tuple[re.Pattern[str], Topic], ...]] = (
    (
        _when(
            r"(?:who|can (?:any|every|some|other|my|the)\w*(?: \w+)?|does (?:any|every)\w*|do others) "
            r"(?:else )?(?:can |may )?(?:see|sees|read|reads|hear|know)\b.{0,24}\b(?:this|that|it|here|ask\w*|say|said|"
            r"chat|conversation|questions?|messages?)\b|(?:is|are) (?:this|it|that|our \w+|my questions?)(?: chat| "
            r"conversation| channel)? (?:private|confidential|secret|public)\b"
        ),
        "privacy",
    ),
    (
        _when(
            r"(?:what|which \w+|how much) (?:can|may|could|do) i (?:see|read|access|look at)\b|what am i allowed|"
            r"what(?:'s| is| are) my (?:role|rights?|permissions?|access)\b|who am i\b|which role (?:do|am)|"
            r"what do you let me"
        ),
        "rights",
    ),
    (
        _when(
            r"how (?:fresh|up to date|up-to-date|current|recent|old|stale|live)\b.{0,20}\b(?:is|are|it|this|that|data|"
            r"you|your|these|those)\b|(?:is|are) (?:it|this|that|these|your (?:data|figures|answers?)|the data) "
            r"(?:live|fresh|current|up to date|real.?time|stale|old)\b|(?:when|how often) (?:was|were|is|are|did|do) "
            r"(?:it|this|that|you|your data|the data) (?:last )?(?:updated?|synced?|refresh\w*|read)\b"
        ),
        "freshness",
    ),
    (
        _when(
            r"(?:what|which) (?:\w+ )?(?:model|llm|ai)\b.{0,14}\b(?:are|is|do|does|you)\b|(?:do|does|are) (?:you|"
            r"sophia) (?:use |using |run on |have |an? )?(?:an? |any )?(?:ai|llm|language model|chat ?gpt|"
            r"gpt|claude|gemini)\b|"
            r"is there an? (?:\w+ )?(?:model|llm|ai)\b"
        ),
        "model",
    ),
    (
        _when(
            r"(?:what|which|whose) (?:data|systems?|sources?|records|tools?)\b.{0,30}\byou\b|what do you (?:know|have)"
            r"\b(?! about)|(?:what|where) .{0,12}\byour (?:data|sources?|knowledge|information|answers?)\b|"
            r"what (?:is it|are you) (?:based on|connected to)|can you (?:read|see|access|talk to|listen to|hear) "
            r"(?:my |our |the )?(?:\w+ )?(?:e-?mails?|calls?|calendars?|gong|hubspot|slack|crm|notes|inbox|web|"
            r"internet|messages)\b"
        ),
        "data",
    ),
    (_when(r"(?:is|are) (?:my|our|the) (?:data|records|calls|information) (?:safe|secure|private)\b"), "safe"),
    (
        _when(
            r"are you (?:an? )?(?:real |actual )?(?:ro)?(?:bot|human|person|machine|program|computer|ai|alive|real)\b|"
            r"(?:who|what) (?:are|r) (?:you|u)\b(?! (?:able|good|capable|doing))|"
            r"who (?:is this|made you|built you|created you|am i (?:talking|speaking))|"
            r"what(?:'s| is) (?:your name|sophia\b)|who is sophia\b|about yourself|introduce yourself"
        ),
        "bot",
    ),
    (_when(r"how (?:do|does|can|would) .{0,24}\b(?:approv|reject|propos)\w*"), "approvals"),
    (_when(r"how (?:do|does|can|would) .{0,16}\b(?:undo|revert|take .{0,16}back)\b"), "undo"),
    (_when(r"(?:can|do|will) you (?:remember|learn|forget|keep|store)\b"), "remembers"),
    (
        _when(r"(?:do|can) you (?:understand|speak|read) (?!me\b|my\b|our\b|the\b)[a-z]{4,}\W*$|which languages?\b"),
        "languages",
    ),
    (_when(r"(?:what|explain|define).{0,24}\bbant\b"), "bant"),
    (_when(r"(?:what|explain|define).{0,24}\bmeddp?icc?\b"), "meddpicc"),
)
"""What may be asked about Sophia, the more special before the more general."""
