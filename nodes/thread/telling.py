"""Which sentences of a talk tell most: questions, decisions, commitments, wishes, and whatever has a figure or a name.

Weights are ours, set by reading summaries of threads; what they are tested for is that a decision or an amount
outlives small talk, not their exact order.
"""

import re
from typing import Final

from nodes.call_analysis.judging.claims import small_words, stem
from nodes.call_analysis.judging.everyday import AMOUNTS, TIMES

LONGEST: Final = 220
"""Characters of a sentence that are kept."""

DECISION: Final = re.compile(
    r"\b(?:decid\w+|decision|agree[ds]?|approv\w+|reject\w+|chose|choose|go(?:ing)? with|settled on|signed|cancel\w*|"
    r"confirm\w*|instead of|no longer|let['’]s|won|lost)\b",
    re.IGNORECASE,
)
COMMITMENT: Final = re.compile(
    r"\b(?:I['’]ll|I will|we['’]ll|we will|I['’]m going to|remind me|promis\w+|commit\w*|follow up|next step|deadline|"
    r"due|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|by (?:the end|tomorrow|next))\b",
    re.IGNORECASE,
)
WISH: Final = re.compile(
    r"\b(?:always|never|prefer\w*|don['’]t|do not|from now on|call me|my name is|I am|I['’]m|remember|important|"
    r"must|actually|correct\w*|wrong)\b",
    re.IGNORECASE,
)
ADDRESS: Final = re.compile(r"\S+@\S+\.\w+|https?://\S+")
_TOKEN: Final = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=\S)|\s*\n+\s*")

LEAST_WORDS: Final = 3
"""A sentence of fewer words tells nothing by itself, unless it has a figure or an address."""
MOST_FACTS: Final = 4
"""Facts that count in one sentence: a list of twenty figures is not five times what four are."""


def sentences_of(text: str) -> list[str]:
    """The sentences of a text on one line each, cut to `LONGEST` characters; lines of a list are sentences."""
    parts = (" ".join(part.split()) for part in _END.split(text))
    return [part if len(part) <= LONGEST else f"{part[: LONGEST - 1]}…" for part in parts if part]


def weight_of(sentence: str) -> float:
    """How much a sentence tells, 0 for small talk."""
    facts = min(facts_in(sentence), MOST_FACTS)
    words = len(_TOKEN.findall(sentence))
    if words < LEAST_WORDS and not facts:
        return 0
    kinds = (
        (sentence.rstrip("\"'”’)").endswith("?"), 1.0),
        (bool(DECISION.search(sentence)), 2.0),
        (bool(COMMITMENT.search(sentence)), 2.0),
        (bool(WISH.search(sentence)), 1.5),
    )
    return facts * 0.75 + sum(weight for holds, weight in kinds if holds)


def facts_in(sentence: str) -> int:
    """How many figures, days, amounts, names and addresses stand in a sentence."""
    tokens = _TOKEN.findall(sentence)
    small = small_words([sentence])
    named = sum(_is_fact(word, place, small) for place, word in enumerate(tokens))
    return named + len(ADDRESS.findall(sentence))


def _is_fact(word: str, place: int, small: frozenset[str]) -> bool:
    if any(letter.isdigit() for letter in word) or stem(word) in TIMES or stem(word) in AMOUNTS - {"one", "second"}:
        return True
    is_capital = word[0].isupper() and word.lower() not in small and word != "I"
    return is_capital and (place > 0 or word[1:] != word[1:].lower())  # every first word has a capital


def words_in(sentence: str) -> frozenset[str]:
    """The words of a sentence without capitals and plural, to see whether two say the same."""
    return frozenset(stem(token) for token in _TOKEN.findall(sentence))
