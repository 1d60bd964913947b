"""What was heard in a call before, so that it is known again when the call is analysed anew.

A better model words a promise otherwise, and a corrected transcript moves its sentences. So places are compared only
within one transcript; from one transcript to another it is the words that count, and who is to act.
"""

import re
from collections.abc import Mapping, Sequence

from core.analysis import CallAnalysis, Finding, Frozen, SentenceRef
from nodes.showing import gist

ALIKE = 0.6
"""Share of common words from which two texts say the same: of four words that matter one may differ, not two."""

PLAIN = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "can", "could", "d", "do", "for", "from", "have", "i"),
        *("in", "is", "it", "its", "just", "let", "ll", "m", "me", "my", "of", "on", "or", "our", "re", "s", "shall"),
        *("so", "that", "the", "them", "then", "there", "these", "they", "this", "those", "to", "up", "us", "ve", "we"),
        *("will", "with", "would", "you", "your"),
    }
)
"""Words that every promise has, whatever it is about."""

WORD = re.compile(r"\w+")


class Heard(Frozen):
    """One finding as it was acted on. `transcript` is the hash of what it was found in, "" where nobody knows it."""

    text: str
    quote: str = ""
    owner: str | None = None
    evidence: tuple[SentenceRef, ...] = ()
    transcript: str = ""


def heard(finding: Finding, transcript: str) -> Heard:
    """The finding as it is remembered."""
    whose, about = finding.owner or finding.owner_email, gist(finding)
    return Heard(text=about, quote=finding.quote, owner=whose, evidence=finding.evidence, transcript=transcript)


def transcript_of(analysis: CallAnalysis) -> str:
    """The hash of what was analysed, "" where it is not known."""
    return analysis.provenance.input_hash if analysis.provenance else ""


def matches(old: Sequence[Heard], new: Sequence[Heard]) -> Mapping[int, int]:
    """New -> old for those that are the same thing, the most alike first; each is the same as one other at most."""
    scores = [(likeness(was, now), at, of) for at, now in enumerate(new) for of, was in enumerate(old)]
    found: dict[int, int] = {}
    for score, at, of in sorted(scores, key=lambda each: (-each[0], each[1], each[2])):
        if score >= ALIKE and at not in found and of not in found.values():
            found[at] = of
    return found


def likeness(one: Heard, other: Heard) -> float:
    """How much two findings are the same thing, from 0 to 2: over 1 where they stand in the same sentence."""
    same_place = bool(one.transcript) and one.transcript == other.transcript
    shared = same_place and bool(set(one.evidence) & set(other.evidence))
    words = max(_common(one.quote, other.quote), _common(one.text, other.text))
    if shared:
        return 1 + words
    if one.owner and other.owner and one.owner.casefold() != other.owner.casefold():
        return 0
    return words


def _common(one: str, other: str) -> float:
    """The share of words that two texts have in common (Dice), 0 to 1; 0 where one of them is empty."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0
    return 2 * len(first & second) / (len(first) + len(second))


def _words(text: str) -> frozenset[str]:
    """The words that matter, without the s of a plural; all of them where none seems to."""
    words = [word.casefold() for word in WORD.findall(text)]
    telling = [word for word in words if word not in PLAIN] or words
    return frozenset(word.rstrip("s") or word for word in telling)
